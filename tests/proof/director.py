"""Tells every call that a function makes what becomes of it, and keeps a record of them.

The functions ask over HTTP (injector/sitecustomize.py), and wait for the answer: so whatever
another worker or the vendor does in between happens exactly there.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

type Plan = Callable[["Call"], str | None]
"""What becomes of a call, in the injector's words; None: nothing in particular."""


@dataclass(frozen=True)
class Call:
    """One call of the SDK; `place` is how many the worker had made before it, this time."""

    worker: int
    place: int
    service: str
    operation: str
    item: str | None = None

    @property
    def name(self) -> str:
        """The operation, and which kind of item it is about if it is about one."""
        return f"{self.operation} {self.item}" if self.item else self.operation


def nothing_happens(_call: Call) -> None:
    """Let every call go its way."""


@dataclass
class Director:
    """`plan` and `late` may be changed at any time; `calls` are those since `begin`."""

    address: str = ""
    plan: Plan = nothing_happens
    late: timedelta = timedelta()
    calls: list[Call] = field(default_factory=list)
    failure: Exception | None = None
    _places: dict[int, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def check(self) -> None:
        """Raise what the plan has raised."""
        if self.failure:
            raise self.failure

    def begin(self, plan: Plan = nothing_happens) -> None:
        """From now on, calls are counted from 0 and follow this plan."""
        with self._lock:
            self.calls, self._places = [], {}
        self.plan = plan

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if "clock" in question:
            return {"seconds": self.late.total_seconds()}
        try:
            return {"fate": self.plan(self._noted(question))}
        except Exception as error:
            self.failure = error  # for whoever waits for the delivery: here nobody would hear it
            raise

    def _noted(self, question: dict[str, Any]) -> Call:
        worker = question["worker"]
        with self._lock:
            place = self._places.get(worker, 0)
            self._places[worker] = place + 1
            known = {name: question[name] for name in ("service", "operation", "item")}
            call = Call(worker, place, **known)
            self.calls.append(call)
        return call


@contextmanager
def directing() -> Iterator[Director]:
    director = Director()

    class Handler(_Handler):
        answer = staticmethod(director.answer)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False  # whoever died while asking waits for no answer
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    director.address = f"127.0.0.1:{server.server_port}"
    try:
        yield director
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    answer: Callable[[dict[str, Any]], dict[str, Any]]
    wbufsize = -1

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(self.answer(question)).encode()
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
