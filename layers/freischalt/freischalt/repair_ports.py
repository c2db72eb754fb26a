"""What repair orders need from the world, beside `freischalt.account_ports`."""

from typing import Protocol

from freischalt.account_ports import Page
from freischalt.domain.repair_order import RepairOrder


class RepairDesk(Protocol):
    """Repair orders that wait for their first offer."""

    def requested(self, *, after: str | None, limit: int) -> Page[RepairOrder]:
        """All accounts', the oldest first, from the place `after` on; a second or so behind.

        Raises ValueError for a place that no page has named.
        """
