"""Runs in the artefact: handler.py EVENT REPEATS [CALLS] delivers one event again and again.

With CALLS, a file, it writes there what each call of the last delivery asked for.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any


class Context:
    """What the function looks at of Lambda's context."""

    function_name = "ReceiveSms"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:ReceiveSms"
    aws_request_id = "52fdfc07-2182-454f-963f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def main(event_file: str, repeats: str, calls_file: str | None = None) -> None:
    event = json.loads(Path(event_file).read_text("utf-8"))
    calls: list[tuple[str, str, Any]] = []

    def note(**call: Any) -> None:
        model = call["model"]
        calls.append((model.service_model.service_name, model.name, dict(call["params"])))

    if calls_file:
        from freischalt.adapters import sdk  # noqa: PLC0415 - only the artefact's

        sdk.session().register("before-parameter-build", note)
    import app  # type: ignore[import-not-found]  # noqa: PLC0415 - the function in the artefact

    for _ in range(int(repeats)):
        calls.clear()
        if app.handler(event, Context()) != {"batchItemFailures": []}:
            sys.exit("a delivery failed")
    if calls_file:
        Path(calls_file).write_text(json.dumps(calls, default=_bytes))


def _bytes(value: bytes) -> dict[str, str]:
    return {"bytes": base64.b64encode(value).decode()}


if __name__ == "__main__":
    main(*sys.argv[1:])
