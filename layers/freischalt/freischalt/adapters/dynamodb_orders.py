"""Orders in DynamoDB: what is still to be published, and each month's."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item, to_wire
from freischalt.adapters.items import millis, order_of
from freischalt.adapters.transactions import is_refused_condition
from freischalt.domain.order import Order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDbOrders:
    """Fits the ports `Outbox` and `OrderBook`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def pending(self, *, before: datetime) -> Iterator[Order]:
        for shard in keys.SHARDS:
            yield from self._query(
                IndexName=keys.BY_DUE,
                KeyConditionExpression="due = :due AND due_at < :before",
                ExpressionAttributeValues=to_item(
                    {":due": keys.outbox_shard(shard), ":before": millis(before)}
                ),
            )

    def mark_published(self, order: Order, *, now: datetime) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=keys.order(order.number),
                UpdateExpression="SET published_at = :now REMOVE due, due_at",
                ConditionExpression="attribute_exists(due)",
                ExpressionAttributeValues={":now": to_wire(millis(now))},
            )
        except ClientError as error:
            if not is_refused_condition(error):
                raise

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
            yield from map(order_of, page["Items"])
