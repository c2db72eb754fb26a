"""Orders of terms in DynamoDB that wait for their money, found when their time is up."""

from collections.abc import Iterator
from datetime import datetime

from freischalt.adapters import keys
from freischalt.adapters.items import MILLISECOND
from freischalt.adapters.pending_items import PendingItems
from freischalt.adapters.term_order_items import term_order_of
from freischalt.domain.term_order import TermOrder


class DynamoDbUnpaidOrders(PendingItems[TermOrder]):
    """Fits the port `UnpaidOrders`."""

    shard_name = staticmethod(keys.unpaid_shard)
    read = staticmethod(term_order_of)

    def due(self, *, now: datetime) -> Iterator[TermOrder]:
        return self.pending(before=now + MILLISECOND)
