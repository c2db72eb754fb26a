"""What invoices and documents, and handing them out, need from the world."""

from collections.abc import Iterable
from typing import Protocol

from freischalt.domain.documents import ContractDocument, DocumentPage
from freischalt.domain.invoice import Invoice
from freischalt.domain.user import Language


class WantedInvoices(Protocol):
    def wanted(self) -> Iterable[Invoice]:
        """What is not filed yet, oldest first; a second or so behind, and nothing else is read."""


class InvoiceBook(Protocol):
    def of_month(self, year: int, month: int) -> Iterable[Invoice]:
        """Every invoice issued in that month of the vendor's calendar, in no particular order."""


class InvoicePrinter(Protocol):
    def pdf(self, invoice: Invoice, of: Invoice | None) -> bytes:
        """The same bytes for the same invoice. `of` is what it takes back or adds to."""


class InvoiceFiles(Protocol):
    """Where the PDFs are, by the name that `domain.invoice.file_of` gives them."""

    def keep(self, name: str, pdf: bytes) -> None:
        """Keep it for good; the same again changes nothing."""

    def read(self, name: str) -> bytes: ...

    def link(self, name: str) -> str:
        """Opens it for `account_ports.LINK_OPEN`, for whoever has the link."""


class Documents(Protocol):
    def read(self, kind: ContractDocument, version: str, language: Language) -> DocumentPage:
        """Raises DocumentMissing for a version that there is no text of."""
