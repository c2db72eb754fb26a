"""Order numbers in blocks of 50 for each worker: one call in 50 orders, nothing to fight for."""

from typing import TYPE_CHECKING

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.domain.ids import OrderNumber

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BLOCK = 50


class DynamoDbOrderNumbers:
    """Fits the port `OrderNumbers`.

    The ADD needs no condition: if its reply is lost and it is made twice, a block stays unused.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._left: dict[int, range] = {}

    def take(self, year: int) -> OrderNumber:
        left = self._left.get(year) or self._next_block(year)
        self._left[year] = left[1:]
        return OrderNumber(f"{year}-{left[0]:06d}")

    def _next_block(self, year: int) -> range:
        answer = self._client.update_item(
            TableName=self._table,
            Key=keys.order_numbers(year),
            UpdateExpression="ADD given :block",
            ExpressionAttributeValues=to_item({":block": BLOCK}),
            ReturnValues="UPDATED_NEW",
        )
        last = int(answer["Attributes"]["given"]["N"])
        return range(last - BLOCK + 1, last + 1)
