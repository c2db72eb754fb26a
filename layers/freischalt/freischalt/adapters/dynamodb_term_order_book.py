"""Each month's orders of terms in DynamoDB."""

from collections.abc import Iterator

from freischalt.adapters import keys
from freischalt.adapters.pending_items import PendingItems
from freischalt.adapters.term_order_items import term_order_of
from freischalt.domain.term_order import TermOrder


class DynamoDbTermOrderBook(PendingItems[TermOrder]):
    """Fits the port `TermOrderBook`."""

    read = staticmethod(term_order_of)

    def of_month(self, year: int, month: int) -> Iterator[TermOrder]:
        return self._in_month(keys.term_month_shard(year, month, shard) for shard in keys.SHARDS)
