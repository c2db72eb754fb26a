"""Makes invoices' PDFs for one seller."""

from freischalt.domain.invoice import Invoice
from freischalt.domain.term_catalogue import Seller
from freischalt_invoices.document import InvoiceDocument
from freischalt_invoices.pdf import invoice_pdf


class PdfPrinter:
    """Fits the port `InvoicePrinter`."""

    def __init__(self, seller: Seller) -> None:
        self._seller = seller

    def pdf(self, invoice: Invoice, of: Invoice | None) -> bytes:
        return invoice_pdf(InvoiceDocument(invoice=invoice, seller=self._seller, of=of))
