"""A month of orders of unlock codes becomes one CSV file for the vendor's bookkeeping."""

import re
from datetime import date, timedelta

from freischalt.domain.order import Order
from freischalt.errors import MalformedMessage
from freischalt.ports import Exports, OrderBook
from freischalt.use_cases.amounts import decimal
from freischalt.use_cases.csv_files import as_csv, as_file

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
COLUMNS = (
    "order_number",
    "placed_at",
    "account",
    "kind",
    "type",
    "licence_number",
    "net",
    "currency",
    "outbox_id",
)


def export_month(year: int, month: int, *, book: OrderBook, exports: Exports) -> str:
    """Write the month's orders by time and number; the file's name. Running twice is the same."""
    orders = sorted(book.of_month(year, month), key=lambda order: (order.placed_at, order.number))
    name = f"orders/{year}-{month:02d}.csv"
    exports.write(name, as_file(as_csv(COLUMNS, map(_row, orders))))
    return name


def month_asked_for(month: str | None, today: date) -> tuple[int, int]:
    """Year and month of `2026-11`, or the month before today. Raises MalformedMessage.

    >>> month_asked_for(None, date(2026, 1, 1)), month_asked_for("2026-11", date(2026, 1, 1))
    ((2025, 12), (2026, 11))
    """
    if month is None:
        last = today.replace(day=1) - timedelta(days=1)
        return last.year, last.month
    if not MONTH.fullmatch(month):
        raise MalformedMessage("month: not written YYYY-MM")
    return int(month[:4]), int(month[5:])


def _row(order: Order) -> tuple[object, ...]:
    return (
        order.number,
        order.placed_at.isoformat(),
        order.account,
        order.kind,
        order.type,
        order.licence_number,
        decimal(order.net_cents),
        order.currency,
        order.outbox_id,
    )
