"""What was charged later is paid by bank transfer, and an operator records it once.

One transaction: {payment, order, and with the last of the money the correction, its plant and the
parts that came before}. A crash leaves nothing, or all of it.
"""

from dataclasses import replace
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
from freischalt.use_cases.receive_payment import settled
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
    payment = replace(noted(receipt, at), account=account)
    payment = replace(payment, mismatch=mismatch_of_correction(payment, order, correction))
    changes = _counted(payment, order, correction, office)
    if payment.mismatch in PAYS:
        parts = settled(correction.payments, payment, office, at)
        changes = (*changes, Put(replace(invoice, paid=True)), *parts)
    office.records.write(Put(payment), *changes)
    return payment


def _counted(
    payment: Payment, order: TermOrder, correction: Correction, office: Office
) -> tuple[Change, ...]:
    """What the money does to order and plant; conditions on them see to the rest."""
    if payment.mismatch not in COUNTS:
        return ()
    paid = replace(
        correction,
        paid_cents=correction.paid_cents + payment.amount_cents,
        payments=(*correction.payments, payment.id),
    )
    known = Put(order.with_correction(paid))
    ref = Ref(Plant, (correction.plant,))
    plant = office.records.read(ref)[ref]
    if plant is None or payment.mismatch not in PAYS:
        return (known,)
    return (known, *plant_changes(plant, with_paid(plant, order.number, paid)))
