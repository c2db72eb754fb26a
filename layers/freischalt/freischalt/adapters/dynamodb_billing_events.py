"""What billing is still to be told, in DynamoDB."""

from datetime import datetime

from freischalt.adapters import keys
from freischalt.adapters.billing_event_items import billing_event_of
from freischalt.adapters.pending_items import PendingItems
from freischalt.domain.billing_event import BillingEvent


class DynamoDbBillingEvents(PendingItems[BillingEvent]):
    """Fits the port `Outbox`."""

    shard_name = staticmethod(keys.event_shard)
    read = staticmethod(billing_event_of)

    def claim(self, event: BillingEvent, *, by: str, now: datetime, until: datetime) -> bool:
        return self._claim(keys.event(event.id), by=by, now=now, until=until)

    def mark_published(self, event: BillingEvent, *, now: datetime) -> None:
        self._mark(keys.event(event.id), "published_at", now=now)
