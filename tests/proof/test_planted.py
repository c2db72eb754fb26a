"""The campaign can fail: each wrong implementation that is planted is caught by its own cell."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.campaign import Campaign
from tests.proof.faults import Cell
from tests.proof.stage import Staging, stages
from tests.proof.use_cases import USE_CASES

pytestmark = pytest.mark.e2e

CAUGHT_BY = {
    "dedup_outside": "first fetch / 3 UpdateItem MESSAGE / dies before",
    "lock_not_a_condition": "first fetch / 2 TransactWriteItems / a lock",
    "plain_add": "wrong confirmation / 4 UpdateItem PHONE / answer lost once",
    "marked_before_sent": "first fetch / 3 UpdateItem MESSAGE / dies after",
    "account_not_a_condition": "HTTP fetch / 2 TransactWriteItems / a lock",
    "noticed_before_sent": "mail sent / 2 UpdateItem NOTICE / dies after",
    "evidence_outside": "VAT ID asked / 5 TransactWriteItems / dies after",
    "asked_before_kept": "VAT ID asked / 7 TransactWriteItems / dies before",
    "phones_not_locked": "account locked / 4 TransactWriteItems / dies after",
    "payment_outside": "payment received / 6 TransactWriteItems / dies after",
    "number_outside": "invoice written / 3 TransactWriteItems / dies after",
    "code_outside": "inverter added / 4 TransactWriteItems / dies after",
    "told_before_mailed": "end of a term told / 4 TransactWriteItems / dies after",
    "correction_outside": "charged later / 2 TransactWriteItems / dies after",
    "page_by_another_key": "payment page opened / 4 TransactWriteItems / dies before",
}

IN_EVERY_RUN = ("lock_not_a_condition", "evidence_outside", "payment_outside")
"""With a cell each; FREISCHALT_PLANTED=all plants the others, too, and plays all cells for each."""

PLANTED = CAUGHT_BY if os.environ.get("FREISCHALT_PLANTED") == "all" else IN_EVERY_RUN
CELLS = {CAUGHT_BY[planted] for planted in PLANTED}


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    with stages(tmp_path_factory.mktemp("planted")) as staging:
        yield staging


def broken(planted: str, staging: Staging) -> set[str]:
    """Those of the cells that break a promise; one that this implementation lacks breaks none."""
    with staging(planted) as stage:
        campaign = Campaign(stage.world, stage.workers, stage.director)
        cells = [cell for cell in all_cells(campaign) if cell.name in CELLS]
        return {cell.name for cell in cells if campaign.play(cell)}


def all_cells(campaign: Campaign) -> list[Cell]:
    names = {cell.partition(" / ")[0] for cell in CELLS}
    return [cell for one in USE_CASES if one.name in names for cell in campaign.cells(one)]


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_bug_is_caught_by_its_own_cell_alone(planted: str, staging: Staging) -> None:
    assert broken(planted, staging) == {CAUGHT_BY[planted]}


def test_our_own_implementation_is_not_caught(staging: Staging) -> None:
    assert broken("", staging) == set()


def test_a_bug_that_nothing_would_catch_is_none_of_them() -> None:
    planted = {path.stem for path in Path(__file__).with_name("planted").glob("*.py")}

    assert planted == CAUGHT_BY.keys()
