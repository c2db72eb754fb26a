"""Rows of lists in DynamoDB: written and removed again and again with the same outcome."""

from typing import TYPE_CHECKING

from freischalt.adapters.account_events import Row
from freischalt.adapters.transactions import if_it_holds

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDbListRows:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def apply(self, row: Row) -> None:
        if row.gone:
            if_it_holds(
                self._client.delete_item,
                TableName=self._table,
                Key=row.key,
                ConditionExpression="attribute_exists(PK)",
            )
            return
        if_it_holds(
            self._client.put_item,
            TableName=self._table,
            Item=row.key,
            ConditionExpression="attribute_not_exists(PK)",
        )
