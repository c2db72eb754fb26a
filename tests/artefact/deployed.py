"""A function as it is deployed: the built folder, the built layer, the template's environment.

Nothing of this process reaches it but what is named here.
"""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any, Self

from local.ministack import CREDENTIALS, REGION
from local.processes import ROOT
from tests.artefact.runtime_api import RuntimeApi, runtime_api

PYTHON = ROOT / ".venv-runtime" / "bin" / "python"
LAYER = "Freischalt"

FUNCTIONS = {
    "receive_sms": "ReceiveSms",
    "publish_orders": "PublishOrders",
    "sweep_outbox": "SweepOutbox",
    "write_audit": "WriteAudit",
    "export_orders": "ExportOrders",
}
"""Folder and logical id of each function."""


@dataclass(frozen=True)
class Artefact:
    """The folder that `sam build` made, or a copy of it."""

    folder: Path

    @property
    def layer(self) -> Path:
        return self.folder / LAYER

    def code(self, function: str) -> Path:
        return self.folder / FUNCTIONS[function]

    def environment(self, function: str, variables: Mapping[str, str]) -> dict[str, str]:
        """What Lambda sets, and the function's own variables.

        No time zones but the layer's: an image of Lambda may come without.
        """
        return {
            "LAMBDA_TASK_ROOT": str(self.code(function)),
            "PYTHONPATH": str(self.layer / "python"),
            "PYTHONTZPATH": "",
            "AWS_LAMBDA_FUNCTION_NAME": FUNCTIONS[function],
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            **CREDENTIALS,
            **variables,
        }


class Running:
    """A function's process under Amazon's own runtime client."""

    def __init__(self, process: "subprocess.Popen[bytes]", api: RuntimeApi, log: Path) -> None:
        self._process = process
        self._api = api
        self._log = log

    def __enter__(self) -> Self:
        return self

    def invoke(self, event: Any, *, seconds: float = 30) -> Any:
        self._api.hand_over(event)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                return self._api.reply(seconds=0.2)
            except Empty:
                if self._process.poll() is not None:
                    break
        raise AssertionError(f"no answer from the function:\n{self.log}")

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")


@contextmanager
def running(
    artefact: Artefact, function: str, variables: Mapping[str, str], log: Path
) -> Iterator[Running]:
    with runtime_api() as api, log.open("wb") as output:
        process = subprocess.Popen(
            [str(PYTHON), "-m", "awslambdaric", "app.handler"],
            cwd=artefact.code(function),
            env=artefact.environment(function, variables) | {"AWS_LAMBDA_RUNTIME_API": api.address},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Running(process, api, log)
        finally:
            process.kill()
            process.wait()
