"""Runs in the artefact: handler_http.py EVENT REPEATS makes one call over HTTP again and again.

Prints last the seconds of CPU that all calls but the first took.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any


class Context:
    """What a function looks at of Lambda's context."""

    function_name = "Entitlements"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:Entitlements"
    aws_request_id = "52fdfc07-2182-454f-963f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def main(event_file: str, repeats: str) -> None:
    event: Any = json.loads(Path(event_file).read_text("utf-8"))
    import app  # type: ignore[import-not-found]  # noqa: PLC0415 - the function in the artefact

    begin = time.process_time()
    for number in range(int(repeats)):
        answer = app.handler(event, Context())
        if '"allowed": true' not in answer["body"]:
            sys.exit(f"a call failed: {answer}")
        if not number:
            begin = time.process_time()
    print(time.process_time() - begin)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
