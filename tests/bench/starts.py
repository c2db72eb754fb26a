"""Cold starts: importing a function and making its clients, against the usual first line.

Everything the product ships is in it: settings, logger, metrics, every client.
"""

import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.ministack import CREDENTIALS, REGION
from tests.artefact.deployed import FUNCTIONS, NAMES, PYTHON, Artefact, compiled_at
from tests.artefact.variables import Resolver
from tests.bench.processes import Case, cpu_ratios

FLOOR = 'import boto3; boto3.client("dynamodb")'


@dataclass(frozen=True)
class Start:
    """One function; ratios to the floor are None where they were not measured."""

    function: str
    instructions: float | None
    cpu: float | None
    compiled: int


def starts(artefact: Artefact, template: dict[str, Any], *, quick: bool) -> list[Start]:
    floor = the_floor()
    cases = [case_of(artefact, name, template) for name in FUNCTIONS]
    compiled = {
        name: len(compiled_at("import app", case.environment)[0])
        for name, case in zip(FUNCTIONS, cases, strict=True)
    }
    instructions = _instruction_ratios(floor, cases)
    cpu = {} if quick else cpu_ratios(floor, cases)
    return [
        Start(name, instructions.get(name), cpu.get(name), compiled[name]) for name in FUNCTIONS
    ]


def the_floor() -> Case:
    """The development environment's boto3, unchanged, with bytecode that is valid and used."""
    environment = {
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        **CREDENTIALS,
    }
    floor = Case("floor", (str(PYTHON), "-P", "-c", FLOOR), environment)
    floor.run()
    if compiled := compiled_at(FLOOR, environment)[0]:
        raise RuntimeError(f"the floor has no bytecode for {compiled[0]}; is it read-only?")
    return floor


def case_of(artefact: Artefact, name: str, template: dict[str, Any]) -> Case:
    variables = Resolver(template, NAMES).variables(FUNCTIONS[name])
    case = Case(
        name,
        (str(PYTHON), "-P", "-c", "import app"),
        artefact.environment(name, variables),
    )
    case.run()  # the standard library's bytecode is there from now on
    return case


def _instruction_ratios(floor: Case, cases: Sequence[Case]) -> dict[str, float]:
    counted = {case.name: case.instructions() for case in cases}
    whole = floor.instructions()
    return {name: count / whole for name, count in counted.items() if count and whole}
