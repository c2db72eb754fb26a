"""What orders of terms need from the world, beside `account_ports`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from freischalt.domain.term_order import TermOrder, Withdrawal


class UnpaidOrders(Protocol):
    """Open orders, found by when they lapse; reads only those."""

    def due(self, *, now: datetime) -> Iterable[TermOrder]:
        """Those that lapse now."""


class TermOrderBook(Protocol):
    def of_month(self, year: int, month: int) -> Iterable[TermOrder]:
        """Every one placed in that month of the vendor's calendar, in no particular order."""


class OpenWithdrawals(Protocol):
    def unsettled(self, *, now: datetime) -> Iterable[Withdrawal]:
        """Declarations that no operator has settled yet; reads only those."""
