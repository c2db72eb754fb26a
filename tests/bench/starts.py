"""Cold starts: importing a function and making its clients, against the usual first line.

Everything the product ships is in it: settings, logger, metrics, every client. Once more with the
first text answered, against the same line and its first call.
"""

import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.ministack import CREDENTIALS, REGION
from tests.artefact.deployed import FUNCTIONS, NAMES, PYTHON, Artefact, compiled_at
from tests.artefact.variables import Resolver
from tests.bench.processes import Case, cpu_ratios, instruction_ratios
from tests.bench.texts import Texts
from tests.bench.usual_stack import Peer, calls_in

FLOOR = 'import boto3; boto3.client("dynamodb")'
FIRST_CALL = ".batch_get_item(**{parameters})"
IMPORT = "import app"


@dataclass(frozen=True)
class Start:
    """One function; ratios to the floor are None where they were not measured."""

    function: str
    instructions: float | None
    cpu: float | None
    compiled: int
    answers_texts: bool
    first_text: float | None
    first_text_cpu: float | None


def starts(
    artefact: Artefact,
    template: dict[str, Any],
    texts: Texts,
    peers: Sequence[Peer],
    *,
    quick: bool,
) -> list[Start]:
    floor = the_floor(FLOOR, {})
    functions = [case_of(artefact, name, template) for name in FUNCTIONS]
    cases = [*functions, *(peer.case(texts.url, "-c", IMPORT) for peer in peers)]
    _, _, parameters = calls_in(texts.calls)[0]
    first_call = FLOOR + FIRST_CALL.format(parameters=parameters)
    first_floor = the_floor(first_call, {"AWS_ENDPOINT_URL": texts.url})
    first_texts = [texts.product(1), *(texts.peer(peer, 1) for peer in peers)]
    compiled = {case.name: _compiled(IMPORT, case) for case in cases}
    counted = instruction_ratios(floor, cases)
    counted_first = instruction_ratios(first_floor, first_texts)
    cpu = {} if quick else cpu_ratios(floor, cases)
    cpu_first = {} if quick else cpu_ratios(first_floor, first_texts)
    answering = {case.name for case in first_texts}
    return [
        Start(
            case.name,
            counted.get(case.name),
            cpu.get(case.name),
            compiled[case.name],
            case.name in answering,
            counted_first.get(case.name),
            cpu_first.get(case.name),
        )
        for case in cases
    ]


def the_floor(code: str, variables: dict[str, str]) -> Case:
    """The development environment's boto3, unchanged, with bytecode that is valid and used."""
    environment = {
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        **CREDENTIALS,
        **variables,
    }
    floor = Case("floor", (str(PYTHON), "-P", "-c", code), environment)
    floor.run()
    if _compiled(code, floor):
        raise RuntimeError("the floor has no bytecode; is it read-only?")
    return floor


def case_of(artefact: Artefact, name: str, template: dict[str, Any]) -> Case:
    variables = Resolver(template, NAMES).variables(FUNCTIONS[name])
    case = Case(
        name,
        (str(PYTHON), "-P", "-c", IMPORT),
        artefact.environment(name, variables),
    )
    case.run()  # the standard library's bytecode is there from now on
    return case


def _compiled(statement: str, case: Case) -> int:
    return len(compiled_at(statement, case.environment).files)
