"""Planted: an account is locked without its phones; they follow in a write of their own."""

from typing import Any

from freischalt.account_ports import ChangePhone
from freischalt.adapters.dynamodb_records import DynamoDbRecords


def plant() -> None:
    write = DynamoDbRecords.write

    def write_phones_later(self: DynamoDbRecords, *changes: Any) -> None:
        phones = [change for change in changes if isinstance(change, ChangePhone)]
        write(self, *(change for change in changes if not isinstance(change, ChangePhone)))
        if phones:
            write(self, *phones)

    DynamoDbRecords.write = write_phones_later  # type: ignore[method-assign]
