"""Runs in the artefact: handler.py EVENT REPEATS [CALLS] delivers one event again and again.

Prints last the seconds of CPU that all deliveries but the first took. With CALLS, a file, it writes
there what each call of the last delivery asked for.
"""

import base64
import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

DONE: tuple[Any, ...] = (None, {"batchItemFailures": []})


class Context:
    """What a function looks at of Lambda's context."""

    function_name = "ReceiveSms"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:ReceiveSms"
    aws_request_id = "52fdfc07-2182-454f-963f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def main(event_file: str, repeats: str, calls_file: str | None = None) -> None:
    event = json.loads(Path(event_file).read_text("utf-8"))
    calls = noted_calls() if calls_file else []
    import app  # type: ignore[import-not-found]  # noqa: PLC0415 - the function in the artefact

    begin = time.process_time()
    for number in range(int(repeats)):
        calls.clear()
        if app.handler(event, Context()) not in DONE:
            sys.exit("a delivery failed")
        if not number:
            begin = time.process_time()
    print(time.process_time() - begin)  # noqa: T201
    if calls_file:
        Path(calls_file).write_text(json.dumps(calls, default=_in_json))


def noted_calls() -> list[tuple[str, str, Any]]:
    """The calls of all clients, from now on: service, operation, parameters."""
    from botocore.client import BaseClient  # noqa: PLC0415 - only the artefact's

    calls: list[tuple[str, str, Any]] = []
    call: Any = BaseClient._make_api_call  # type: ignore[attr-defined]

    def noted(client: Any, operation: str, params: Any) -> Any:
        calls.append((client.meta.service_model.service_name, operation, params))
        return call(client, operation, params)

    BaseClient._make_api_call = noted  # type: ignore[attr-defined]
    return calls


def _in_json(value: Any) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    return {"bytes": base64.b64encode(value).decode()}


if __name__ == "__main__":
    main(*sys.argv[1:])
