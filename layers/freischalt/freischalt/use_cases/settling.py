"""What becomes of money that was put aside: given to an order, or back to whoever has paid.

What a crash leaves behind: nothing, or all of it. Who has settled it, when and why stays with the
payment, and is in the audit trail.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from freischalt.account_ports import Change, Put, Ref, Seen
from freischalt.domain.ids import OrderNumber, PaymentId
from freischalt.domain.payment import Mismatch, Payment
from freischalt.domain.receipt import COUNTS
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide
from freischalt.use_cases.receive_payment import count, order_of


@dataclass(frozen=True, slots=True)
class Settlement:
    """`order` None: it was given back, or seen to in another way, as the note says."""

    note: str
    order: OrderNumber | None = None


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
        settled = replace(
            payment, settled_at=request.at, settled_by=request.actor, note=settlement.note
        )
        if settlement.order is None:
            return Decided({"payment": id_}, _given_back(settled, office))
        return _assigned(settled, settlement.order, office, request)

    return decide(office, request, (ref,), once)


def _given_back(settled: Payment, office: Office) -> tuple[Change, ...]:
    left = settled.amount_cents - settled.refunded_cents
    return (Put(settled), *_taken_off(settled, left, office))


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
    if payment.mismatch is not Mismatch.TOO_MUCH:
        return payment.amount_cents
    order = order_of(payment.order, office)
    return order.paid_cents - order.gross_cents if order else payment.amount_cents


def _taken_off(payment: Payment, cents: int, office: Office) -> tuple[Change, ...]:
    """Its order counts so much less, if it still waits for the rest: or has in vain.

    What an active order was paid with stays: that is history.
    """
    if payment.mismatch is not Mismatch.TOO_LITTLE:
        return ()
    order = order_of(payment.order, office)
    if order is None or payment.id not in order.payments or order.state is TermOrderState.ACTIVE:
        return ()
    all_of_it = cents >= payment.amount_cents - payment.refunded_cents
    left = tuple(id_ for id_ in order.payments if id_ != payment.id)
    return (
        Put(
            replace(
                order,
                paid_cents=order.paid_cents - cents,
                payments=left if all_of_it else order.payments,
            )
        ),
    )
