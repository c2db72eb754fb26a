"""Orders and the like as events on the vendor's bus. Consumers drop repeated outbox ids."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from freischalt.domain.billing_event import BillingEvent, BillingKind
from freischalt.domain.order import Order

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "freischalt"


class EventBridgeBus:
    """Fits the port `EventBus`."""

    def __init__(self, client: "EventBridgeClient", bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, things: Sequence[Order | BillingEvent], /) -> set[str]:
        answer = self._client.put_events(
            Entries=[
                {
                    "EventBusName": self._bus,
                    "Source": SOURCE,
                    "DetailType": kind,
                    "Time": at,
                    "Detail": json.dumps(told),
                }
                for kind, at, told in map(_entry, things)
            ]
        )
        return {
            thing.id
            for thing, entry in zip(things, answer["Entries"], strict=True)
            if "EventId" in entry
        }


def _entry(thing: Order | BillingEvent) -> tuple[BillingKind, datetime, dict[str, object]]:
    if isinstance(thing, Order):
        return BillingKind.ORDER_PLACED, thing.placed_at, detail(thing)
    return thing.kind, thing.at, {"outbox_id": thing.id, **thing.detail}


def detail(order: Order) -> dict[str, object]:
    """What billing gets. Money is whole cents, net; the time is ISO 8601 in UTC."""
    return {
        "outbox_id": order.outbox_id,
        "order_number": order.number,
        "account": order.account,
        "kind": order.kind.value,
        "placed_at": order.placed_at.isoformat(),
        "lines": [
            {
                "type": str(order.type),
                "licence_number": str(order.licence_number),
                "net_cents": order.net_cents,
            }
        ],
        "net_cents": order.net_cents,
        "currency": order.currency,
    }
