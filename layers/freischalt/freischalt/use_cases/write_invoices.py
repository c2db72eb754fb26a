"""Invoices that are wanted get their number, become a PDF, are filed and sent: by one writer.

What a crash leaves, line by line: before the number, a wanted invoice. After it, one with its
number, which the next run takes on with: no number is given twice, and none is lost. After the PDF
was stored, the same; it is written again, byte for byte. With the last transaction the contract
comes about (the confirmation's mail), billing is told and the invoice is no longer due, all or
none. An order that was withdrawn meanwhile gets its invoice, which a credit note takes back, and
no confirmation: no contract comes about. Two writers at once, which the function's concurrency does
not allow, would race for the version of the numbers and of the invoice: who loses looks again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from freischalt.account_ports import Change, Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.billing import invoice_issued
from freischalt.domain.ids import InvoiceId
from freischalt.domain.invoice import (
    Invoice,
    InvoiceKind,
    InvoiceNumbers,
    file_of,
    invoice_number,
)
from freischalt.domain.notice import NoticeKind
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.errors import NothingToRefer
from freischalt.invoice_ports import InvoiceFiles, InvoicePrinter, WantedInvoices
from freischalt.use_cases.contract_mails import ContractMail, contract_mails
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.office import RACES, Office
from freischalt.use_cases.races import until_it_holds

LATE_AFTER = timedelta(minutes=15)
MAILS = {
    InvoiceKind.INVOICE: NoticeKind.TERM_ORDER_CONFIRMED,
    InvoiceKind.CREDIT_NOTE: NoticeKind.TERM_CREDIT_NOTE,
    InvoiceKind.CORRECTION: NoticeKind.TERM_CORRECTION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDesk:
    """The ports."""

    office: Office
    wanted: WantedInvoices
    printer: InvoicePrinter
    files: InvoiceFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Numbers that were filed, and ids of those that failed or have waited for too long."""

    filed: list[str]
    failed: list[InvoiceId]
    late: list[InvoiceId]


def write_invoices(
    desk: InvoiceDesk,
    *,
    now: datetime,
    enough: Callable[[], bool] = lambda: False,
    failed: Callable[[InvoiceId, Exception], None] = nobody_is_told,
) -> Written:
    """All that are wanted, oldest first, until it is `enough`: the next run goes on.

    `failed` is told of one that could not be written now; it holds up no other.
    """
    done = Written(filed=[], failed=[], late=[])
    for invoice in desk.wanted.wanted():
        if enough():
            done.late.extend(_late(invoice, now))
            continue
        try:
            number = write_invoice(invoice, desk, now=now)
        except Exception as error:  # noqa: BLE001 - it stays wanted and holds up no other
            failed(invoice.id, error)
            done.failed.append(invoice.id)
            done.late.extend(_late(invoice, now))
            continue
        if number:
            done.filed.append(number)
    return done


def _late(invoice: Invoice, now: datetime) -> list[InvoiceId]:
    return [invoice.id] if now - invoice.wanted_at >= LATE_AFTER else []


def write_invoice(wanted: Invoice, desk: InvoiceDesk, *, now: datetime) -> str | None:
    """The number that it has been filed with; None if another has done that meanwhile.

    Raises NothingToRefer for a credit note or correction whose invoice has no number: it waits.
    """
    return until_it_holds(
        lambda: _written(_Refs.of_invoice(wanted, desk.office, now), desk, now),
        desk.office.pause,
        tries=RACES,
    )


@dataclass(frozen=True, slots=True)
class _Refs:
    """All that one invoice needs, in one read."""

    invoice: Ref[Invoice]
    numbers: Ref[InvoiceNumbers]
    account: Ref[Account]
    order: Ref[TermOrder]
    of: Ref[Invoice] | None

    @classmethod
    def of_invoice(cls, invoice: Invoice, office: Office, now: datetime) -> Self:
        account = invoice.account
        return cls(
            Ref(Invoice, (account, invoice.id)),
            Ref(InvoiceNumbers, (str(office.today(now).year),)),
            Ref(Account, (account,)),
            Ref(TermOrder, (account, invoice.order)),
            Ref(Invoice, (account, invoice.of)) if invoice.of else None,
        )

    def all(self) -> tuple[Ref[Any], ...]:
        some = (self.invoice, self.numbers, self.account, self.order)
        return (*some, self.of) if self.of else some


def _written(refs: _Refs, desk: InvoiceDesk, now: datetime) -> str | None:
    seen = desk.office.records.read(*refs.all())
    invoice = seen[refs.invoice]
    if invoice is None or invoice.filed_at:
        return None
    of = seen[refs.of] if refs.of else None
    if refs.of and not (of and of.number):
        raise NothingToRefer(f"{invoice.id}: {invoice.of} has no number")
    if invoice.number is None:
        invoice = _numbered(invoice, seen, refs, desk.office, now)
    desk.files.keep(file_of(invoice), desk.printer.pdf(invoice, of))
    desk.office.records.write(
        *_filed(invoice, of, seen[refs.account], seen[refs.order], desk.office, at=now)
    )
    return invoice.number


def _numbered(invoice: Invoice, seen: Seen, refs: _Refs, office: Office, now: datetime) -> Invoice:
    """With the next number of the year, in one transaction with the numbers."""
    today = office.today(now)
    numbers = seen[refs.numbers] or InvoiceNumbers(year=today.year)
    taken = replace(numbers, last=numbers.last + 1)
    numbered = replace(invoice, number=invoice_number(today.year, taken.last), issued_on=today)
    office.records.write(Put(taken), Put(numbered))
    return replace(numbered, version=numbered.version + 1)


def _filed(
    invoice: Invoice,
    of: Invoice | None,
    account: Account | None,
    order: TermOrder | None,
    office: Office,
    *,
    at: datetime,
) -> tuple[Change, ...]:
    filed = Put(replace(invoice, filed_at=at)), Put(invoice_issued(invoice, of, at=at))
    confirms = invoice.kind is InvoiceKind.INVOICE
    if order is None or (confirms and order.state is not TermOrderState.ACTIVE):
        return filed
    confirmed = (Put(replace(order, confirmed_at=at)),) if confirms else ()
    mails: tuple[Change, ...] = ()
    if account:
        kind, cause = MAILS[invoice.kind], invoice.id
        mail = ContractMail(kind=kind, cause=cause, at=at, order=order, invoice=invoice, of=of)
        mails = contract_mails(account, mail, office)
    return (*filed, *confirmed, *mails)
