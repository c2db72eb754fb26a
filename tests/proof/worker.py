"""A process that has started all functions and serves each event in a fork of itself.

So each delivery meets a fresh worker within milliseconds, and one that is killed takes nothing
else with it. `python -m tests.proof.worker [PLANTED]` prints the port where it takes events: one
connection each, `{"function": ..., "event": ...}` in, `{"result": ...}` or `{"error": ...}` or
`{"died": signal}` out.
"""

import importlib
import importlib.util
import json
import os
import select
import signal
import socket
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

FUNCTIONS = Path(__file__).parents[2] / "functions"
LOG = Path(os.environ.get("WORKERS_LOG", os.devnull))


class Context:
    """What the functions look at of Lambda's context."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:function"

    def __init__(self) -> None:
        self.aws_request_id = f"52fdfc07-2182-454f-963f-{os.getpid():012d}"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def main(planted: str = "") -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who serve
    with LOG.open("a", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        if planted:
            importlib.import_module(f"tests.proof.planted.{planted}").plant()
        apps = {path.name: start(path.name) for path in FUNCTIONS.iterdir() if path.is_dir()}
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        print(listener.getsockname()[1], file=sys.__stdout__, flush=True)
        while not parent_is_gone(listener):
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                serve(connection, apps)
                os._exit(0)
            connection.close()


def parent_is_gone(listener: socket.socket) -> bool:
    """Wait for an event, or for the end of whoever started us: it holds our standard input."""
    ready, _, _ = select.select([listener, sys.stdin], [], [])
    return sys.stdin in ready


def start(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"proof_{name}", FUNCTIONS / name / "app.py")
    if not (spec and spec.loader):
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def serve(connection: socket.socket, apps: dict[str, ModuleType]) -> None:
    """Let one more fork handle the event, and tell what became of it."""
    with connection, connection.makefile("rw", encoding="utf-8") as lines:
        asked = json.loads(lines.readline())
        mine, its = os.pipe()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        pid = os.fork()
        if pid == 0:
            os.close(mine)
            os.write(its, json.dumps(handle(apps[asked["function"]], asked["event"])).encode())
            sys.stdout.flush()
            os._exit(0)
        os.close(its)
        with os.fdopen(mine, encoding="utf-8") as told:
            answer = told.read()
        _, status = os.waitpid(pid, 0)
        died = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        lines.write(answer or json.dumps({"died": died}))


def handle(app: ModuleType, event: Any) -> dict[str, Any]:
    try:
        return {"result": app.handler(event, Context())}
    except Exception as error:  # noqa: BLE001 - what Lambda would print and report
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return {"error": type(error).__name__}


if __name__ == "__main__":
    main(*sys.argv[1:])
