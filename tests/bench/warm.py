"""What a warm worker adds to its AWS calls: the same text again and again, answers canned.

The floor makes the same calls with the same bodies by the same clients, and nothing else. The cost
of one delivery is the difference between a process that makes few and one that makes many.
"""

import tempfile
from pathlib import Path
from typing import Any

from local.processes import ROOT
from tests.artefact.deployed import FUNCTIONS, NAMES, PYTHON, Artefact
from tests.artefact.variables import Resolver
from tests.bench.canned import canned_aws
from tests.bench.processes import Case

PROBES = Path(__file__).with_name("probes")
EVENT = ROOT / "events" / "receive_sms.fetch.json"
FEW, MANY = 10, 40


def warm_ratio(artefact: Artefact, template: dict[str, Any]) -> float | None:
    """Instructions of the handler for a text, against those of its calls alone."""
    with canned_aws() as url, tempfile.TemporaryDirectory() as folder:
        calls = Path(folder) / "calls.json"
        variables = Resolver(template, NAMES).variables(FUNCTIONS["receive_sms"])
        environment = artefact.environment("receive_sms", variables | {"AWS_ENDPOINT_URL": url})

        def once(probe: str, *arguments: str | Path) -> Case:
            command = (PYTHON, "-P", PROBES / probe, *arguments)
            return Case(probe, tuple(map(str, command)), environment)

        once("handler.py", EVENT, "1", calls).run()
        handler = _each(once("handler.py", EVENT, str(n)) for n in (FEW, MANY))
        bare = _each(once("bare.py", calls, str(n)) for n in (FEW, MANY))
        return handler / bare if handler and bare else None


def _each(cases: Any) -> float | None:
    few, many = (case.instructions() for case in cases)
    return (many - few) / (MANY - FEW) if few and many else None
