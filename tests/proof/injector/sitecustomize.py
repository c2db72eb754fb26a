"""Lets the director of a fault campaign into the process of a function, at the SDK's own hooks.

Python imports a `sitecustomize` on the PYTHONPATH at its start, and so does each function worker of
MiniStack. Before every call of the SDK it asks the director what shall happen to it. It also sets
the clock by the director's, and lets nobody sleep: a campaign has no time for that. Anywhere but
in a function, and without FAULT_DIRECTOR (host:port), it does nothing.
"""

import functools
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from http.client import HTTPConnection
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from io import BytesIO
from types import ModuleType
from typing import Any

FUNCTION = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
DIRECTOR = os.environ.get("FAULT_DIRECTOR")

GIVE_UP_SECONDS = 60
NO_SUCH_LUCK = {  # status, the code of DynamoDB, of the others
    "fails": (500, "InternalServerError", "InternalFailure"),
    "throttled": (400, "ProvisionedThroughputExceededException", "ThrottlingException"),
}


def ask(**question: Any) -> Any:
    host, _, port = str(DIRECTOR).partition(":")
    connection = HTTPConnection(host, int(port), timeout=GIVE_UP_SECONDS)
    try:
        connection.request("POST", "/", json.dumps(question | {"worker": os.getpid()}))
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


class Obedient:
    """Does to each call what the director says: at every try of the SDK, or at the first alone."""

    def __init__(self) -> None:
        self._fate: str | None = None
        self._tries = 0

    def before_call(self, *, model: Any, params: Any, **_: Any) -> None:
        service = model.service_model.service_name
        self._fate = ask(service=service, operation=model.name, item=noun(params))["fate"]
        self._tries = 0

    def before_send(self, *, request: Any, **_: Any) -> Any:
        """Give an answer instead of the service, or nothing; what is raised, the SDK may retry."""
        from botocore.exceptions import ReadTimeoutError  # noqa: PLC0415 - only the function's

        self._tries += 1
        match self._fate:
            case "dies before":
                die()
            case "fails" | "throttled":
                status, of_dynamodb, of_others = NO_SUCH_LUCK[self._fate]
                from_table = b"DynamoDB" in target(request)
                return answer(request, status, of_dynamodb if from_table else of_others)
            case "fails once" if self._tries == 1:
                return answer(request, 503, "ServiceUnavailable")
            case "times out":
                raise ReadTimeoutError(endpoint_url=request.url)
            case "answer lost" | "answer lost once" if self._fate == "answer lost" or (
                self._tries == 1
            ):
                act(request)
                raise ReadTimeoutError(endpoint_url=request.url)
            case "conflict":
                return conflict(request)
        return None

    def response_received(self, **_: Any) -> None:
        if self._fate == "dies after":
            die()


def noun(params: Any) -> str | None:
    """The kind of the one item that a call of DynamoDB is about: MESSAGE of `MESSAGE#1234`."""
    if "DynamoDB" not in params["headers"].get("X-Amz-Target", ""):
        return None
    body = json.loads(params["body"])
    item = body.get("Key") or body.get("Item")
    return item["PK"]["S"].partition("#")[0] if item else None


def die() -> None:
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def act(request: Any) -> None:
    """Let the service do it, and look at nothing that it answers."""
    from botocore.httpsession import URLLib3Session  # noqa: PLC0415 - only the function's

    URLLib3Session(timeout=GIVE_UP_SECONDS).send(request)


def target(request: Any) -> bytes:
    """`DynamoDB_20120810.GetItem`; the SDK keeps it as bytes or as a text."""
    value = request.headers.get("X-Amz-Target", b"")
    return bytes(value) if isinstance(value, bytes) else str(value).encode()


def conflict(request: Any) -> Any:
    """Another transaction has the item: this one is cancelled, for as many reasons as items."""
    if not target(request).endswith(b"TransactWriteItems"):
        return answer(request, 400, "TransactionConflictException")
    items = len(json.loads(request.body)["TransactItems"])
    reasons = [{"Code": "TransactionConflict"}] + [{"Code": "None"}] * (items - 1)
    return answer(request, 400, "TransactionCanceledException", CancellationReasons=reasons)


def answer(request: Any, status: int, code: str, **more: Any) -> Any:
    """An error of the service, in JSON or, from one that names no target, in XML."""
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415 - only the function's

    if target(request):
        body = json.dumps({"__type": code, "message": "so it was ordered", **more}).encode()
    else:
        body = f"<Error><Code>{code}</Code><Message>so it was ordered</Message></Error>".encode()
    headers: Any = {"x-amzn-errortype": code}
    return AWSResponse(request.url, status, headers, Raw(body))


class Raw(BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


# --- what is changed as soon as the function imports it


def obey(session: ModuleType) -> None:
    begin = session.Session.__init__

    @functools.wraps(begin)
    def begin_obediently(self: Any, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        obedient = Obedient()
        self.register("before-call", obedient.before_call)
        self.register("before-send", obedient.before_send)
        self.register("response-received", obedient.response_received)

    session.Session.__init__ = begin_obediently


def set_clock(clock: Any) -> None:
    told = clock.utc_now
    clock.utc_now = lambda: told() + timedelta(seconds=ask(clock=True)["seconds"])


def let_nobody_sleep() -> None:
    def no_sleep(_seconds: Any) -> None:
        """Be up again at once."""

    time.sleep = no_sleep


CHANGES: dict[str, Callable[[ModuleType], None]] = {
    "botocore.session": obey,
    "freischalt.clock": set_clock,
}


class ChangeOnImport(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        change = CHANGES.get(name)
        spec = PathFinder.find_spec(name, path, target) if change else None
        if change is None or spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_change(module: ModuleType) -> None:
            load(module)
            change(module)

        spec.loader.exec_module = load_and_change  # type: ignore[method-assign]
        return spec


if FUNCTION and DIRECTOR:
    let_nobody_sleep()
    sys.meta_path.insert(0, ChangeOnImport())
