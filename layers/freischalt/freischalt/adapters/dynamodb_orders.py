"""Orders in DynamoDB: what is still to be published, and each month's."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.items import millis, order_of
from freischalt.adapters.transactions import if_it_holds
from freischalt.domain.order import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


CLOCKS_DIFFER = timedelta(minutes=1)


def fail_on_unreadable(key: str) -> None:
    raise ValueError(f"this version cannot read {key}")


class DynamoDbOrders:
    """Fits the ports `Outbox` and `OrderBook`."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        unreadable: Callable[[str], None] = fail_on_unreadable,
    ) -> None:
        """`unreadable` is told the key of an item that this version cannot read.

        Whoever gives one goes on with the others; the item stays as it is.
        """
        self._client = client
        self._table = table
        self._unreadable = unreadable

    def pending(self, *, before: datetime) -> Iterator[Order]:
        for shard in keys.SHARDS:
            yield from self._query(
                IndexName=keys.BY_DUE,
                KeyConditionExpression="due = :due AND due_at < :before",
                ExpressionAttributeValues=to_item(
                    {":due": keys.outbox_shard(shard), ":before": millis(before)}
                ),
            )

    def claim(self, order: Order, *, by: str, now: datetime, until: datetime) -> bool:
        return self._update(
            order,
            UpdateExpression="SET due_at = :until, claimed_by = :by",
            ConditionExpression="attribute_exists(due) AND (due_at <= :now OR claimed_by = :by)",
            ExpressionAttributeValues=to_item(
                {":until": millis(until), ":now": millis(now + CLOCKS_DIFFER), ":by": by}
            ),
        )

    def mark_published(self, order: Order, *, now: datetime) -> None:
        self._update(
            order,
            UpdateExpression="SET published_at = :now REMOVE due, due_at, claimed_by",
            ConditionExpression="attribute_exists(due)",
            ExpressionAttributeValues=to_item({":now": millis(now)}),
        )

    def _update(self, order: Order, **update: Any) -> bool:
        """Whether its condition held."""
        return if_it_holds(
            self._client.update_item,
            TableName=self._table,
            Key=keys.order(order.number),
            **update,
        )

    def of_month(self, year: int, month: int) -> Iterator[Order]:
        for shard in keys.SHARDS:
            yield from self._query(
                IndexName=keys.BY_MONTH,
                KeyConditionExpression="#month = :month",
                ExpressionAttributeNames={"#month": "month"},
                ExpressionAttributeValues=to_item({":month": keys.month_shard(year, month, shard)}),
            )

    def _query(self, **query: Any) -> Iterator[Order]:
        pages = self._client.get_paginator("query").paginate(TableName=self._table, **query)
        for page in pages:
            for item in page["Items"]:
                try:
                    order = order_of(item)
                except (KeyError, ValueError):
                    self._unreadable(item["PK"]["S"])
                else:
                    yield order
