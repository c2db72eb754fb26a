"""Planted: money is kept after the transaction that makes its order active, not in it."""

from freischalt.account_ports import Change, Put
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.payment import Payment


def plant() -> None:
    write = DynamoDbRecords.write

    def write_payments_later(self: DynamoDbRecords, *changes: Change) -> None:
        payments = [
            one for one in changes if isinstance(one, Put) and isinstance(one.thing, Payment)
        ]
        others = [one for one in changes if one not in payments]
        if others:
            write(self, *others)
        if payments:
            write(self, *payments)

    DynamoDbRecords.write = write_payments_later  # type: ignore[method-assign]
