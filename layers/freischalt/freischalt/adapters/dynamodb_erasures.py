"""Erasures in DynamoDB that are not finished: few, so in one partition of the index."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.pending_items import PendingItems
from freischalt.domain.ids import AccountNumber


def _number_of(item: Mapping[str, Any]) -> AccountNumber:
    return AccountNumber(item["number"]["S"])


class DynamoDbErasures(PendingItems[AccountNumber]):
    """Fits the port `UnfinishedErasures`."""

    read = staticmethod(_number_of)

    def begun(self, *, before: datetime) -> Iterator[AccountNumber]:
        return self._due_in(keys.DUE_ERASURES, before)
