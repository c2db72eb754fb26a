"""A phone gets another owner, or what holds for it changes: one update, whoever asks for it."""

from datetime import timedelta
from typing import Any

from freischalt.account_ports import ChangePhone
from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.items import lock_values

UNREGISTERED_KEPT = timedelta(days=2)


def changed_phone(table: str, change: ChangePhone) -> dict[str, Any]:
    """Set what has a value and remove the rest; account and revision must be as read."""
    before, after = change.before, change.after
    freed_at = change.freed_at
    values = {
        "account": after.account,
        "revision": before.revision + 1,
        "locks": lock_values(after.locks) or None,
        "confirms_orders": after.confirms_orders or None,
        "confirmation": None,
        "turned_away_at": None,
        "expires_at": int((freed_at + UNREGISTERED_KEPT).timestamp()) if freed_at else None,
    }
    if before.account == after.account:  # an order may still be confirmed
        del values["confirmation"]
    seen = {"account": before.account, "revision": before.revision or None}
    changes = to_item(values)
    removed = ", ".join(f"#{name}" for name in values if name not in changes)
    return {
        "TableName": table,
        "Key": keys.phone(before.phone),
        "UpdateExpression": "SET "
        + ", ".join(f"#{name} = :{name}" for name in changes)
        + (f" REMOVE {removed}" if removed else ""),
        "ConditionExpression": " AND ".join(
            f"attribute_not_exists(#{name})" if value is None else f"#{name} = :seen_{name}"
            for name, value in seen.items()
        ),
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
        "ExpressionAttributeValues": {
            **{f":{name}": wire for name, wire in changes.items()},
            **to_item({f":seen_{name}": value for name, value in seen.items()}),
        },
    }
