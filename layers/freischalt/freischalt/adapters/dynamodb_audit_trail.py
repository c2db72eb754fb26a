"""The audit trail of each dongle, beside it in the table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.items import audit_item, audit_of
from freischalt.adapters.transactions import if_it_holds
from freischalt.domain.audit import AuditEntry
from freischalt.domain.licence import CaratId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDbAuditTrail:
    """Fits the port `AuditTrail`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, entry: AuditEntry) -> None:
        if_it_holds(
            self._client.put_item,
            TableName=self._table,
            Item=audit_item(entry),
            ConditionExpression="attribute_not_exists(PK)",
        )

    def of(self, carat_id: CaratId) -> Iterator[AuditEntry]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :dongle AND begins_with(SK, :audit)",
            ExpressionAttributeValues=to_item(
                {":dongle": keys.dongle(carat_id)["PK"]["S"], ":audit": keys.AUDIT}
            ),
            ConsistentRead=True,
        )
        for page in pages:
            for item in page["Items"]:
                yield audit_of(carat_id, item)
