"""Planted: the message's record is written after the transaction, not in it."""

from typing import Any

from freischalt.adapters import dynamodb_messages


def plant() -> None:
    def write_all(client: Any, writes: Any, **_: Any) -> None:
        """Write the effects in one transaction, then the record by itself."""
        record, *effects = writes
        client.transact_write_items(TransactItems=effects)
        update = record["Update"]
        del update["ReturnValuesOnConditionCheckFailure"]
        client.update_item(**update)

    vars(dynamodb_messages)["write_all"] = write_all
