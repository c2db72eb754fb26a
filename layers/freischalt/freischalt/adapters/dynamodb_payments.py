"""Money that was put aside, in DynamoDB."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from freischalt.account_ports import Page
from freischalt.adapters import keys
from freischalt.adapters.payment_items import payment_of
from freischalt.adapters.pending_items import PendingItems, fail_on_unreadable
from freischalt.domain.ids import PaymentId
from freischalt.domain.payment import Payment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDbAsidePayments(PendingItems[Payment]):
    """Fits the port `AsidePayments`. A place in the list is `<shard>#<due_at>#<payment id>`."""

    shard_name = staticmethod(keys.aside_shard)
    read = staticmethod(payment_of)

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        unreadable: Callable[[str], None] = fail_on_unreadable,
    ) -> None:
        super().__init__(client, table, unreadable)
        self._of: dict[str, Any] = {"TableName": table, "IndexName": keys.BY_DUE}

    def page(self, *, after: str | None, limit: int) -> Page[Payment]:
        """Oldest first within each of the sixteen; a page goes on into the next."""
        found: list[Payment] = []
        first, start = _start(after)
        for shard in range(first, len(keys.SHARDS)):
            query: Any = {
                "KeyConditionExpression": "due = :due",
                "ExpressionAttributeValues": {":due": {"S": keys.aside_shard(shard)}},
                "Limit": limit - len(found) + 1,
            }
            if start:
                query["ExclusiveStartKey"] = start
            start = None
            found += [payment_of(item) for item in self._client.query(**self._of, **query)["Items"]]
            if len(found) > limit:
                return Page(found[:limit], _place(found[limit - 1]))
        return Page(found)


def _place(last: Payment) -> str:
    """It may lie in an earlier one of the sixteen than what comes next."""
    shard = keys.due_aside(last.id).rpartition("#")[2]
    return f"{shard}#{_due_at(last)}#{last.id}"


def _due_at(payment: Payment) -> int:
    return int(payment.recorded_at.timestamp() * 1000)


def _start(after: str | None) -> tuple[int, Mapping[str, Any] | None]:
    """Raises ValueError for a place that no page has named."""
    if after is None:
        return 0, None
    shard, due_at, id_ = after.split("#", 2)
    if not (shard.isdigit() and due_at.isdigit() and int(shard) in keys.SHARDS):
        raise ValueError("a place that no page has named")
    key = keys.payment(PaymentId(id_))
    return int(shard), {**key, "due": {"S": keys.aside_shard(int(shard))}, "due_at": {"N": due_at}}
