import json
import os
from pathlib import Path
from typing import Any

from freischalt.clock import utc_now


def handler(event: dict[str, Any], _context: Any) -> None:
    with Path(os.environ["NOTES"]).open("a", encoding="utf-8") as notes:
        notes.write(json.dumps({"at": utc_now().isoformat(), "event": event}) + "\n")
