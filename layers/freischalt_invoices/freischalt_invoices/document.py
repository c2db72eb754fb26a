"""An invoice that has its number, with all that its two forms, XML and PDF, take from it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Never

from freischalt.domain.invoice import Invoice, InvoiceKind
from freischalt.domain.term_catalogue import Seller
from freischalt_invoices.words import WORDS, Words

PAYABLE_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """`of` is the invoice that it takes back or adds to, which has its number, too."""

    invoice: Invoice
    seller: Seller
    of: Invoice | None

    @property
    def number(self) -> str:
        return self.invoice.number or _missing("number")

    @property
    def issued_on(self) -> date:
        return self.invoice.issued_on or _missing("day of issue")

    @property
    def words(self) -> Words:
        return WORDS[self.invoice.language]

    @property
    def title(self) -> str:
        return f"{self.words.titles[self.invoice.kind]} {self.number}"

    @property
    def due_cents(self) -> int:
        """What is still to be paid, of a credit note to be given back."""
        if self.invoice.kind is InvoiceKind.CREDIT_NOTE or not self.invoice.paid:
            return self.invoice.gross_cents
        return 0

    @property
    def payment_text(self) -> str:
        if self.invoice.gross_cents == 0:
            return self.words.nothing_to_pay
        if self.invoice.kind is InvoiceKind.CREDIT_NOTE:
            return self.words.refunded
        if self.invoice.paid:
            return self.words.paid
        return self.words.to_pay.format(
            days=PAYABLE_WITHIN.days,
            number=self.number,
            iban=self.seller.iban,
            bic=self.seller.bic,
        )

    @property
    def period(self) -> tuple[date, date] | None:
        """From the first to the last day of all that is charged."""
        begins = [line.begins for line in self.invoice.lines if line.begins]
        ends = [line.ends for line in self.invoice.lines if line.ends]
        return (min(begins), max(ends)) if begins and ends else None


def _missing(what: str) -> Never:
    raise ValueError(f"an invoice without {what} cannot be written")
