"""Payment pages in DynamoDB on which money may still come, or is under way."""

from freischalt.adapters import keys
from freischalt.adapters.payment_page_items import payment_page_of
from freischalt.adapters.pending_items import PendingItems
from freischalt.domain.payment_page import PaymentPage


class DynamoDbOpenPages(PendingItems[PaymentPage]):
    """Fits the port `OpenPages`."""

    shard_name = staticmethod(keys.page_shard)
    read = staticmethod(payment_page_of)
