"""MiniStack, with two mends to its DynamoDB streams: `python -m local.mended_ministack`.

For MiniStack 1.5.33; a newer one that does these by itself needs neither.

1. It saves how far each function has read a stream, but not the stream. After a restart, no change
   would reach a function until as many had been made as before. Here the stream is saved, too.
2. It takes a batch for done when a function reports some of its records as failed
   (ReportBatchItemFailures). Here such a batch comes again, as on AWS.
"""

import copy
from typing import Any

from ministack.app import main
from ministack.services import dynamodb, lambda_svc

type Json = dict[str, Any]

STREAM = ("_stream_records", "_stream_trimmed")


def save_streams() -> None:
    save, restore = dynamodb.get_state, dynamodb.load_persisted_state

    def get_state() -> Json:
        state: Json = save()
        return state | {name: copy.deepcopy(getattr(dynamodb, name)) for name in STREAM}

    def load_persisted_state(state: Json) -> None:
        restore(state)
        for name in STREAM:
            getattr(dynamodb, name).update(state.get(name, {}))

    dynamodb.get_state = get_state
    dynamodb.load_persisted_state = load_persisted_state


def repeat_failed_records() -> None:
    execute = lambda_svc._execute_function  # noqa: SLF001  # the one way to every function

    def execute_and_look(function: Json, event: Any) -> Json:
        result: Json = execute(function, event)
        if _is_from_stream(event) and _reports_failures(result.get("body")):
            return result | {"error": True}
        return result

    lambda_svc._execute_function = execute_and_look  # noqa: SLF001


def _is_from_stream(event: Any) -> bool:
    match event:
        case {"Records": [{"eventSource": "aws:dynamodb"}, *_]}:
            return True
        case _:
            return False


def _reports_failures(body: Any) -> bool:
    return isinstance(body, dict) and bool(body.get("batchItemFailures"))


if __name__ == "__main__":
    save_streams()
    repeat_failed_records()
    main()
