"""What billing is told: pending from its transaction on, published once, marked."""

from datetime import timedelta
from typing import Any

import pytest

from freischalt.account_ports import Put
from freischalt.adapters.dynamodb_billing_events import DynamoDbBillingEvents
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.billing import order_placed
from freischalt.domain.billing_event import BillingEvent
from freischalt.errors import LostRace
from freischalt.use_cases.publish_orders import publish, sweep
from tests.account_fakes import VIENNA
from tests.conftest import TABLE
from tests.factories import NOON
from tests.term_factories import a_line, a_quote, a_term_order

MINUTE = timedelta(minutes=1)
EVENT = order_placed(a_term_order(quote=a_quote(a_line(credit_cents=900))))


class Bus:
    """Takes what it is told to take, and remembers it."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.heard: list[BillingEvent] = []

    def publish(self, things: Any, /) -> set[str]:
        self.heard += things
        return set() if self.refuses else {thing.id for thing in things}


@pytest.fixture
def events(dynamodb: Any) -> DynamoDbBillingEvents:
    DynamoDbRecords(dynamodb, TABLE, VIENNA).write(Put(EVENT))
    return DynamoDbBillingEvents(dynamodb, TABLE)


def test_an_order_of_terms_is_told_with_all_that_is_charged() -> None:
    assert EVENT.detail == {
        "order_number": "2026-000001",
        "account": "10001",
        "kind": "term",
        "placed_at": NOON.isoformat(),
        "lines": [
            {
                "type": "365D",
                "plant": "10001-1",
                "power_w": 4_200,
                "list_cents": 4_900,
                "credit_cents": 900,
                "net_cents": 4_000,
            }
        ],
        "net_cents": 4_000,
        "vat_rule": "domestic",
        "vat_country": "DE",
        "vat_basis_points": 1_900,
        "vat_cents": 760,
        "gross_cents": 4_760,
        "currency": "EUR",
    }


def test_it_is_pending_until_it_was_published(events: DynamoDbBillingEvents) -> None:
    bus = Bus()

    (pending,) = events.pending(before=NOON + MINUTE)
    done = publish([pending], by="stream", bus=bus, outbox=events, now=NOON)

    assert (pending.id, pending.kind, pending.detail) == (EVENT.id, EVENT.kind, EVENT.detail)
    assert done.taken == [EVENT.id]
    assert list(events.pending(before=NOON + timedelta(days=1))) == []
    assert publish([pending], by="sweep", bus=bus, outbox=events, now=NOON).taken == []
    assert bus.heard == [pending]


def test_what_the_bus_refuses_is_swept_when_the_claim_has_run_out(
    events: DynamoDbBillingEvents,
) -> None:
    publish([EVENT], by="stream", bus=Bus(refuses=True), outbox=events, now=NOON)

    assert sweep(by="a", bus=Bus(), outbox=events, now=NOON + 3 * MINUTE).taken == []
    assert sweep(by="b", bus=Bus(), outbox=events, now=NOON + 6 * MINUTE).taken == [EVENT.id]


def test_the_same_cause_makes_one_event(events: DynamoDbBillingEvents, dynamodb: Any) -> None:
    with pytest.raises(LostRace):
        DynamoDbRecords(dynamodb, TABLE, VIENNA).write(Put(EVENT))
