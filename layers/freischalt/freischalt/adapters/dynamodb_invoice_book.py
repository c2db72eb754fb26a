"""Each month's invoices in DynamoDB."""

from collections.abc import Iterator

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.invoice_items import invoice_of
from freischalt.adapters.pending_items import PendingItems
from freischalt.domain.invoice import Invoice


class DynamoDbInvoiceBook(PendingItems[Invoice]):
    """Fits the port `InvoiceBook`."""

    read = staticmethod(invoice_of)

    def of_month(self, year: int, month: int) -> Iterator[Invoice]:
        for shard in keys.SHARDS:
            wanted = keys.invoice_month_shard(year, month, shard)
            yield from self._query(
                IndexName=keys.BY_MONTH,
                KeyConditionExpression="#month = :month",
                ExpressionAttributeNames={"#month": "month"},
                ExpressionAttributeValues=to_item({":month": wanted}),
            )
