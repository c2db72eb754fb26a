"""Money that goes back: what a provider tells of it, and what it does not pay for any more."""

from dataclasses import replace
from datetime import datetime

from freischalt.account_ports import Change, Put, Ref
from freischalt.domain.correction import Correction
from freischalt.domain.payment import Mismatch, Payment
from freischalt.domain.payment_news import RefundNews
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.errors import NotToldYet
from freischalt.use_cases.office import RACES, Office
from freischalt.use_cases.races import until_it_holds
from freischalt.use_cases.receive_payment import order_of


def note_refund(news: RefundNews, office: Office, *, at: datetime) -> bool:
    """Money that was put aside is settled once all of it was given back. False: it was known.

    Raises NotToldYet if its receipt was not told yet, unless nothing says that there will be one.
    """
    return until_it_holds(lambda: _noted(news, office, at), office.pause, tries=RACES)


def _noted(news: RefundNews, office: Office, at: datetime) -> bool:
    ref = Ref(Payment, (news.payment,))
    payment = office.records.read(ref)[ref]
    if payment is None:
        if news.is_ours:
            raise NotToldYet(news.payment)
        return False
    if news.refunded_cents <= payment.refunded_cents:
        return False
    office.records.write(*_refunded(payment, news.refunded_cents, office, at))
    return True


def _refunded(
    payment: Payment, refunded_cents: int, office: Office, at: datetime
) -> tuple[Change, ...]:
    """What is written once the provider says that so much was given back in all."""
    order = order_of(payment.order, office)
    changed = replace(payment, refunded_cents=refunded_cents)
    if payment.is_aside and refunded_cents >= _owed(payment, order):
        changed = replace(changed, settled_at=at, settled_by=f"provider:{payment.provider}")
    less = lessened(order, payment, refunded_cents - payment.refunded_cents)
    return (Put(changed), Put(less)) if less else (Put(changed),)


def _owed(payment: Payment, order: TermOrder | None) -> int:
    """How much of it is to be given back, if it is not used for another order."""
    paid = paid_with(payment, order)
    if paid is None or payment.mismatch is not Mismatch.TOO_MUCH:
        return payment.amount_cents
    return paid.paid_cents - paid.gross_cents


def paid_with(payment: Payment, order: TermOrder | None) -> TermOrder | Correction | None:
    """What it counts for: its order, or something that the order was charged later."""
    if order is None:
        return None
    bought: tuple[TermOrder | Correction, ...] = (order, *order.corrections)
    return next((one for one in bought if payment.id in one.payments), None)


def is_free(payment: Payment, order: TermOrder | None) -> bool:
    """Whether all of what was put aside can pay for something else, if only by being taken off."""
    if payment.mismatch is Mismatch.TOO_MUCH or payment.refunded_cents:
        return False
    is_part = paid_with(payment, order) is not None
    return not is_part or lessened(order, payment, payment.amount_cents) is not None


def lessened(order: TermOrder | None, payment: Payment, cents: int) -> TermOrder | None:
    """Its order, which has so much less if it waits for the rest: or has in vain. None: as it was.

    What an active order, or a correction, was paid with stays: that is history.
    """
    paid = paid_with(payment, order)
    if order is None or paid is None or payment.mismatch is not Mismatch.TOO_LITTLE:
        return None
    all_of_it = cents >= payment.amount_cents - payment.refunded_cents
    left = tuple(id_ for id_ in paid.payments if id_ != payment.id)
    less = replace(
        paid,
        paid_cents=paid.paid_cents - cents,
        payments=left if all_of_it else paid.payments,
    )
    if isinstance(less, Correction):
        return order.with_correction(less) if paid.open_cents else None
    return less if order.state is not TermOrderState.ACTIVE else None
