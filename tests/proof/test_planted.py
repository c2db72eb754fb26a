"""The campaign can fail: each wrong implementation that is planted is caught by its own cell."""

import os
from pathlib import Path

import pytest

from tests.proof.campaign import Campaign
from tests.proof.faults import Cell
from tests.proof.stage import in_process
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
}


IN_EVERY_RUN = ("lock_not_a_condition", "evidence_outside")
"""FREISCHALT_PLANTED=all plants the others, too."""

PLANTED = CAUGHT_BY if os.environ.get("FREISCHALT_PLANTED") == "all" else IN_EVERY_RUN


def broken(folder: Path, planted: str) -> set[str]:
    """Those of the cells that break a promise; one that this implementation lacks breaks none."""
    with in_process(folder, planted=planted) as stage:
        campaign = Campaign(stage.world, stage.workers, stage.director)
        cells = [cell for cell in all_cells(campaign) if cell.name in CAUGHT_BY.values()]
        return {cell.name for cell in cells if campaign.play(cell)}


def all_cells(campaign: Campaign) -> list[Cell]:
    names = {cell.partition(" / ")[0] for cell in CAUGHT_BY.values()}
    return [cell for one in USE_CASES if one.name in names for cell in campaign.cells(one)]


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_bug_is_caught_by_its_own_cell_alone(planted: str, tmp_path: Path) -> None:
    assert broken(tmp_path, planted) == {CAUGHT_BY[planted]}


def test_our_own_implementation_is_not_caught(tmp_path: Path) -> None:
    assert broken(tmp_path, "") == set()


def test_a_bug_that_nothing_would_catch_is_none_of_them() -> None:
    planted = {path.stem for path in Path(__file__).with_name("planted").glob("*.py")}

    assert planted == CAUGHT_BY.keys()
