"""What finishing erasures needs from the world, beside `account_ports`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from freischalt.domain.ids import AccountNumber


class UnfinishedErasures(Protocol):
    def begun(self, *, before: datetime) -> Iterable[AccountNumber]:
        """Accounts that are erased, and have not parted with all that goes; reads only those."""
