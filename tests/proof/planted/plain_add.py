"""Planted: a wrong try is counted by a plain ADD, which the SDK repeats if no answer comes."""

from dataclasses import replace
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.dynamodb_messages import DynamoDbMessages


def plant() -> None:
    commit = DynamoDbMessages.commit

    def count_and_commit(
        self: DynamoDbMessages, sms: Any, seen: Any, effects: Any, **named: Any
    ) -> None:
        before = seen.sender.confirmation
        if effects.confirmation and before and effects.confirmation.wrong_tries:
            commit(self, sms, seen, replace(effects, confirmation=None), **named)
            self._client.update_item(
                TableName=self._table,
                Key=keys.phone(sms.sender),
                UpdateExpression="ADD confirmation.wrong_tries :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
        else:
            commit(self, sms, seen, effects, **named)

    DynamoDbMessages.commit = count_and_commit  # type: ignore[method-assign]
