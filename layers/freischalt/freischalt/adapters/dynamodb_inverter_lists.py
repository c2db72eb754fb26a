"""Lists of inverters in DynamoDB that should have come to their end."""

from collections.abc import Iterator
from datetime import datetime

from freischalt.adapters import keys
from freischalt.adapters.inverter_list_items import inverter_list_of
from freischalt.adapters.items import MILLISECOND
from freischalt.adapters.pending_items import PendingItems
from freischalt.domain.inverter_list import InverterList


class DynamoDbDueLists(PendingItems[InverterList]):
    """Fits the port `DueLists`. There are few, so they wait in one place."""

    read = staticmethod(inverter_list_of)

    def due(self, *, now: datetime) -> Iterator[InverterList]:
        return self._due_in(keys.DUE_LISTS, now + MILLISECOND)
