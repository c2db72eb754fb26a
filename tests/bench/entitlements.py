"""What an entitlement costs beside a bare `get_item` handler behind the same router.

Both get the same call of API Gateway again and again, and answers at once from an AWS that has
nothing to do. A process for few calls and one for many: what is between them are calls alone.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from freischalt.adapters.dynamodb_entitlements import NEEDED
from freischalt.adapters.plant_items import plant_item
from freischalt.adapters.vendor_items import account_item
from freischalt.clock import utc_now
from local.processes import ROOT
from tests.account_factories import COMPANY, an_account
from tests.account_fakes import VIENNA
from tests.artefact.deployed import NAMES, PYTHON, Artefact
from tests.artefact.variables import Resolver
from tests.bench.canned import TABLE, canned_aws
from tests.bench.processes import Case, instructions
from tests.bench.texts import PROBES
from tests.term_factories import a_plant, a_term

EVENT = ROOT / "events" / "entitlements.subject.json"
BUDGET = 1.2
FEW, MANY = 5, 15


def answers() -> dict[str, Any]:
    """A plant in its second term, and its owner, a company."""
    begun = utc_now().date() - timedelta(days=100)
    terms = (a_term(after=begun - timedelta(days=365)), a_term(after=begun))
    plant = plant_item(a_plant(terms=terms), VIENNA, version=1)
    account = account_item(an_account(registrant=COMPANY), version=1)
    asked = {"PK", "SK", *NEEDED}
    both = [{name: item[name] for name in item if name in asked} for item in (plant, account)]
    return {
        "BatchGetItem": {"Responses": {TABLE: both}, "UnprocessedKeys": {}},
        "GetItem": {"Item": plant},
    }


@contextmanager
def cases(python: Path, environment: Mapping[str, str]) -> Iterator[list[Case]]:
    """Few and many entitlements, few and many bare calls."""
    with canned_aws(answers()) as url:
        surroundings = {**environment, "TABLE_NAME": TABLE, "AWS_ENDPOINT_URL": url}

        def case(probe: str, times: int) -> Case:
            command = (python, "-P", PROBES / probe, EVENT, str(times))
            return Case(f"{probe} {times}", tuple(map(str, command)), surroundings)

        yield [
            case(probe, times)
            for probe in ("handler_http.py", "bare_router.py")
            for times in (FEW, MANY)
        ]


def ratio_of_built(artefact: Artefact, template: Mapping[str, Any]) -> float | None:
    """Of the function as it is deployed."""
    variables = Resolver(template, NAMES).variables("Entitlements")
    return ratio(PYTHON, artefact.environment("entitlements", variables))


def bytecode_ratio(python: Path, environment: Mapping[str, str]) -> float:
    """The same in Python's own instructions: in seconds, for every change."""
    with cases(python, environment) as measured:
        _, many, _, bare_many = (_in_bytecodes(case) for case in measured)
        return many.last_line() / bare_many.last_line()


def _in_bytecodes(case: Case) -> Case:
    python, safe_path, *probe = case.command
    command = (python, safe_path, str(PROBES / "bytecodes.py"), *probe)
    return Case(case.name, command, case.environment)


def ratio(python: Path, environment: Mapping[str, str]) -> float | None:
    """Instructions of an entitlement to those of the floor; None without valgrind."""
    with cases(python, environment) as measured:
        for case in measured:
            case.run()  # fills the caches
        few, many, bare_few, bare_many = instructions(measured)
    if few is None or many is None or bare_few is None or bare_many is None:
        return None
    return (many - few) / (bare_many - bare_few)
