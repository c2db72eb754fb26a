"""Invoices in DynamoDB that are not filed yet: in one partition of the index, oldest first."""

from collections.abc import Iterator

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.invoice_items import invoice_of
from freischalt.adapters.pending_items import PendingItems
from freischalt.domain.invoice import Invoice


class DynamoDbWantedInvoices(PendingItems[Invoice]):
    """Fits the port `WantedInvoices`. They wait for one writer, so they share one partition."""

    read = staticmethod(invoice_of)

    def wanted(self) -> Iterator[Invoice]:
        return self._query(
            IndexName=keys.BY_DUE,
            KeyConditionExpression="due = :due",
            ExpressionAttributeValues=to_item({":due": keys.DUE_INVOICES}),
        )
