"""Planted: a fetch over HTTP reads the account and its locks, but goes on if they have changed."""

from typing import Any

from freischalt.adapters.dynamodb_requests import DynamoDbRequests


def plant() -> None:
    as_read = DynamoDbRequests._account_as_read

    def still_there(self: DynamoDbRequests, account: Any) -> Any:
        check: Any = as_read(self, account)
        check["ConditionCheck"]["ConditionExpression"] = "attribute_exists(PK)"
        del check["ConditionCheck"]["ExpressionAttributeValues"]
        return check

    DynamoDbRequests._account_as_read = still_there  # type: ignore[method-assign]
