"""Two ways to run a function: in forks of a process of ours, or deployed in MiniStack."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, Self

from local.processes import LOOPBACK, ROOT
from local.stack import LocalStack
from tests.conftest import ROOT as CHECKOUT

INJECTOR = Path(__file__).with_name("injector")
LONGEST_SECONDS = 120

type Reply = dict[str, Any]
"""`{"result": ...}`, or `{"error": name}` of an exception, or `{"died": signal}`."""


class Workers(Protocol):
    """`are_kept` says whether the next event may meet the worker that had the last one."""

    are_kept: bool

    def invoke(self, function: str, event: Any) -> Reply:
        """Hand the event to the function, and wait until it is done or dead."""


class ForkedWorkers:
    """The functions of the checkout. Each event meets a worker that has just started.

    `planted` names a wrong implementation (planted/) that they run instead of ours.
    """

    are_kept = False

    def __init__(self, environment: Mapping[str, str], log: Path, *, planted: str = "") -> None:
        path = (INJECTOR, CHECKOUT, *(CHECKOUT / "layers").glob("freischalt*"))
        self._log = log
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.worker", planted],
            cwd=ROOT,
            env={
                **environment,
                "PYTHONPATH": os.pathsep.join(map(str, path)),
                "AWS_LAMBDA_FUNCTION_NAME": "function",
                "WORKERS_LOG": str(log),
            },
            stdin=subprocess.PIPE,  # closed with us, and then it ends, too
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        port = self._process.stdout.readline().strip()
        if not port:
            raise RuntimeError(f"the workers did not start:\n{log.read_text()}")
        self._address = (LOOPBACK, int(port))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def invoke(self, function: str, event: Any) -> Reply:
        with (
            socket.create_connection(self._address) as connection,
            connection.makefile("rw", encoding="utf-8") as lines,
        ):
            lines.write(json.dumps({"function": function, "event": event}) + "\n")
            lines.flush()
            reply: Reply = json.loads(lines.read())
        return reply


class DeployedWorkers:
    """The built functions, deployed in MiniStack, with nothing but us to invoke them."""

    are_kept = True

    def __init__(self, stack: LocalStack, client: Any, functions: Mapping[str, str]) -> None:
        self._stack = stack
        self._client = client("lambda", read_timeout=LONGEST_SECONDS)
        self._names = {
            folder: stack.deployment.physical_id(name) for folder, name in functions.items()
        }
        for mapping in self._client.list_event_source_mappings()["EventSourceMappings"]:
            self._client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    def invoke(self, function: str, event: Any) -> Reply:
        answer = self._client.invoke(FunctionName=self._names[function], Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            return {"error": payload.get("errorType")}
        return {"result": payload}
