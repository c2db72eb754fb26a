"""Order numbers, the outbox, the order book and the audit trail, in memory and in DynamoDB."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from freischalt.adapters.dynamodb_audit_trail import DynamoDbAuditTrail
from freischalt.adapters.dynamodb_order_numbers import DynamoDbOrderNumbers
from freischalt.adapters.items import order_item
from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.conversation import Effects
from freischalt.domain.ids import OrderNumber
from freischalt.ports import AuditTrail
from tests.account_fakes import VIENNA
from tests.conftest import TABLE
from tests.contract.promises import DynamoDbStore
from tests.contract.test_messages import an_order
from tests.factories import ACCOUNT, CARAT_ID, NOON, PHONE, a_sender, a_sms
from tests.fakes import FakeAuditTrail, FakeOrders


class Orders:
    """Orders placed one way and looked at the other."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.fake = FakeOrders() if request.param == "fake" else None
        self.real = None if self.fake else DynamoDbStore(request.getfixturevalue("dynamodb"))
        self.port: Any = self.fake or (self.real and self.real.outbox)

    def place(self, number: str, at: datetime) -> None:
        order = replace(an_order(number), placed_at=at)
        if self.fake:
            self.fake.orders[order.number] = order
        if self.real:
            self.real.put_sender(a_sender())
            sms = a_sms("order", id=number)
            seen = self.real.messages.read(phone=PHONE, message_id=sms.id, carat_id=None)
            effects = Effects(answer=Answer(code=AnswerCode.HELP), slot=0, order=order)
            self.real.messages.commit(sms, seen, effects, attempt=number, now=at)

    def pending(self, before: datetime) -> set[str]:
        return {order.number for order in self.port.pending(before=before)}

    def of_month(self, year: int, month: int) -> set[str]:
        return {order.number for order in self.port.of_month(year, month)}


@pytest.fixture(params=["fake", "dynamodb"])
def orders(request: pytest.FixtureRequest) -> Orders:
    return Orders(request)


def test_an_order_is_pending_until_it_is_marked(orders: Orders) -> None:
    orders.place("2026-000001", NOON)
    orders.place("2026-000002", NOON + timedelta(minutes=1))

    assert orders.pending(NOON) == set()
    assert orders.pending(NOON + timedelta(seconds=1)) == {"2026-000001"}
    orders.port.mark_published(an_order("2026-000001"), now=NOON)
    orders.port.mark_published(an_order("2026-000001"), now=NOON)
    assert orders.pending(NOON + timedelta(hours=1)) == {"2026-000002"}


def test_an_order_is_claimed_by_one_at_a_time(orders: Orders) -> None:
    orders.place("2026-000001", NOON)
    later = NOON + timedelta(minutes=5)
    claim = partial(orders.port.claim, an_order("2026-000001"))

    assert claim(by="stream", now=NOON, until=later)
    assert not claim(by="sweep", now=NOON + timedelta(minutes=3), until=later)
    assert orders.pending(later) == set()
    assert claim(by="stream", now=NOON + timedelta(minutes=3), until=later)  # it comes again
    assert claim(by="sweep", now=later, until=later + timedelta(minutes=5))  # who had it has died
    assert not claim(by="stream", now=later, until=later)
    orders.port.mark_published(an_order("2026-000001"), now=NOON)
    assert not claim(by="sweep", now=later + timedelta(days=1), until=later + timedelta(days=2))


def test_a_pending_order_comes_back_whole(orders: Orders) -> None:
    orders.place("2026-000123", NOON)

    (order,) = orders.port.pending(before=NOON + timedelta(hours=1))

    assert order == an_order()


def test_a_month_is_one_of_the_vendors_calendar(orders: Orders) -> None:
    orders.place("2026-000001", datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC))
    orders.place("2026-000002", datetime(2026, 10, 31, 23, 0, tzinfo=UTC))
    orders.place("2026-000003", datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC))
    orders.place("2026-000004", datetime(2026, 11, 30, 23, 0, tzinfo=UTC))

    assert orders.of_month(2026, 11) == {"2026-000002", "2026-000003"}


def test_an_order_stays_in_its_month_when_it_is_published(orders: Orders) -> None:
    orders.place("2026-000001", NOON)
    orders.port.mark_published(an_order("2026-000001"), now=NOON)

    assert orders.of_month(2026, 11) == {"2026-000001"}


def test_an_order_is_kept_for_ten_years_from_the_end_of_its_year() -> None:
    item = order_item(an_order("2026-000001"), VIENNA)

    assert item["expires_at"] == {"N": str(int(datetime(2037, 1, 2, tzinfo=UTC).timestamp()))}


def test_order_numbers_come_in_blocks_and_never_twice(dynamodb: Any) -> None:
    calls: list[str] = []
    dynamodb.meta.events.register("before-send.dynamodb", lambda **_: calls.append("call"))
    workers = [DynamoDbOrderNumbers(dynamodb, TABLE) for _ in range(2)]

    numbers = [workers[turn % 2].take(2026) for turn in range(100)]

    assert len(set(numbers)) == 100
    assert len(calls) == 2
    assert numbers[0] == OrderNumber("2026-000001")
    assert workers[0].take(2027) == OrderNumber("2027-000001")


@pytest.fixture(params=["fake", "dynamodb"])
def trail(request: pytest.FixtureRequest) -> AuditTrail:
    if request.param == "fake":
        return FakeAuditTrail()
    return DynamoDbAuditTrail(request.getfixturevalue("dynamodb"), TABLE)


def test_the_audit_trail_is_kept_in_order_and_without_doubles(trail: AuditTrail) -> None:
    entries = [
        AuditEntry(
            carat_id=CARAT_ID,
            at=NOON + timedelta(minutes=minute),
            id=f"m{minute}",
            event=Event.RETRIEVED,
            actor=f"sms:m{minute}",
            account=ACCOUNT if minute else None,
            details={"type": "5P"} if minute else {},
        )
        for minute in range(3)
    ]

    for entry in (entries[2], entries[0], entries[1], entries[0]):
        trail.add(entry)

    assert list(trail.of(CARAT_ID)) == entries
