"""Planted: the record of a VAT check is written after the transaction, not in it."""

from freischalt.account_ports import Change, Put
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.vat_record import VatRecord


def plant() -> None:
    write = DynamoDbRecords.write

    def write_records_later(self: DynamoDbRecords, *changes: Change) -> None:
        records = [
            one for one in changes if isinstance(one, Put) and isinstance(one.thing, VatRecord)
        ]
        write(self, *(one for one in changes if one not in records))
        if records:
            write(self, *records)

    DynamoDbRecords.write = write_records_later  # type: ignore[method-assign]
