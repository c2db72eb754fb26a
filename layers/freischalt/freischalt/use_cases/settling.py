"""What becomes of money that was put aside: given to an order, or back, or enough after all.

What a crash leaves behind: nothing, or all of it. Who has settled it, when and why stays with the
payment, and is in the audit trail.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from freischalt.account_ports import Change, Put, Ref, Seen
from freischalt.domain.correction import Correction
from freischalt.domain.ids import OrderNumber, PaymentId
from freischalt.domain.payment import Mismatch, Payment
from freischalt.domain.receipt import COUNTS, has_lost_its_vat_rule
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.activating import activation_changes
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide
from freischalt.use_cases.receive_payment import count, known_of, order_of, settled


@dataclass(frozen=True, slots=True)
class Settlement:
    """`order` None: it was given back, or seen to in another way, as the note says.

    `waive`: it was too little, and the rest is let off.
    """

    note: str
    order: OrderNumber | None = None
    waive: bool = False


def settle_payment(
    id_: PaymentId, settlement: Settlement, office: Office, request: Request
) -> Result | Refusal:
    ref = Ref(Payment, (id_,))

    def once(seen: Seen) -> Decision:
        payment = seen[ref]
        if payment is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if not payment.is_aside:
            return Refusal(RefusalCode.PAYMENT_SETTLED)
        seen_to = replace(
            payment, settled_at=request.at, settled_by=request.actor, note=settlement.note
        )
        if settlement.waive:
            return _let_off(seen_to, settlement, office, request)
        if settlement.order is None:
            return Decided({"payment": id_}, _given_back(seen_to, office))
        return _assigned(seen_to, settlement.order, office, request)

    return decide(office, request, (ref,), once)


def _given_back(settled: Payment, office: Office) -> tuple[Change, ...]:
    left = settled.amount_cents - settled.refunded_cents
    return (Put(settled), *_taken_off(settled, left, office))


def _let_off(paid: Payment, settlement: Settlement, office: Office, request: Request) -> Decision:
    """Its order is active with what has come. Its invoice stays: the note says who let off what."""
    order = order_of(paid.order, office)
    if settlement.order or order is None or paid.id not in order.payments:
        return Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)
    plants, vat = known_of(order, office)
    is_open = order.state is TermOrderState.OPEN
    if not is_open or len(plants) < len(order.lines) or has_lost_its_vat_rule(order, vat):
        return Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)
    by_name = replace(order, changed_by=request.actor)
    _, changes = activation_changes(by_name, plants, office=office, at=request.at)
    others = [id_ for id_ in order.payments if id_ != paid.id]
    parts = settled(others, paid, office, request.at)
    return Decided({"payment": paid.id}, (Put(paid), *changes, *parts))


def _assigned(settled: Payment, number: OrderNumber, office: Office, request: Request) -> Decision:
    """As if it had come for that order. What is too little or too much stays to be looked at."""
    counts_already = settled.mismatch in COUNTS and number == settled.order
    if settled.mismatch is Mismatch.TOO_MUCH or settled.refunded_cents or counts_already:
        return Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)
    counted = count(settled, number, office, request.at)
    kept = counted.payment
    if kept.mismatch not in COUNTS:
        return Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)
    if kept.mismatch:
        kept = replace(kept, settled_at=None)
    off = _taken_off(settled, settled.amount_cents, office)
    return Decided({"payment": settled.id}, (Put(kept), *off, *counted.changes))


def refunded(
    payment: Payment, refunded_cents: int, office: Office, at: datetime
) -> tuple[Change, ...]:
    """What is written once the provider says that so much was given back in all."""
    changed = replace(payment, refunded_cents=refunded_cents)
    off = _taken_off(payment, refunded_cents - payment.refunded_cents, office)
    if payment.is_aside and refunded_cents >= _owed(payment, office):
        changed = replace(changed, settled_at=at, settled_by=f"provider:{payment.provider}")
    return (Put(changed), *off)


def _owed(payment: Payment, office: Office) -> int:
    """How much of it is to be given back, if it is not used for another order."""
    paid = _paid_with(payment, order_of(payment.order, office))
    if paid is None or payment.mismatch is not Mismatch.TOO_MUCH:
        return payment.amount_cents
    return paid.paid_cents - paid.gross_cents


def _paid_with(payment: Payment, order: TermOrder | None) -> TermOrder | Correction | None:
    """What it counts for: its order, or something that the order was charged later."""
    if order is None:
        return None
    bought: tuple[TermOrder | Correction, ...] = (order, *order.corrections)
    return next((one for one in bought if payment.id in one.payments), None)


def _taken_off(payment: Payment, cents: int, office: Office) -> tuple[Change, ...]:
    """What it was too little for counts so much less, if that waits for the rest: or has in vain.

    What an active order, or a correction, was paid with stays: that is history.
    """
    if payment.mismatch is not Mismatch.TOO_LITTLE:
        return ()
    order = order_of(payment.order, office)
    paid = _paid_with(payment, order)
    if order is None or paid is None:
        return ()
    all_of_it = cents >= payment.amount_cents - payment.refunded_cents
    left = tuple(id_ for id_ in paid.payments if id_ != payment.id)
    less = replace(
        paid,
        paid_cents=paid.paid_cents - cents,
        payments=left if all_of_it else paid.payments,
    )
    if isinstance(less, Correction):
        return (Put(order.with_correction(less)),) if paid.open_cents else ()
    return (Put(less),) if order.state is not TermOrderState.ACTIVE else ()
