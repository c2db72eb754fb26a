"""Money that was put aside pays for what was charged later; or the rest of that is let off."""

from dataclasses import replace

from freischalt.account_ports import Put
from freischalt.domain.correction import Correction
from freischalt.domain.ids import InvoiceId, invoiced_order
from freischalt.domain.payment import Payment
from freischalt.domain.receipt import COUNTS
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.office import Decided, Decision, Office
from freischalt.use_cases.paying_corrections import charged_on, closed, count_for
from freischalt.use_cases.receive_payment import order_of
from freischalt.use_cases.refunds import is_free, lessened

DOES_NOT_FIT = Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)


def assigned_to_correction(
    settled: Payment, id_: InvoiceId, office: Office, request: Request
) -> Decision:
    """As if it had come for that one. What is too little or too much stays to be looked at."""
    source = order_of(settled.order, office)
    known = source.correction(id_) if source else None
    counts_already = known is not None and settled.id in known.payments
    if counts_already or not is_free(settled, source):
        return DOES_NOT_FIT
    number = invoiced_order(id_)
    less = lessened(source, settled, settled.amount_cents)
    is_same = source is not None and source.number == number  # an order is written once
    charged = charged_on((less or source) if is_same else order_of(number, office), id_, office)
    if charged is None:
        return DOES_NOT_FIT
    counted = count_for(settled, charged, office, request.at)
    kept = counted.payment
    if kept.mismatch not in COUNTS:
        return DOES_NOT_FIT
    if kept.mismatch:
        kept = replace(kept, settled_at=None)
    off = (Put(less),) if less and not is_same else ()
    return Decided({"payment": settled.id}, (Put(kept), *off, *counted.changes))


def rest_let_off(
    paid: Payment, order: TermOrder, correction: Correction, office: Office, request: Request
) -> Decision:
    """The term covers the power, and is worth what has come for it. The invoice stays."""
    charged = charged_on(order, correction.invoice, office)
    if charged is None or order.state is not TermOrderState.ACTIVE or not correction.open_cents:
        return DOES_NOT_FIT
    waived = replace(correction, waived_cents=correction.open_cents)
    changes = closed(replace(charged, correction=waived), paid, office, request.at)
    return Decided({"payment": paid.id}, (Put(paid), *changes))
