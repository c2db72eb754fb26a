"""Erasures in DynamoDB that are not finished: few, so in one partition of the index."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.items import millis
from freischalt.adapters.pending_items import PendingItems
from freischalt.domain.ids import AccountNumber


def _number_of(item: Mapping[str, Any]) -> AccountNumber:
    return AccountNumber(item["number"]["S"])


class DynamoDbErasures(PendingItems[AccountNumber]):
    """Fits the port `UnfinishedErasures`."""

    read = staticmethod(_number_of)

    def begun(self, *, before: datetime) -> Iterator[AccountNumber]:
        return self._query(
            IndexName=keys.BY_DUE,
            KeyConditionExpression="due = :due AND due_at < :before",
            ExpressionAttributeValues=to_item(
                {":due": keys.DUE_ERASURES, ":before": millis(before)}
            ),
        )
