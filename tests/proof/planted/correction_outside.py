"""Planted: what is charged later becomes a correction after the transaction that notes it."""

from freischalt.account_ports import Change, Put
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.invoice import Invoice, InvoiceKind


def plant() -> None:
    write = DynamoDbRecords.write

    def write_corrections_later(self: DynamoDbRecords, *changes: Change) -> None:
        wanted = [
            one
            for one in changes
            if isinstance(one, Put)
            and isinstance(one.thing, Invoice)
            and one.thing.kind is InvoiceKind.CORRECTION
        ]
        if others := [one for one in changes if one not in wanted]:
            write(self, *others)
        if wanted:
            write(self, *wanted)

    DynamoDbRecords.write = write_corrections_later  # type: ignore[method-assign]
