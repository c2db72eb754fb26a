"""Planted: the sender's account and locks are read, but not made a condition of what is written."""

from typing import Any

from freischalt.adapters.dynamodb_messages import DynamoDbMessages


def plant() -> None:
    take = DynamoDbMessages._take_slot

    def take_slot(self: DynamoDbMessages, *arguments: Any, **named: Any) -> Any:
        write: Any = take(self, *arguments, **named)
        update = write["Update"]
        update["ConditionExpression"] = " AND ".join(
            condition
            for condition in update["ConditionExpression"].split(" AND ")
            if "revision" not in condition
        )
        del update["ExpressionAttributeValues"][":seen_revision"]
        return write

    DynamoDbMessages._take_slot = take_slot  # type: ignore[method-assign]
