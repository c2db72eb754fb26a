"""A month of invoices becomes one CSV file for the vendor's bookkeeping, beside that of orders."""

import csv
from io import StringIO

from freischalt.domain.invoice import Invoice, InvoiceKind
from freischalt.invoice_ports import InvoiceBook
from freischalt.ports import Exports

COLUMNS = (
    *("invoice_number", "issued_on", "account", "vat_id", "vat_rule", "vat_country", "net"),
    *("vat_rate", "vat", "gross", "currency", "order_number", "kind", "of"),
)


def export_invoices(year: int, month: int, *, book: InvoiceBook, exports: Exports) -> str:
    """Write what was issued in that month by its number; the file's name. Twice is the same."""
    numbered = (invoice for invoice in book.of_month(year, month) if invoice.number)
    invoices = sorted(numbered, key=lambda invoice: invoice.number or "")
    name = f"orders/invoices-{year}-{month:02d}.csv"
    exports.write(name, as_csv(invoices).encode("utf-8-sig"))  # as that of orders
    return name


def as_csv(invoices: list[Invoice]) -> str:
    """Semicolons and a decimal comma. What is given back is negative: columns can be summed up."""
    lines = StringIO()
    writer = csv.writer(lines, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for invoice in invoices:
        sign = -1 if invoice.kind is InvoiceKind.CREDIT_NOTE else 1
        writer.writerow(
            (
                invoice.number,
                invoice.issued_on,
                invoice.account,
                invoice.buyer_vat_id or "",
                invoice.vat.rule.value,
                invoice.vat.country,
                _decimal(sign * invoice.net_cents),
                _decimal(invoice.vat.basis_points),
                _decimal(sign * invoice.vat_cents),
                _decimal(sign * invoice.gross_cents),
                invoice.currency,
                invoice.order,
                invoice.kind.value,
                invoice.of_number or "",
            )
        )
    return lines.getvalue()


def _decimal(hundredths: int) -> str:
    """With a comma.

    >>> _decimal(-5831), _decimal(1900)
    ('-58,31', '19,00')
    """
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100},{abs(hundredths) % 100:02d}"
