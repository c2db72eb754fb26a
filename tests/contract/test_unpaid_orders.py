"""Orders of terms lapse when nobody has paid them in time: in memory, and by DynamoDB's index."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from freischalt.account_ports import Put, Records, Ref
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_unpaid_orders import DynamoDbUnpaidOrders
from freischalt.domain.billing_event import BillingEvent
from freischalt.domain.notice import Notice
from freischalt.domain.plant import Plant
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.term_ports import UnpaidOrders
from freischalt.use_cases.lapsing import lapse_orders
from freischalt.use_cases.office import Office
from tests.account_factories import ANNA, a_company, a_user
from tests.account_fakes import VIENNA, FakeRecords, FakeUnpaidOrders, an_office
from tests.conftest import TABLE
from tests.factories import ACCOUNT
from tests.term_factories import ORDER, PLANT, a_line, a_plant, a_quote, a_term_order

TOO_LATE = a_term_order().lapses_at
IN_TIME = TOO_LATE - timedelta(milliseconds=1)
LAPSED = Ref(Notice, (f"term_order_lapsed-{ORDER}-{ANNA}",))


@pytest.fixture(params=["fake", "dynamodb"])
def records(request: pytest.FixtureRequest) -> Records:
    records: Records = FakeRecords()
    if request.param == "dynamodb":
        records = DynamoDbRecords(request.getfixturevalue("dynamodb"), TABLE, VIENNA)
    order = a_term_order(quote=a_quote(a_line(credit_cents=900)))
    things = (a_company(), a_user(), order, a_plant(open_order=ORDER))
    records.write(*(Put(replace(thing, version=0)) for thing in things))
    return records


@pytest.fixture
def unpaid(records: Records, request: pytest.FixtureRequest) -> UnpaidOrders:
    if isinstance(records, FakeRecords):
        return FakeUnpaidOrders(records)
    return DynamoDbUnpaidOrders(request.getfixturevalue("dynamodb"), TABLE)


def office(records: Records) -> Office:
    return replace(an_office().office, records=records)


def order_in(records: Records) -> TermOrder:
    ref = Ref(TermOrder, (ACCOUNT, ORDER))
    order = records.read(ref)[ref]
    assert order
    return order


def test_an_order_lapses_in_its_time_once_and_its_plant_is_free(
    records: Records, unpaid: UnpaidOrders
) -> None:
    assert lapse_orders(unpaid, office(records), now=IN_TIME) == []
    assert lapse_orders(unpaid, office(records), now=TOO_LATE) == [ORDER]
    assert lapse_orders(unpaid, office(records), now=TOO_LATE) == []

    order, plant_ref = order_in(records), Ref(Plant, (PLANT,))
    plant = records.read(plant_ref)[plant_ref]
    assert (order.state, order.ended_at) == (TermOrderState.LAPSED, TOO_LATE)
    assert plant
    assert (plant.open_order, plant.credit_cents) == (None, 900)
    assert records.read(LAPSED)[LAPSED]
    ended = Ref(BillingEvent, (f"lapsed-{ORDER}",))
    assert (event := records.read(ended)[ended])
    assert event.detail["reason"] == "lapsed"


def test_who_pays_while_it_lapses_has_paid(records: Records, unpaid: UnpaidOrders) -> None:
    due = list(unpaid.due(now=TOO_LATE))
    records.write(Put(replace(order_in(records), state=TermOrderState.ACTIVE)))

    class Late:
        def due(self, *, now: object) -> list[TermOrder]:
            return due

    assert lapse_orders(Late(), office(records), now=TOO_LATE) == []
    assert order_in(records).state is TermOrderState.ACTIVE
    assert list(unpaid.due(now=TOO_LATE)) == []
    assert records.read(LAPSED)[LAPSED] is None


def test_it_lapses_not_while_money_is_under_way(records: Records, unpaid: UnpaidOrders) -> None:
    records.write(Put(replace(order_in(records), under_way=("cs_1",))))

    assert lapse_orders(unpaid, office(records), now=TOO_LATE) == []
    assert order_in(records).state is TermOrderState.OPEN


def test_one_that_fails_holds_up_no_other(records: Records, unpaid: UnpaidOrders) -> None:
    other = a_term_order(number="2026-000002", account="10002", version=0)
    records.write(Put(other))
    failures: list[str] = []

    class Broken:
        def __getattr__(self, name: str) -> Any:
            return getattr(records, name)

        def write(self, *changes: Any) -> None:
            freed = a_plant(open_order=None, credit_cents=900)
            if any(getattr(change, "thing", None) == freed for change in changes):
                raise OSError
            records.write(*changes)

    ends = lapse_orders(
        unpaid,
        replace(an_office().office, records=Broken()),
        now=TOO_LATE,
        failed=lambda order, _: failures.append(order),
    )

    assert (ends, failures) == (["2026-000002"], [ORDER])
    assert order_in(records).state is TermOrderState.OPEN
