"""What was charged later is paid by bank transfer, and an operator records it once.

One transaction: {payment, order, and with the last of the money the invoice, its plant and the
parts that came before}. A crash leaves nothing, or all of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from freischalt.account_ports import Change, Put, Ref
from freischalt.domain.correction import Correction, with_paid
from freischalt.domain.ids import AccountNumber, InvoiceId
from freischalt.domain.invoice import Invoice
from freischalt.domain.payment import Payment
from freischalt.domain.plant import Plant
from freischalt.domain.receipt import COUNTS, PAYS, mismatch_of_correction, noted
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.term_order import TermOrder
from freischalt.use_cases.office import RACES, Office
from freischalt.use_cases.plants import plant_changes
from freischalt.use_cases.races import until_it_holds
from freischalt.use_cases.receive_payment import Counted, settled
from freischalt.use_cases.record_transfer import (
    Transfer,
    another_one,
    receipt_of,
    refused_day,
)


def record_correction_paid(
    account: AccountNumber, id_: InvoiceId, transfer: Transfer, office: Office, *, at: datetime
) -> Payment | Refusal:
    """The payment, however often it is recorded; what is too little waits for the rest."""
    if refusal := refused_day(transfer, office, at):
        return refusal
    payment = until_it_holds(
        lambda: _recorded(account, id_, transfer, office, at), office.pause, tries=RACES
    )
    if isinstance(payment, Refusal):
        return payment
    return another_one(transfer, payment, office) or payment


def _recorded(
    account: AccountNumber, id_: InvoiceId, transfer: Transfer, office: Office, at: datetime
) -> Payment | Refusal:
    ref = Ref(Invoice, (account, id_))
    invoice = office.records.read(ref)[ref]
    if invoice is None or invoice.filed_at is None:
        return Refusal(RefusalCode.NOT_FOUND)
    currency, number = invoice.currency, invoice.order
    receipt = receipt_of(transfer, (account, id_), office, currency=currency, order=number)
    told, order_ref = Ref(Payment, (receipt.id,)), Ref(TermOrder, (account, number))
    seen = office.records.read(told, order_ref)
    if before := seen[told]:
        return before
    order = seen[order_ref]
    correction = order.correction(id_) if order else None
    if order is None or correction is None:
        return Refusal(RefusalCode.NOT_FOUND)
    counted = count_for(noted(receipt, at), Charged(order, correction, invoice), office, at)
    office.records.write(Put(counted.payment), *counted.changes)
    return counted.payment


@dataclass(frozen=True, slots=True)
class Charged:
    """What an order was charged later, with the invoice that says so."""

    order: TermOrder
    correction: Correction
    invoice: Invoice


def charged_on(order: TermOrder | None, id_: InvoiceId, office: Office) -> Charged | None:
    """None: nothing was charged by this invoice, or it is not written yet."""
    correction = order.correction(id_) if order else None
    if order is None or correction is None:
        return None
    ref = Ref(Invoice, (order.account, id_))
    invoice = office.records.read(ref)[ref]
    if invoice is None or invoice.filed_at is None:
        return None
    return Charged(order, correction, invoice)


def count_for(payment: Payment, charged: Charged, office: Office, at: datetime) -> Counted:
    """As `count` does for an order; conditions on all that is written see to the rest."""
    order, correction = charged.order, charged.correction
    why = mismatch_of_correction(payment, order, correction)
    kept = replace(payment, mismatch=why, order=order.number, account=order.account)
    if why not in COUNTS:
        return Counted(kept, (Put(replace(order, put_aside=(*order.put_aside, payment.id))),))
    paid = replace(
        correction,
        paid_cents=correction.paid_cents + payment.amount_cents,
        payments=(*correction.payments, payment.id),
    )
    if why not in PAYS:
        return Counted(kept, (Put(order.with_correction(paid)),))
    return Counted(kept, closed(replace(charged, correction=paid), kept, office, at))


def closed(charged: Charged, last: Payment, office: Office, at: datetime) -> tuple[Change, ...]:
    """Nothing more is owed for it, with this `last` payment: the plant's term covers the power."""
    order, correction = charged.order, charged.correction
    others = [id_ for id_ in correction.payments if id_ != last.id]
    changes = (
        Put(order.with_correction(correction)),
        Put(replace(charged.invoice, paid=True)),
        *settled(others, last, office, at),
    )
    ref = Ref(Plant, (correction.plant,))
    plant = office.records.read(ref)[ref]
    if plant is None:
        return changes
    return (*changes, *plant_changes(plant, with_paid(plant, order.number, correction)))
