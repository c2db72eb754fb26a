"""What is to be asked about VAT IDs, in DynamoDB, due until somebody has asked."""

from datetime import datetime

from freischalt.adapters import keys
from freischalt.adapters.pending_items import PendingItems
from freischalt.adapters.vat_items import due_of
from freischalt.domain.vat_record import VatDue


class DynamoDbVatDues(PendingItems[VatDue]):
    """Fits the port `VatDues`. Whoever has asked writes the item anew, so nobody marks it."""

    shard_name = staticmethod(keys.vat_shard)
    read = staticmethod(due_of)

    def claim(self, due: VatDue, *, by: str, now: datetime, until: datetime) -> bool:
        return self._claim(keys.vat_due(due.account), by=by, now=now, until=until)
