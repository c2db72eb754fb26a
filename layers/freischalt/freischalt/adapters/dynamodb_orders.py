"""Orders in DynamoDB: what is still to be published, and each month's."""

from collections.abc import Iterator
from datetime import datetime

from freischalt.adapters import keys
from freischalt.adapters.items import order_of
from freischalt.adapters.pending_items import PendingItems
from freischalt.domain.order import Order


class DynamoDbOrders(PendingItems[Order]):
    """Fits the ports `Outbox` and `OrderBook`."""

    shard_name = staticmethod(keys.outbox_shard)
    read = staticmethod(order_of)

    def claim(self, order: Order, *, by: str, now: datetime, until: datetime) -> bool:
        return self._claim(keys.order(order.number), by=by, now=now, until=until)

    def mark_published(self, order: Order, *, now: datetime) -> None:
        self._mark(keys.order(order.number), "published_at", now=now)

    def of_month(self, year: int, month: int) -> Iterator[Order]:
        return self._in_month(keys.month_shard(year, month, shard) for shard in keys.SHARDS)
