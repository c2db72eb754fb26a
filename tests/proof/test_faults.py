"""The fault campaign, as far as every test run has time for it; `make faults` plays all of it."""

from collections.abc import Iterator

import pytest

from tests.proof.campaign import Campaign
from tests.proof.entries import UseCase
from tests.proof.faults import FATES, Cell
from tests.proof.stage import Stage, in_process
from tests.proof.use_cases import USE_CASES

PLAYED_IN_EVERY_TEST_RUN = ("first fetch", "new order")
"""Every fault at every call."""

EACH_FAULT_ONCE = (
    *("HTTP fetch", "VAT ID asked", "payment received", "payment page opened"),
    *("withdrawal accepted by an operator", "money given to an order"),
)
"""Every fault at one of the calls, at another one for each."""

MAKE_NO_CALL = {"not served", "audit of nothing"}

AT_THE_COMMIT = {"conflict", "answer lost", "dies before", "dies after"}

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with in_process(tmp_path_factory.mktemp("faults")) as stage:
        yield stage


@pytest.fixture(scope="module")
def campaign(stage: Stage) -> Campaign:
    return Campaign(stage.world, stage.workers, stage.director)


@pytest.mark.parametrize("name", [*PLAYED_IN_EVERY_TEST_RUN, *EACH_FAULT_ONCE])
def test_no_fault_breaks_a_promise(name: str, campaign: Campaign) -> None:
    (use_case,) = (one for one in USE_CASES if one.name == name)

    cells = campaign.cells(use_case)
    if name in EACH_FAULT_ONCE:
        cells = each_fault_once(cells)
    broken = {cell.name: campaign.play(cell) for cell in cells}

    assert {cell.fault for cell in cells} >= set(FATES)
    assert {name: promises for name, promises in broken.items() if promises} == {}


def each_fault_once(cells: list[Cell]) -> list[Cell]:
    """Those that can tear a commit apart at the transaction, the others at one call each."""
    by_fault: dict[str, list[Cell]] = {}
    for cell in cells:
        by_fault.setdefault(cell.fault, []).append(cell)
    chosen = []
    for place, (fault, some) in enumerate(by_fault.items()):
        commits = [cell for cell in some if cell.spot.operation == "TransactWriteItems"]
        among = commits if commits and fault in AT_THE_COMMIT else some
        chosen.append(among[place % len(among)])
    return chosen


@pytest.mark.parametrize("use_case", USE_CASES, ids=lambda use_case: use_case.name)
def test_a_use_case_keeps_its_promises_without_a_fault(
    use_case: UseCase, campaign: Campaign
) -> None:
    """Raises Unproven otherwise; what makes no call has no cell. `make faults` begins with this."""
    assert campaign.cells(use_case) or use_case.name in MAKE_NO_CALL


def test_the_functions_log_no_secret_whatever_they_meet(campaign: Campaign, stage: Stage) -> None:
    log = stage.log()

    assert len(campaign.secrets) > 10
    assert '"level":"ERROR"' in log
    assert [secret for secret in campaign.secrets if secret in log] == []
