"""A month's orders of terms, as DynamoDB's index has them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from freischalt.account_ports import Put, Ref
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_term_order_book import DynamoDbTermOrderBook
from freischalt.domain.ids import OrderNumber
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from tests.account_fakes import VIENNA
from tests.conftest import TABLE
from tests.factories import ACCOUNT, NOON
from tests.term_factories import ORDER, a_term_order


def test_a_month_is_one_of_the_vendors_calendar_and_holds_no_other_orders(dynamodb: Any) -> None:
    records = DynamoDbRecords(dynamodb, TABLE, VIENNA)
    placed = [
        datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC),
        datetime(2026, 10, 31, 23, 0, tzinfo=UTC),
        datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 30, 23, 0, tzinfo=UTC),
    ]
    for number, at in enumerate(placed):
        order = a_term_order(number=OrderNumber(f"2026-{number:06d}"), placed_at=at, version=0)
        records.write(Put(order))

    found = DynamoDbTermOrderBook(dynamodb, TABLE).of_month(2026, 11)

    assert {order.number for order in found} == {"2026-000001", "2026-000002"}
    assert not list(DynamoDbOrders(dynamodb, TABLE).of_month(2026, 11))


def test_an_order_stays_in_its_month_whatever_becomes_of_it(dynamodb: Any) -> None:
    records = DynamoDbRecords(dynamodb, TABLE, VIENNA)
    records.write(Put(a_term_order(version=0)))
    ref = Ref(TermOrder, (ACCOUNT, ORDER))
    order = records.read(ref)[ref]
    assert order
    records.write(Put(replace(order, state=TermOrderState.LAPSED, ended_at=order.lapses_at)))

    (found,) = DynamoDbTermOrderBook(dynamodb, TABLE).of_month(NOON.year, NOON.month)

    assert (found.number, found.state) == (ORDER, TermOrderState.LAPSED)
