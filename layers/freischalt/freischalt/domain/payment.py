"""Money that came in, as a payment provider or the bank tells it. None of it is ever lost.

What fits no order, or not its state or amount, is put aside: pending until an operator has looked.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from freischalt.domain.ids import AccountNumber, OrderNumber, PaymentId


class PaymentProvider(StrEnum):
    STRIPE = "stripe"
    BANK = "bank"


class Mismatch(StrEnum):
    """Why money was put aside."""

    NO_SUCH_ORDER = "no_such_order"
    ORDER_NOT_OPEN = "order_not_open"  # cancelled, lapsed, withdrawn, or paid before
    OTHER_CURRENCY = "other_currency"
    TOO_LITTLE = "too_little"  # counts for the order, which waits for the rest
    TOO_MUCH = "too_much"  # the order is active, and the rest is to be given back
    PLANT_GONE = "plant_gone"  # deleted while the money was on its way
    VAT_REFUTED = "vat_refuted"  # the price had no VAT, for a VAT ID that is not the buyer's


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """`reference` is what the provider calls it. `mismatch` None: it fits.

    `settled_at` is when an operator has seen to one that was put aside; `note` says how.
    `refunded_cents` is what the provider says was given back of it. `told_at` is when the vendor
    was told that it has waited for too long.
    """

    id: PaymentId
    provider: PaymentProvider
    reference: str
    amount_cents: int
    currency: str
    received_at: datetime
    recorded_at: datetime
    order: OrderNumber | None = None
    account: AccountNumber | None = None
    mismatch: Mismatch | None = None
    recorded_by: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    note: str = ""
    refunded_cents: int = 0
    told_at: datetime | None = None
    version: int = 0

    @property
    def is_aside(self) -> bool:
        """Whether an operator has yet to look."""
        return self.mismatch is not None and self.settled_at is None
