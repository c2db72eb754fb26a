"""Locks in DynamoDB whose planned end nobody has noticed yet."""

from collections.abc import Iterator
from datetime import datetime

from freischalt.adapters import keys
from freischalt.adapters.account_items import lock_of
from freischalt.adapters.items import MILLISECOND
from freischalt.adapters.pending_items import PendingItems
from freischalt.domain.locks import LockRecord


class DynamoDbPlannedEnds(PendingItems[LockRecord]):
    """Fits the port `DueLocks`."""

    shard_name = staticmethod(keys.lock_shard)
    read = staticmethod(lock_of)

    def due(self, *, now: datetime) -> Iterator[LockRecord]:
        return self.pending(before=now + MILLISECOND)
