"""A month of orders becomes one CSV file for the vendor's bookkeeping."""

import csv
import re
from datetime import date, timedelta
from io import StringIO

from freischalt.domain.order import Order
from freischalt.errors import MalformedMessage
from freischalt.ports import Exports, OrderBook

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
    exports.write(name, as_csv(orders).encode("utf-8-sig"))  # with a mark that spreadsheets need
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


def as_csv(orders: list[Order]) -> str:
    """Semicolons and a decimal comma: what a German spreadsheet opens without questions."""
    lines = StringIO()
    writer = csv.writer(lines, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for order in orders:
        writer.writerow(
            (
                order.number,
                order.placed_at.isoformat(),
                order.account,
                order.kind,
                order.type,
                order.licence_number,
                f"{order.net_cents // 100},{order.net_cents % 100:02d}",
                order.currency,
                order.outbox_id,
            )
        )
    return lines.getvalue()
