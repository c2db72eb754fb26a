"""Withdrawals in DynamoDB that an operator has not settled yet."""

from collections.abc import Iterator
from datetime import datetime

from freischalt.adapters import keys
from freischalt.adapters.items import MILLISECOND
from freischalt.adapters.pending_items import PendingItems
from freischalt.adapters.term_order_items import withdrawal_of
from freischalt.domain.term_order import Withdrawal


class DynamoDbWithdrawals(PendingItems[Withdrawal]):
    """Fits the port `OpenWithdrawals`."""

    shard_name = staticmethod(keys.withdrawal_shard)
    read = staticmethod(withdrawal_of)

    def unsettled(self, *, now: datetime) -> Iterator[Withdrawal]:
        return self.pending(before=now + MILLISECOND)
