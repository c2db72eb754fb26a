"""Planted: an invoice number is taken in one transaction, and given to its invoice by another."""

from freischalt.account_ports import Change, Put
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.invoice import InvoiceNumbers


def plant() -> None:
    write = DynamoDbRecords.write

    def take_numbers_first(self: DynamoDbRecords, *changes: Change) -> None:
        taken = [
            one for one in changes if isinstance(one, Put) and isinstance(one.thing, InvoiceNumbers)
        ]
        if taken:
            write(self, *taken)
        write(self, *(one for one in changes if one not in taken))

    DynamoDbRecords.write = take_numbers_first  # type: ignore[method-assign]
