"""What the vendor's billing is told, once each: kept as pending from the transaction of its cause.

Orders of unlock codes are their own outbox (`domain.order`); everything else is one of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class BillingKind(StrEnum):
    """As the bus calls them."""

    ORDER_PLACED = "OrderPlaced"
    ORDER_ENDED = "OrderEnded"
    INVOICE_ISSUED = "InvoiceIssued"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingEvent:
    """`id` is made of the cause: the same cause makes the same event. It is the event's outbox id.

    `detail` has texts, whole numbers, lists and mappings of those; money is whole cents.
    """

    id: str
    kind: BillingKind
    detail: Mapping[str, Any]
    at: datetime
    version: int = 0
