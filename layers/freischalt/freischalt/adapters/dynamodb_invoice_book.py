"""Each month's invoices in DynamoDB."""

from collections.abc import Iterator

from freischalt.adapters import keys
from freischalt.adapters.invoice_items import invoice_of
from freischalt.adapters.pending_items import PendingItems
from freischalt.domain.invoice import Invoice


class DynamoDbInvoiceBook(PendingItems[Invoice]):
    """Fits the port `InvoiceBook`."""

    read = staticmethod(invoice_of)

    def of_month(self, year: int, month: int) -> Iterator[Invoice]:
        return self._in_month(keys.invoice_month_shard(year, month, shard) for shard in keys.SHARDS)
