"""Runs in the artefact: bare.py CALLS REPEATS makes the calls in the file, and nothing else.

The clients are our own, with our own configuration; or, where our library is not, boto3's. The
function is not imported. Prints last the seconds of CPU that all rounds but the first took.
"""

import base64
import json
import sys
import time
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any


def main(calls_file: str, repeats: str) -> None:
    client = _clients()
    calls = json.loads(Path(calls_file).read_text("utf-8"), object_hook=_from_json)
    clients = {service: client(service) for service in dict.fromkeys(call[0] for call in calls)}
    methods = [
        (getattr(clients[service], _method(clients[service], operation)), params)
        for service, operation, params in calls
    ]
    begin = time.process_time()
    for number in range(int(repeats)):
        for call, params in methods:
            call(**params)
        if not number:
            begin = time.process_time()
    print(time.process_time() - begin)  # noqa: T201


def _clients() -> Any:
    try:
        return import_module("freischalt.adapters.sdk").client
    except ModuleNotFoundError:
        return import_module("boto3").client


def _method(client: Any, operation: str) -> str:
    names: dict[str, str] = client.meta.method_to_api_mapping
    return next(name for name, api in names.items() if api == operation)


def _from_json(value: dict[str, Any]) -> Any:
    match value:
        case {"bytes": text, **others} if not others:
            return base64.b64decode(text)
        case {"time": text, **others} if not others:
            return datetime.fromisoformat(text)
    return value


if __name__ == "__main__":
    main(*sys.argv[1:])
