"""Money that came in, as a payment provider or the bank tells it. None of it is ever lost.

What fits no order, or not its state or amount, is put aside: pending until an operator has looked.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from freischalt.domain.ids import AccountNumber, OrderNumber, PaymentId

if TYPE_CHECKING:
    from freischalt.domain.setback import Setback


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
    `refunded_cents` is what the provider says was given back of it; a refund that did not arrive
    is one of the `setbacks`. `told_at` is when the vendor was told that it has waited for too long.
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
    setbacks: "tuple[Setback, ...]" = ()
    version: int = 0

    @property
    def is_aside(self) -> bool:
        """Whether it fits nothing, and nobody has settled that."""
        return self.mismatch is not None and self.settled_at is None

    @property
    def taken_back_cents(self) -> int:
        """What its payer's bank has of it by now, at most what was not given back before."""
        taken = sum(one.amount_cents for one in self.setbacks if one.has_taken)
        return min(taken, max(self.amount_cents - self.refunded_cents, 0))

    @property
    def open_setbacks(self) -> "tuple[Setback, ...]":
        return tuple(one for one in self.setbacks if one.is_open)

    @property
    def waits(self) -> bool:
        """Whether an operator has yet to look."""
        return self.is_aside or bool(self.open_setbacks)

    def setback(self, id_: str) -> "Setback | None":
        return next((one for one in self.setbacks if one.id == id_), None)

    def with_setback(self, changed: "Setback") -> Self:
        """With how it stands now, in the place where it was told first."""
        others = {one.id: one for one in self.setbacks}
        return replace(self, setbacks=tuple((others | {changed.id: changed}).values()))
