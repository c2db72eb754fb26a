"""A Python module as a child process: started, awaited over HTTP, stopped in order."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"

LINES_OF_LOG_SHOWN = 15


class LocalStackError(Exception):
    """Something of the local stack did not work; the message tells a person what to do."""


class ChildProcess:
    """`python -m MODULE ARGS`, in a process group of its own.

    So Ctrl-C at the terminal reaches only us, and we stop our children in the right order. When we
    are killed, the leash stops them. What they print goes to a log file.
    """

    def __init__(
        self, module: str, *arguments: str, log: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = module
        self.log = log
        self._command: Sequence[str] = (sys.executable, "-m", "local.leash", module, *arguments)
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        if self._process is None:
            raise LocalStackError(f"{self.name} is not running.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        self._start()

    def _start(self, *, pass_on: Collection[int] = ()) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,  # the leash
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
                pass_fds=pass_on,
            )

    def wait_until_up(self, url: str, *, seconds: float = 30) -> None:
        """Return when `url` answers; raise when the process ends or takes too long instead."""
        deadline = time.monotonic() + seconds
        while not answers(url):
            if not self.is_running:
                raise LocalStackError(f"{self.name} has stopped.\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise LocalStackError(
                    f"{self.name} is not up after {seconds:.0f} s.\n{self.last_words()}"
                )
            time.sleep(0.05)

    def stop(self, *, seconds: float = 600) -> None:
        """Ask it to end and wait until it has: MiniStack saves its state now, maybe for minutes."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(seconds)
        finally:  # it or what it leaves behind: function workers in the middle of something
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin:
                process.stdin.close()

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LINES_OF_LOG_SHOWN:]
        return "\n".join([f"The end of {self.log}:", *lines])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  # ours, on loopback
            return bool(response.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def a_free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
