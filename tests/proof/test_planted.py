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
}


IN_EVERY_RUN = ("lock_not_a_condition", "evidence_outside")
"""FREISCHALT_PLANTED=all plants the others, too."""

PLANTED = CAUGHT_BY if os.environ.get("FREISCHALT_PLANTED") == "all" else IN_EVERY_RUN


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    with stages(tmp_path_factory.mktemp("planted")) as staging:
        yield staging


def broken(planted: str, staging: Staging) -> set[str]:
    """Those of the cells that break a promise; one that this implementation lacks breaks none."""
    with staging(planted) as stage:
        campaign = Campaign(stage.world, stage.workers, stage.director)
        cells = [cell for cell in all_cells(campaign) if cell.name in CAUGHT_BY.values()]
        return {cell.name for cell in cells if campaign.play(cell)}


def all_cells(campaign: Campaign) -> list[Cell]:
    names = {cell.partition(" / ")[0] for cell in CAUGHT_BY.values()}
    return [cell for one in USE_CASES if one.name in names for cell in campaign.cells(one)]


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_bug_is_caught_by_its_own_cell_alone(planted: str, staging: Staging) -> None:
    assert broken(planted, staging) == {CAUGHT_BY[planted]}


def test_our_own_implementation_is_not_caught(staging: Staging) -> None:
    assert broken("", staging) == set()


def test_a_bug_that_nothing_would_catch_is_none_of_them() -> None:
    planted = {path.stem for path in Path(__file__).with_name("planted").glob("*.py")}

    assert planted == CAUGHT_BY.keys()
