"""The peer Sealium: a licence server of one process with SQLite, activated over its own HTTP API.

As its README starts it, with its defaults; but for the limit of sixty requests a minute, which
would be all that is measured.
"""

import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.ministack import surroundings
from local.processes import LOOPBACK, ROOT, LocalStackError, a_free_port, answers
from tests.bench.processes import Case
from tests.bench.texts import Texts

PYTHON = ROOT / ".venv-peers" / "bin" / "python"
CLIENT = Path(__file__).with_name("peers") / "sealium_client.py"
CODES = 50
CLIENTS = 4
ROUNDS = 15
STARTS_WITHIN_SECONDS = 30
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Activations:
    """Sealium's figures, and what our worker spends on a text in the same rounds.

    Seconds of CPU are the server's alone, as ours are the worker's: clients and AWS are not in.
    """

    version: str
    a_second: float
    a_second_by_many: float
    cpu_first: float
    cpu_again: float
    cpu_text: float
    ratio: float
    memory: int
    memory_text: int


class Server:
    """A running server, and its codes."""

    def __init__(self, folder: Path, port: int, process: "subprocess.Popen[bytes]") -> None:
        self._folder = folder
        self._url = f"http://{LOOPBACK}:{port}/v1/activation"
        self._process = Path(f"/proc/{process.pid}")

    def make_codes(self, count: int) -> list[str]:
        file = self._folder / "codes"
        module = "sealium.scripts.generate_activation_codes"
        _run(self._folder, module, "--count", str(count), "--no-print", "--output", str(file))
        return file.read_text("utf-8").split()

    def activate(self, *shares: Sequence[str]) -> float:
        """Each share by a client of its own, at the same time; the seconds the slowest took."""
        clients = [self._client(codes) for codes in shares]
        taken = [client.communicate(timeout=120)[0] for client in clients]
        if any(client.returncode for client in clients):
            raise LocalStackError("Sealium did not activate a code")
        return max(map(float, taken))

    def _client(self, codes: Sequence[str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [PYTHON, "-P", CLIENT, self._url, self._folder / "data" / "server_public.pem", *codes],
            env=surroundings(),
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def cpu_seconds(self) -> float:
        after_name = (self._process / "stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / TICKS

    @property
    def peak_memory(self) -> int:
        lines = (self._process / "status").read_text().splitlines()
        (peak,) = (line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024


def activations(texts: Texts) -> Activations:
    worker = texts.product(CODES + 1)
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as server:
        server.activate(server.make_codes(5))  # bytecode and caches are there from now on
        seconds, first, again, text = [], [], [], []
        for _ in range(ROUNDS):
            codes = server.make_codes(CODES)
            before = server.cpu_seconds
            seconds.append(server.activate(codes))
            between = server.cpu_seconds
            server.activate(codes)
            first.append((between - before) / CODES)
            again.append((server.cpu_seconds - between) / CODES)
            text.append(Case.last_line(worker) / CODES)
        shares = [server.make_codes(CODES) for _ in range(CLIENTS)]
        return Activations(
            version=_version(),
            a_second=CODES / statistics.median(seconds),
            a_second_by_many=CLIENTS * CODES / server.activate(*shares),
            cpu_first=statistics.median(first),
            cpu_again=statistics.median(again),
            cpu_text=statistics.median(text),
            ratio=statistics.median(a / b for a, b in zip(first, text, strict=True)),
            memory=server.peak_memory,
            memory_text=worker.peak_memory(),
        )


@contextmanager
def _server(folder: Path) -> Iterator[Server]:
    _run(folder, "sealium.scripts.generate_keys")
    port = a_free_port()
    settings = {
        "SEALIUM_SERVER__PORT": str(port),
        "SEALIUM_RATE_LIMIT__MAX_REQUESTS": "1000000",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "sealium.server.run"],
            cwd=folder,
            env=surroundings() | settings,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"http://{LOOPBACK}:{port}/health", process)
        yield Server(folder, port, process)
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(STARTS_WITHIN_SECONDS * 10):
        if answers(url):
            return
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise LocalStackError("Sealium's server did not start")


def _run(folder: Path, module: str, *arguments: str) -> None:
    command = [str(PYTHON), "-m", module, *arguments]
    subprocess.run(command, cwd=folder, env=surroundings(), capture_output=True, check=True)


def _version() -> str:
    code = "import sealium; print(sealium.__version__)"
    done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()
