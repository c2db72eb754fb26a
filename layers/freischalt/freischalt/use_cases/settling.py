"""What becomes of money that was put aside: it pays for something, or goes back, or is enough.

What a crash leaves behind: nothing, or all of it. Who has settled it, when and why stays with the
payment, and is in the audit trail.
"""

from dataclasses import dataclass, replace

from freischalt.account_ports import Change, Put, Ref, Seen
from freischalt.domain.correction import Correction
from freischalt.domain.ids import InvoiceId, OrderNumber, PaymentId
from freischalt.domain.payment import Payment
from freischalt.domain.receipt import COUNTS, has_lost_its_vat_rule
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.activating import activation_changes
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide
from freischalt.use_cases.receive_payment import count, known_of, order_of, settled
from freischalt.use_cases.refunds import is_free, lessened, paid_with
from freischalt.use_cases.settling_corrections import assigned_to_correction, rest_let_off


@dataclass(frozen=True, slots=True)
class Settlement:
    """What it pays for: an `order`, or with its `invoice` what was charged later.

    Neither: it was given back, or seen to in another way, as the note says. `waive`: it was too
    little, and the rest is let off. What the payer's bank has taken can be none of the three.
    """

    note: str
    order: OrderNumber | None = None
    waive: bool = False
    invoice: InvoiceId | None = None


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
        uses = sum(map(bool, (settlement.order, settlement.invoice, settlement.waive)))
        if uses > 1 or (uses and payment.taken_back_cents):
            return Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)
        if settlement.waive:
            return _let_off(seen_to, office, request)
        if settlement.invoice:
            return assigned_to_correction(seen_to, settlement.invoice, office, request)
        if settlement.order:
            return _assigned(seen_to, settlement.order, office, request)
        return Decided({"payment": id_}, _given_back(seen_to, office))

    return decide(office, request, (ref,), once)


def _given_back(settled: Payment, office: Office) -> tuple[Change, ...]:
    left = settled.amount_cents - settled.refunded_cents
    less = lessened(order_of(settled.order, office), settled, left)
    return (Put(settled), Put(less)) if less else (Put(settled),)


def _let_off(paid: Payment, office: Office, request: Request) -> Decision:
    """Its order is active with what has come. Its invoice stays: the note says who let off what."""
    order = order_of(paid.order, office)
    counts_for = paid_with(paid, order)
    if order and isinstance(counts_for, Correction):
        return rest_let_off(paid, order, counts_for, office, request)
    if order is None or counts_for is None:
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
    source = order_of(settled.order, office)
    counts_already = settled.mismatch in COUNTS and number == settled.order
    if counts_already or not is_free(settled, source):
        return Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)
    counted = count(settled, number, office, request.at)
    kept = counted.payment
    if kept.mismatch not in COUNTS:
        return Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)
    if kept.mismatch:
        kept = replace(kept, settled_at=None)
    less = lessened(source, settled, settled.amount_cents)
    off = (Put(less),) if less else ()
    return Decided({"payment": settled.id}, (Put(kept), *off, *counted.changes))
