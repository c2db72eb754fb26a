"""Makes invoices' PDFs for one seller.

Its function looks every minute whether an invoice is wanted: what draws and reads PDFs is loaded
for the first one.
"""

from freischalt.domain.invoice import Invoice
from freischalt.domain.term_catalogue import Seller


class PdfPrinter:
    """Fits the port `InvoicePrinter`."""

    def __init__(self, seller: Seller) -> None:
        self._seller = seller

    def pdf(self, invoice: Invoice, of: Invoice | None) -> bytes:
        from freischalt_invoices.document import InvoiceDocument  # noqa: PLC0415 - see above
        from freischalt_invoices.pdf import invoice_pdf  # noqa: PLC0415

        return invoice_pdf(InvoiceDocument(invoice=invoice, seller=self._seller, of=of))
