"""A receipt of money, as its provider tells it, and what it is for the order that it names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from freischalt.domain.correction import Correction
from freischalt.domain.ids import OrderNumber, PaymentId, PlantId
from freischalt.domain.payment import Mismatch, Payment, PaymentProvider
from freischalt.domain.plant import Plant
from freischalt.domain.quote import QuoteLine
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.vat_charge import VatRule
from freischalt.domain.vat_standing import VatStanding


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
    payment: Payment,
    order: TermOrder | None,
    plants: Mapping[PlantId, Plant],
    vat: VatStanding | None,
) -> Mismatch | None:
    """Why this money does not fit the order; None: with it, the order is paid to the cent.

    `plants` are those of the order that are still there, `vat` is what is known of its account's
    VAT ID. What cannot buy anything comes before what is too little or too much.
    """
    if order is None:
        return Mismatch.NO_SUCH_ORDER
    if order.state is not TermOrderState.OPEN and not revives(payment, order, plants):
        return Mismatch.ORDER_NOT_OPEN
    if payment.currency != order.quote.currency:
        return Mismatch.OTHER_CURRENCY
    if any(line.plant not in plants for line in order.lines):
        return Mismatch.PLANT_GONE
    if has_lost_its_vat_rule(order, vat):
        return Mismatch.VAT_REFUTED
    return _against(payment.amount_cents, order.open_cents)


def mismatch_of_correction(
    payment: Payment, order: TermOrder, correction: Correction
) -> Mismatch | None:
    """The same for money that came for what an order was charged later."""
    if order.state is not TermOrderState.ACTIVE or not correction.open_cents:
        return Mismatch.ORDER_NOT_OPEN
    if payment.currency != order.quote.currency:
        return Mismatch.OTHER_CURRENCY
    return _against(payment.amount_cents, correction.open_cents)


def _against(amount_cents: int, open_cents: int) -> Mismatch | None:
    if amount_cents < open_cents:
        return Mismatch.TOO_LITTLE
    return Mismatch.TOO_MUCH if amount_cents > open_cents else None


def to_give_back(gross_cents: int, paid_cents: int, payments: Iterable[Payment]) -> int:
    """What is owed to whoever has paid so much in these parts, once nothing is bought by it.

    What was given back before is not owed again; of a part that still waited for the rest it is
    taken off `paid_cents` already. Nor is what the payer's bank has taken, which is never taken off
    them. What was too much is no part of the price: it lies aside, or an operator has seen to it.
    """
    came, refunded, taken = 0, 0, 0
    for payment in payments:
        came += payment.amount_cents
        refunded += payment.refunded_cents
        taken += payment.taken_back_cents
    since = refunded - max(came - paid_cents, 0) + taken
    return min(max(paid_cents - since, 0), gross_cents)


def has_lost_its_vat_rule(order: TermOrder, vat: VatStanding | None) -> bool:
    """A VAT ID that has been refuted since the order: without it the seller would owe the VAT."""
    is_reverse = order.quote.vat.rule is VatRule.REVERSE_CHARGE
    return is_reverse and vat is not None and vat.refutes(order.buyer)


def revives(payment: Payment, order: TermOrder, plants: Mapping[PlantId, Plant]) -> bool:
    """Whether an order lapsed only because nobody had told us in time of the last of its money.

    Its plants must be as free as they were: the owner may have ordered anew.
    """
    return (
        order.state is TermOrderState.LAPSED
        and payment.received_at < order.pay_before
        and payment.currency == order.quote.currency
        and payment.amount_cents >= order.open_cents
        and all(line.plant in plants and _is_free(plants[line.plant], line) for line in order.lines)
    )


def _is_free(plant: Plant, line: QuoteLine) -> bool:
    """It waits for no other order, and has neither spent its credit nor got a term since."""
    bought_since = any(not term.ended and term.after >= line.after for term in plant.terms)
    has_credit = plant.credit_cents >= line.credit_cents
    return plant.open_order is None and has_credit and not bought_since


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
