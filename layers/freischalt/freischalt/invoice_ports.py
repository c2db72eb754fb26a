"""What writing invoices, and handing them out, needs from the world."""

from collections.abc import Iterable
from typing import Protocol

from freischalt.domain.invoice import Invoice


class WantedInvoices(Protocol):
    def wanted(self) -> Iterable[Invoice]:
        """What is not filed yet, oldest first; a second or so behind, and nothing else is read."""


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
