"""A month of orders of terms becomes one CSV file for the vendor's bookkeeping.

One line for each order that was placed in the month, with what has become of it by now. An order
may wait for its money into the next month: so the month before is written anew each time. What was
invoiced or credited for an order is in the files of invoices, by the order's number.
"""

from datetime import datetime

from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.ports import Exports
from freischalt.term_ports import TermOrderBook
from freischalt.use_cases.amounts import decimal
from freischalt.use_cases.csv_files import as_csv, as_file

COLUMNS = (
    *("order_number", "placed_at", "account", "kind", "state", "since", "plants", "net"),
    *("vat_rule", "vat_country", "vat_rate", "vat", "gross", "paid", "currency", "outbox_id"),
)


def export_term_orders(
    year: int, month: int, *, book: TermOrderBook, exports: Exports
) -> tuple[str, str]:
    """Write the month before and the month, each by time and number; their files' names."""
    before = (year, month - 1) if month > 1 else (year - 1, 12)
    return _export(*before, book, exports), _export(year, month, book, exports)


def _export(year: int, month: int, book: TermOrderBook, exports: Exports) -> str:
    orders = sorted(book.of_month(year, month), key=lambda order: (order.placed_at, order.number))
    name = f"orders/terms-{year}-{month:02d}.csv"
    exports.write(name, as_file(as_csv(COLUMNS, map(_row, orders))))
    return name


def _row(order: TermOrder) -> tuple[object, ...]:
    """What was agreed when it was placed, and how far it has come. `paid` is what was received."""
    quote = order.quote
    return (
        order.number,
        order.placed_at.isoformat(),
        order.account,
        "term",
        order.state.value,
        _since(order).isoformat(),
        len(order.lines),
        decimal(quote.net_cents),
        quote.vat.rule.value,
        quote.vat.country,
        decimal(quote.vat.basis_points),
        decimal(quote.vat_cents),
        decimal(quote.gross_cents),
        decimal(order.paid_cents),
        quote.currency,
        order.outbox_id,
    )


def _since(order: TermOrder) -> datetime:
    """When it came to be in its state."""
    if order.state is TermOrderState.ACTIVE:
        return order.activated_at or order.placed_at
    return order.ended_at or order.placed_at
