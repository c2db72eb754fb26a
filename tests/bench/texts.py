"""Processes that answer one text again and again, against an AWS that answers at once.

The product's, the peer's, and the calls of each alone: those are the floor.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.processes import ROOT
from tests.artefact.deployed import FUNCTIONS, NAMES, PYTHON, Artefact
from tests.artefact.variables import Resolver
from tests.bench.canned import canned_aws
from tests.bench.processes import Case
from tests.bench.usual_stack import Peer, calls_in, differences

PROBES = Path(__file__).with_name("probes")
EVENT = ROOT / "events" / "receive_sms.fetch.json"


@dataclass(frozen=True)
class Texts:
    """`calls` and `peer_calls` are files with the calls of one text."""

    url: str
    environment: dict[str, str]
    calls: Path
    peer_calls: Path

    def product(self, repeats: int) -> Case:
        return self._ours("receive_sms", "handler.py", EVENT, repeats)

    def its_calls(self, repeats: int) -> Case:
        return self._ours("the calls of receive_sms alone", "bare.py", self.calls, repeats)

    def peer(self, peer: Peer, repeats: int) -> Case:
        return peer.case(self.url, PROBES / "handler.py", EVENT, str(repeats))

    def peer_calls_alone(self, peer: Peer, repeats: int) -> Case:
        case = peer.case(self.url, PROBES / "bare.py", self.peer_calls, str(repeats))
        return Case("the calls of the usual stack alone", case.command, case.environment)

    def _ours(self, name: str, probe: str, *arguments: Any) -> Case:
        command = (PYTHON, "-P", PROBES / probe, *arguments)
        return Case(name, tuple(map(str, command)), self.environment)


@contextmanager
def texts(artefact: Artefact, template: dict[str, Any], peers: Sequence[Peer]) -> Iterator[Texts]:
    """Answer the text once in each way, and see that the peer's calls are the same as ours."""
    with canned_aws() as url, tempfile.TemporaryDirectory() as folder:
        variables = Resolver(template, NAMES).variables(FUNCTIONS["receive_sms"])
        made = Texts(
            url,
            artefact.environment("receive_sms", variables | {"AWS_ENDPOINT_URL": url}),
            Path(folder) / "calls.json",
            Path(folder) / "peer_calls.json",
        )
        made._ours("recorded", "handler.py", EVENT, 1, made.calls).run()
        for peer in peers:
            peer.case(url, PROBES / "handler.py", EVENT, "1", made.peer_calls).run()
            if different := differences(calls_in(made.calls), calls_in(made.peer_calls)):
                raise RuntimeError(f"{peer.name} does not make our calls: {different}")
        yield made
