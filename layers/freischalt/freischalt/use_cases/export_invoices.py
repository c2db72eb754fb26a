"""A month of invoices becomes one CSV file for the vendor's bookkeeping, beside that of orders."""

from freischalt.domain.invoice import Invoice, InvoiceKind
from freischalt.invoice_ports import InvoiceBook
from freischalt.ports import Exports
from freischalt.use_cases.amounts import decimal
from freischalt.use_cases.csv_files import as_csv, as_file

COLUMNS = (
    *("invoice_number", "issued_on", "account", "vat_id", "vat_rule", "vat_country", "net"),
    *("vat_rate", "vat", "gross", "currency", "order_number", "kind", "of"),
)


def export_invoices(year: int, month: int, *, book: InvoiceBook, exports: Exports) -> str:
    """Write what was issued in that month by its number; the file's name. Twice is the same."""
    numbered = (invoice for invoice in book.of_month(year, month) if invoice.number)
    invoices = sorted(numbered, key=lambda invoice: invoice.number or "")
    name = f"orders/invoices-{year}-{month:02d}.csv"
    exports.write(name, as_file(csv_of(invoices)))
    return name


def csv_of(invoices: list[Invoice]) -> str:
    return as_csv(COLUMNS, map(_row, invoices))


def _row(invoice: Invoice) -> tuple[object, ...]:
    """What is given back is negative: columns can be summed up."""
    sign = -1 if invoice.kind is InvoiceKind.CREDIT_NOTE else 1
    return (
        invoice.number,
        invoice.issued_on,
        invoice.account,
        invoice.buyer_vat_id or "",
        invoice.vat.rule.value,
        invoice.vat.country,
        decimal(sign * invoice.net_cents),
        decimal(invoice.vat.basis_points),
        decimal(sign * invoice.vat_cents),
        decimal(sign * invoice.gross_cents),
        invoice.currency,
        invoice.order,
        invoice.kind.value,
        invoice.of_number or "",
    )
