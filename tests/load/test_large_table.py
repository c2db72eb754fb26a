"""What each registered use case costs: exactly that, and the same however large its table is."""

import os

import pytest

from freischalt.adapters import sdk
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from tests.load.filling import OTHER_MONTHS
from tests.load.footprint import Footprint
from tests.load.full_world import ACTS, TABLE
from tests.load.large_table import DUE, SWEEP, LargeTable, source
from tests.proof.entries import Costs, UseCase
from tests.proof.use_cases import USE_CASES

pytestmark = pytest.mark.e2e

SMALL = 500
LARGE = int(os.environ.get("FREISCHALT_LICENCES", "10000"))  # `make load` takes a million
GROWING = "a month that grows with the table"
NOTHING_DUE = "nothing to sweep"

type Counts = dict[int, dict[str, Footprint]]


@pytest.fixture(scope="module")
def counted(request: pytest.FixtureRequest) -> Counts:
    found = {}
    acts = {SMALL: ACTS, LARGE: {*compared(request.session), NOTHING_DUE}}
    with source() as made:
        for size in (SMALL, LARGE):
            with made.table(size) as table:
                found[size] = {
                    **table.count(acts[size]).footprints,
                    GROWING: read_a_growing_month(table),
                }
    return found


def compared(session: pytest.Session) -> set[str]:
    """The acts that this run compares at both sizes."""
    given = [test.callspec.params for test in session.items if hasattr(test, "callspec")]
    return {parameters["act"] for parameters in given if parameters.keys() == {"act"}}


def read_a_growing_month(table: LargeTable) -> Footprint:
    """Something that does cost more on a larger table, counted by the same means."""
    table.meter.set_to_nothing()
    list(DynamoDbOrders(sdk.client("dynamodb"), TABLE).of_month(*OTHER_MONTHS[0]))
    return table.meter.footprint()


@pytest.mark.parametrize("use_case", USE_CASES, ids=lambda use_case: use_case.name)
def test_a_use_case_costs_exactly_this(use_case: UseCase, counted: Counts) -> None:
    did = counted[SMALL][use_case.name]

    others = sum(did.calls.values()) - did.on_the_table
    assert Costs(did.on_the_table, others, did.write_units, did.read_units) == use_case.costs


def test_no_two_use_cases_have_one_name() -> None:
    assert len({use_case.name for use_case in USE_CASES}) == len(USE_CASES)


@pytest.mark.parametrize("act", [*ACTS, SWEEP])
def test_an_act_costs_the_same_at_both_sizes(act: str, counted: Counts) -> None:
    assert counted[LARGE][act] == counted[SMALL][act]


def test_a_sweep_reads_what_is_due_and_nothing_else(counted: Counts) -> None:
    assert counted[LARGE][SWEEP].items == DUE
    assert counted[LARGE][NOTHING_DUE].items == 0


def test_what_grows_with_the_table_would_be_seen(counted: Counts) -> None:
    assert counted[LARGE][GROWING].items > 10 * counted[SMALL][GROWING].items
    assert counted[LARGE][GROWING] != counted[SMALL][GROWING]
