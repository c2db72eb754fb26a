"""What repair orders need from the world, beside `freischalt.account_ports`."""

from typing import Protocol

from freischalt.account_ports import Page
from freischalt.domain.repair_order import RepairOrder, RepairState


class RepairDesk(Protocol):
    """Repair orders that wait for the vendor: requested, for an offer; accepted, to be done."""

    def waiting(self, state: RepairState, *, after: str | None, limit: int) -> Page[RepairOrder]:
        """All accounts', who waits longest first, from the place `after` on; a second behind.

        Raises ValueError for a place that no page has named.
        """
