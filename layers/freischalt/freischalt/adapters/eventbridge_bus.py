"""Orders as `OrderPlaced` events on the vendor's bus. Consumers drop repeated outbox ids."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from freischalt.domain.ids import OrderNumber
from freischalt.domain.order import Order

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "freischalt"
ORDER_PLACED = "OrderPlaced"


class EventBridgeBus:
    """Fits the port `EventBus`."""

    def __init__(self, client: "EventBridgeClient", bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, orders: Sequence[Order]) -> set[OrderNumber]:
        answer = self._client.put_events(
            Entries=[
                {
                    "EventBusName": self._bus,
                    "Source": SOURCE,
                    "DetailType": ORDER_PLACED,
                    "Time": order.placed_at,
                    "Detail": json.dumps(detail(order)),
                }
                for order in orders
            ]
        )
        return {
            order.number
            for order, entry in zip(orders, answer["Entries"], strict=True)
            if "EventId" in entry
        }


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
