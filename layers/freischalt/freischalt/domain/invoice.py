"""Invoices and credit notes: everything that they say, before and after they have their number.

    wanted (no number) ──serial writer──▶ numbered ──PDF stored──▶ filed

What an invoice says is fixed when it becomes wanted, in the transaction of its cause. The number
comes after that commit, from one writer that takes the wanted ones in their order: it ascends, and
no year has a gap.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from freischalt.domain.address import CustomerKind, Registrant
from freischalt.domain.ids import AccountNumber, InvoiceId, OrderNumber
from freischalt.domain.user import Language
from freischalt.domain.vat_charge import VatCharge


class InvoiceKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"  # takes back an invoice, as after a withdrawal
    CORRECTION = "correction"  # under-reported power, charged later


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """`net_cents` may be negative: a credit for the remaining value of an earlier term.

    `begins` and `ends` are the first and the last day of what is paid for.
    """

    text: str
    net_cents: int
    begins: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """`of` is the invoice, by its id, that a credit note takes back or a correction adds to.

    Its number, `of_number`, is there as soon as this one has its own. Amounts are whole cents. A
    credit note has positive ones: its kind says that they are given back.
    """

    id: InvoiceId
    kind: InvoiceKind
    account: AccountNumber
    order: OrderNumber
    buyer: Registrant
    buyer_vat_id: str | None
    language: Language
    lines: tuple[InvoiceLine, ...]
    vat: VatCharge
    currency: str
    wanted_at: datetime
    supplied_on: date
    paid: bool = True
    number: str | None = None
    issued_on: date | None = None
    filed_at: datetime | None = None
    of: InvoiceId | None = None
    of_number: str | None = None
    version: int = 0

    @property
    def buyer_is_company(self) -> bool:
        return self.buyer.kind is CustomerKind.COMPANY

    @property
    def net_cents(self) -> int:
        return sum(line.net_cents for line in self.lines)

    @property
    def vat_cents(self) -> int:
        return self.vat.of(self.net_cents)

    @property
    def gross_cents(self) -> int:
        return self.net_cents + self.vat_cents


def invoice_number(year: int, running: int) -> str:
    """Unique, ascending, by the year in which it was given.

    >>> invoice_number(2026, 42)
    'R2026-000042'
    """
    return f"R{year}-{running:06d}"


def file_of(invoice: Invoice) -> str:
    """The name of its PDF, which goes with it everywhere. Raises ValueError before its number."""
    if invoice.number is None or invoice.issued_on is None:
        raise ValueError(f"{invoice.id} has no number")
    return f"{invoice.issued_on.year}/{invoice.number}.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceNumbers:
    """The last number of a year that was given."""

    year: int
    last: int = 0
    version: int = 0
