"""Items that are pending until somebody has done what they ask for: found by the index `by_due`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.items import millis
from freischalt.adapters.transactions import if_it_holds

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


CLOCKS_DIFFER = timedelta(minutes=1)


def fail_on_unreadable(key: str) -> None:
    raise ValueError(f"this version cannot read {key}")


class PendingItems[T]:
    """One kind of them; a subclass names the index's partitions and reads an item."""

    shard_name: Callable[[int], str]
    read: Callable[[Mapping[str, Any]], T]

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

    def pending(self, *, before: datetime, first: int = 0) -> Iterator[T]:
        """`first` is the partition to begin with: whoever may not get to the end takes turns."""
        for turn in keys.SHARDS:
            yield from self._due_in(self.shard_name((first + turn) % len(keys.SHARDS)), before)

    def _due_in(self, partition: str, before: datetime) -> Iterator[T]:
        return self._query(
            IndexName=keys.BY_DUE,
            KeyConditionExpression="due = :due AND due_at < :before",
            ExpressionAttributeValues=to_item({":due": partition, ":before": millis(before)}),
        )

    def _in_month(self, shards: Iterable[str]) -> Iterator[T]:
        """`shards` are the month's partitions of the index `by_month`: there for good."""
        for shard in shards:
            yield from self._query(
                IndexName=keys.BY_MONTH,
                KeyConditionExpression="#month = :month",
                ExpressionAttributeNames={"#month": "month"},
                ExpressionAttributeValues=to_item({":month": shard}),
            )

    def _claim(self, key: keys.Key, *, by: str, now: datetime, until: datetime) -> bool:
        return self._update(
            key,
            UpdateExpression="SET due_at = :until, claimed_by = :by",
            ConditionExpression="attribute_exists(due) AND (due_at <= :now OR claimed_by = :by)",
            ExpressionAttributeValues=to_item(
                {":until": millis(until), ":now": millis(now + CLOCKS_DIFFER), ":by": by}
            ),
        )

    def _mark(self, key: keys.Key, done_at: str, *, now: datetime) -> None:
        self._update(
            key,
            UpdateExpression=f"SET {done_at} = :now REMOVE due, due_at, claimed_by",
            ConditionExpression="attribute_exists(due)",
            ExpressionAttributeValues=to_item({":now": millis(now)}),
        )

    def _update(self, key: keys.Key, **update: Any) -> bool:
        """Whether its condition held."""
        return if_it_holds(self._client.update_item, TableName=self._table, Key=key, **update)

    def _query(self, **query: Any) -> Iterator[T]:
        pages = self._client.get_paginator("query").paginate(TableName=self._table, **query)
        for page in pages:
            yield from self._readable(page["Items"])

    def _readable(self, items: Iterable[Mapping[str, Any]]) -> Iterator[T]:
        for item in items:
            try:
                thing = self.read(item)
            except (KeyError, ValueError):
                self._unreadable(item["PK"]["S"])
            else:
                yield thing
