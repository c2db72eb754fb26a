"""Runs in the artefact: bare.py CALLS REPEATS makes the calls in the file, and nothing else.

The clients are our own, with our own configuration; the function is not imported.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any


def main(calls_file: str, repeats: str) -> None:
    from freischalt.adapters.sdk import client  # noqa: PLC0415 - only the artefact's

    calls = json.loads(Path(calls_file).read_text("utf-8"), object_hook=_bytes)
    clients = {service: client(service) for service, _, _ in calls}
    methods = [
        (getattr(clients[service], _method(clients[service], operation)), params)
        for service, operation, params in calls
    ]
    for _ in range(int(repeats)):
        for call, params in methods:
            call(**params)


def _method(client: Any, operation: str) -> str:
    names: dict[str, str] = client.meta.method_to_api_mapping
    return next(name for name, api in names.items() if api == operation)


def _bytes(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["bytes"]) if value.keys() == {"bytes"} else value


if __name__ == "__main__":
    main(*sys.argv[1:])
