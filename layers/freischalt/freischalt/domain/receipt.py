"""A receipt of money, as its provider tells it, and what it is for the order that it names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from freischalt.domain.correction import Correction
from freischalt.domain.ids import OrderNumber, PaymentId
from freischalt.domain.payment import Mismatch, Payment, PaymentProvider
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`order` is what came with the money; `recorded_by` the operator who has entered it."""

    id: PaymentId
    provider: PaymentProvider
    reference: str
    amount_cents: int
    currency: str
    received_at: datetime
    order: OrderNumber | None
    recorded_by: str | None = None


COUNTS = frozenset({None, Mismatch.TOO_LITTLE, Mismatch.TOO_MUCH})
"""What an order's `paid_cents` are made of; all else belongs to nobody until an operator says."""

PAYS = frozenset({None, Mismatch.TOO_MUCH})


def mismatch(
    payment: Payment, order: TermOrder | None, *, plants_are_there: bool
) -> Mismatch | None:
    """Why this money does not fit the order; None: with it, the order is paid to the cent.

    What could never buy anything any more comes before what is too little or too much.
    """
    if order is None:
        return Mismatch.NO_SUCH_ORDER
    if order.state is not TermOrderState.OPEN:
        return Mismatch.ORDER_NOT_OPEN
    if payment.currency != order.quote.currency:
        return Mismatch.OTHER_CURRENCY
    if not plants_are_there:
        return Mismatch.PLANT_GONE
    return _against(payment.amount_cents, order.open_cents)


def mismatch_of_correction(
    payment: Payment, order: TermOrder, correction: Correction
) -> Mismatch | None:
    """The same for money that came for what an order was charged later."""
    if order.state is not TermOrderState.ACTIVE or not correction.open_cents:
        return Mismatch.ORDER_NOT_OPEN
    return _against(payment.amount_cents, correction.open_cents)


def _against(amount_cents: int, open_cents: int) -> Mismatch | None:
    if amount_cents < open_cents:
        return Mismatch.TOO_LITTLE
    return Mismatch.TOO_MUCH if amount_cents > open_cents else None


def to_give_back(gross_cents: int, paid_cents: int, payments: Iterable[Payment]) -> int:
    """What is owed to whoever has paid so much in these parts, once nothing is bought by it.

    What was given back before is not owed again. What was too much is no part of the price: it lies
    aside, or an operator has seen to it.
    """
    refunded = sum(payment.refunded_cents for payment in payments)
    return min(max(paid_cents - refunded, 0), gross_cents)


def noted(receipt: Receipt, at: datetime) -> Payment:
    """The payment that becomes of a receipt, before anybody has looked what it fits."""
    return Payment(
        id=receipt.id,
        provider=receipt.provider,
        reference=receipt.reference,
        amount_cents=receipt.amount_cents,
        currency=receipt.currency,
        received_at=receipt.received_at,
        recorded_at=at,
        order=receipt.order,
        recorded_by=receipt.recorded_by,
    )
