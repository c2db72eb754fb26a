"""A stand-in for Lambda's Runtime API: hands out one event at a time and takes the answers.

What Amazon's runtime client (awslambdaric) insists on: `/next` has a Content-Type, or the client
crashes; each reply comes as one TCP segment (`wbufsize`), or the client reads half of it.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from typing import Any
from uuid import uuid4

VERSION = "/2018-06-01/runtime/"
FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:function"

LONGEST_RUN = 900  # seconds; what a function is told of its time: the most that Lambda gives


class FunctionError(Exception):
    """What the runtime client reported instead of an answer: of a call, or of the start."""


@dataclass(frozen=True)
class Reply:
    """What came back; `path` says what it is about."""

    path: str
    body: Any


class RuntimeApi:
    """One runtime client's API. `invoke` gives it an event and waits for the answer."""

    def __init__(self) -> None:
        self.waiting: Queue[tuple[str, bytes]] = Queue()
        self.replies: Queue[Reply] = Queue()
        self.timeout_seconds = 30.0  # as long as `Running.invoke` waits
        self.address = ""

    def hand_over(self, event: Any) -> None:
        self.waiting.put((str(uuid4()), json.dumps(event).encode()))

    def reply(self, *, seconds: float) -> Any:
        """The next answer; raises FunctionError for a failure, `queue.Empty` for none in time."""
        reply = self.replies.get(timeout=seconds)
        if reply.path.endswith("/error"):
            raise FunctionError(reply.body)
        return reply.body

    def next_event(self) -> tuple[str, bytes] | None:
        """None after a while, so that no thread waits for ever for a client that has gone."""
        try:
            return self.waiting.get(timeout=60)
        except Empty:
            return None


@contextmanager
def runtime_api() -> Iterator[RuntimeApi]:
    api = RuntimeApi()

    class Handler(_Handler):
        runtime = api

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    api.address = f"127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    runtime: RuntimeApi
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together

    def do_GET(self) -> None:
        if self.path != f"{VERSION}invocation/next" or not (event := self.runtime.next_event()):
            self._answer(HTTPStatus.NOT_FOUND)
            return
        request_id, body = event
        deadline = time.time() + LONGEST_RUN
        self._answer(
            HTTPStatus.OK,
            body,
            {
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
                "Lambda-Runtime-Trace-Id": "Root=1-5e1b4151-5ac6c58f5b5daa6b3f1f4c1e;Sampled=0",
            },
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.runtime.replies.put(Reply(self.path, json.loads(body or b"null")))
        self._answer(HTTPStatus.ACCEPTED)

    def _answer(
        self, status: HTTPStatus, body: bytes = b"{}", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
