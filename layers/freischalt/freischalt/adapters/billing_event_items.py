"""The stored shape of what billing is told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.items import millis, moment
from freischalt.domain.billing_event import BillingEvent, BillingKind

EVENTS_KEPT = timedelta(days=90)


def billing_event_item(event: BillingEvent, *, version: int) -> Wire:
    return keys.event(event.id) | to_item(
        {
            "id": event.id,
            "kind": event.kind.value,
            "detail": event.detail,
            "at": millis(event.at),
            "due": keys.due_event(event.id),
            "due_at": millis(event.at),
            "version": version,
            "expires_at": int((event.at + EVENTS_KEPT).timestamp()),
        }
    )


def billing_event_of(item: Mapping[str, Any]) -> BillingEvent:
    read = from_item(item)
    return BillingEvent(
        id=read["id"],
        kind=BillingKind(read["kind"]),
        detail=read["detail"],
        at=moment(read["at"]),
        version=read["version"],
    )
