"""Planted: an activation code counts as used after its inverter is there, not with it."""

from freischalt.account_ports import Change, Put
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.plant import UsedActivation


def plant() -> None:
    write = DynamoDbRecords.write

    def use_codes_later(self: DynamoDbRecords, *changes: Change) -> None:
        used = [
            one for one in changes if isinstance(one, Put) and isinstance(one.thing, UsedActivation)
        ]
        write(self, *(one for one in changes if one not in used))
        if used:
            write(self, *used)

    DynamoDbRecords.write = use_codes_later  # type: ignore[method-assign]
