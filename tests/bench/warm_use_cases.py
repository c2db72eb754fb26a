"""What a warm worker adds to its AWS calls, for each registered use case.

Each is played once on a local AWS, which tells the event and the answers; then the built function
gets the event again and again, and the same answers at once. The floor makes the same calls.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.artefact.deployed import FUNCTIONS, NAMES, PYTHON, Artefact
from tests.artefact.variables import Resolver
from tests.bench.canned import canned_aws
from tests.bench.processes import Case, instructions
from tests.bench.texts import PROBES
from tests.proof.costs import Recording

FEW, MANY = 5, 15
WHAT_A_CASE_NEEDS = (("handler.py", FEW), ("handler.py", MANY), ("bare.py", FEW), ("bare.py", MANY))


@dataclass(frozen=True)
class WarmUseCase:
    """Instructions of one run, and their ratio to those of its calls alone; None: not measured."""

    name: str
    calls: int
    instructions: float | None
    ratio: float | None


def warm_use_cases(
    recordings: Sequence[Recording], artefact: Artefact, template: dict[str, Any], folder: Path
) -> list[WarmUseCase]:
    """All that make a call, and whose calls answer the same again and again."""
    with ExitStack() as canned:
        played = [
            (recording, list(canned.enter_context(_cases(recording, artefact, template, folder))))
            for recording in recordings
            if recording.can_be_repeated and recording.function in FUNCTIONS
        ]
        counted = iter(instructions([case for _, cases in played for case in cases]))
        return [_measured(recording, [next(counted) for _ in cases]) for recording, cases in played]


def _measured(recording: Recording, counted: Sequence[int | None]) -> WarmUseCase:
    few, many, bare_few, bare_many = counted
    if few is None or many is None or bare_few is None or bare_many is None:
        return WarmUseCase(recording.use_case, recording.calls, None, None)
    one = (many - few) / (MANY - FEW)
    bare = (bare_many - bare_few) / (MANY - FEW)
    return WarmUseCase(recording.use_case, recording.calls, one, one / bare)


@contextmanager
def _cases(
    recording: Recording, artefact: Artefact, template: dict[str, Any], folder: Path
) -> Iterator[list[Case]]:
    """A process for few deliveries and one for many, and both for the calls alone."""
    with canned_aws(as_sent(recording.answers)) as url:
        variables = Resolver(template, NAMES).variables(FUNCTIONS[recording.function])
        environment = artefact.environment(
            recording.function, variables | {"AWS_ENDPOINT_URL": url}
        )
        name = recording.use_case.replace(" ", "-")
        event, calls = folder / f"{name}.event.json", folder / f"{name}.calls.json"
        event.write_text(json.dumps(recording.event))

        def case(probe: str, *arguments: str | Path) -> Case:
            command = (PYTHON, "-P", PROBES / probe, *arguments)
            return Case(recording.use_case, tuple(map(str, command)), environment)

        case("handler.py", event, "2", calls).run()
        files = {"handler.py": event, "bare.py": calls}
        yield [case(probe, files[probe], str(times)) for probe, times in WHAT_A_CASE_NEEDS]


def as_sent(answers: dict[str, Any]) -> dict[str, Any]:
    """The SDK's answers as they were on the wire.

    >>> as_sent({"GenerateMac": {"Mac": b"1234", "ResponseMetadata": {}}})
    {'GenerateMac': {'Mac': 'MTIzNA=='}}
    """
    sent: dict[str, Any] = json.loads(json.dumps(answers, default=_on_the_wire))
    for answer in sent.values():
        answer.pop("ResponseMetadata", None)
    return sent


def _on_the_wire(value: datetime | bytes) -> str | float:
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode()
