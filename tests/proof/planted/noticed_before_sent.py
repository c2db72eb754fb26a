"""Planted: a notice is marked as sent before it is sent."""

from typing import Any

from freischalt.adapters.dynamodb_notices import DynamoDbNotices


def plant() -> None:
    claim, mark = DynamoDbNotices.claim, DynamoDbNotices.mark_sent

    def claim_and_mark(self: DynamoDbNotices, notice: Any, **named: Any) -> bool:
        claimed = claim(self, notice, **named)
        if claimed:
            mark(self, notice, now=named["now"])
        return claimed

    DynamoDbNotices.claim = claim_and_mark  # type: ignore[method-assign]
    DynamoDbNotices.mark_sent = lambda *_, **__: None  # type: ignore[method-assign]
