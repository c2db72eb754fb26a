"""Writes down every call that a function makes to AWS: a JSON line each, at the SDK.

Python imports a `sitecustomize` on the PYTHONPATH at its start, and so does each function worker of
MiniStack. botocore must come from the function's layer, so this waits until the function imports
it. Anywhere but in a function, and without RECORD_CALLS_TO, it does nothing.
"""

import functools
import json
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

CLIENT = "botocore.client"
FUNCTION = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
FILE = os.environ.get("RECORD_CALLS_TO")


def note(client: Any, operation: str, parameters: Any, error: dict[str, str]) -> None:
    call = {
        "function": FUNCTION,
        "service": client.meta.service_model.signing_name,  # what IAM calls it
        "operation": operation,
        "parts": [kind for part in parameters.get("TransactItems", ()) for kind in part],
        "error": error.get("Code"),
        "message": error.get("Message"),
    }
    with Path(str(FILE)).open("a", encoding="utf-8") as record:
        record.write(json.dumps(call) + "\n")  # one write, at the end: workers share the file


def record_calls(base_client: Any) -> None:
    make = base_client._make_api_call  # where all operations of all clients meet

    @functools.wraps(make)
    def make_and_note(client: Any, operation: str, parameters: Any) -> Any:
        error: dict[str, str] = {}
        try:
            return make(client, operation, parameters)
        except Exception as failed:
            response: Any = getattr(failed, "response", {})
            error = {"Code": type(failed).__name__, **response.get("Error", {})}
            raise
        finally:
            note(client, operation, parameters, error)

    base_client._make_api_call = make_and_note


class WaitForBotocore(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == CLIENT else None
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_record(module: ModuleType) -> None:
            load(module)
            record_calls(module.BaseClient)

        spec.loader.exec_module = load_and_record  # type: ignore[method-assign]
        return spec


if FUNCTION and FILE:
    sys.meta_path.insert(0, WaitForBotocore())
