"""What the product does for a text or a schedule does not depend on how large its table is."""

import pytest

from freischalt.adapters import sdk
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from tests.load.filling import OTHER_MONTHS
from tests.load.footprint import Footprint
from tests.load.full_world import ACTS, TABLE
from tests.load.large_table import DUE, SWEEP, LargeTable, source

pytestmark = pytest.mark.e2e

SMALL, LARGE = 1_000, 20_000
GROWING = "a month that grows with the table"

type Counts = dict[int, dict[str, Footprint]]


@pytest.fixture(scope="module")
def counted() -> Counts:
    found = {}
    with source() as made:
        for size in (SMALL, LARGE):
            with made.table(size) as table:
                found[size] = {**table.count().footprints, GROWING: read_a_growing_month(table)}
    return found


def read_a_growing_month(table: LargeTable) -> Footprint:
    """Something that does cost more on a larger table, counted by the same means."""
    table.meter.set_to_nothing()
    list(DynamoDbOrders(sdk.client("dynamodb"), TABLE).of_month(*OTHER_MONTHS[0]))
    return table.meter.footprint()


@pytest.mark.parametrize("act", [*ACTS, SWEEP])
def test_an_act_costs_the_same_at_both_sizes(act: str, counted: Counts) -> None:
    assert counted[LARGE][act] == counted[SMALL][act]


def test_a_sweep_reads_what_is_due_and_nothing_else(counted: Counts) -> None:
    assert counted[LARGE][SWEEP].items == DUE
    assert counted[LARGE]["nothing to sweep"].items == 0


def test_what_grows_with_the_table_would_be_seen(counted: Counts) -> None:
    assert counted[LARGE][GROWING].items > 10 * counted[SMALL][GROWING].items
    assert counted[LARGE][GROWING] != counted[SMALL][GROWING]
