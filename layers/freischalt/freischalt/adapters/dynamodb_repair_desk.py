"""Repair orders that wait for the vendor, in DynamoDB.

They are due from their request to the first offer, and from its acceptance until they are done.
Sixteen queries a page, as many as partitions; each reads no more than a page.
"""

from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from itertools import islice

from freischalt.account_ports import Page
from freischalt.adapters import keys
from freischalt.adapters.attribute_values import to_item
from freischalt.adapters.items import millis, moment
from freischalt.adapters.pending_items import PendingItems
from freischalt.adapters.repair_order_items import repair_order_of
from freischalt.domain.repair_order import RepairOrder, RepairState

type Place = tuple[datetime, str]


class DynamoDbRepairDesk(PendingItems[RepairOrder]):
    """Fits the port `RepairDesk`."""

    read = staticmethod(repair_order_of)

    def waiting(self, state: RepairState, *, after: str | None, limit: int) -> Page[RepairOrder]:
        begin = _read(after) if after else None
        names = (keys.repair_shard(state.value, shard) for shard in keys.SHARDS)
        places = merge(*(self._shard(name, begin, limit) for name in names), key=_place)
        further = [*islice((one for one in places if not begin or _place(one) > begin), limit + 1)]
        page = further[:limit]
        return Page(page, _written(page[-1]) if len(further) > limit else None)

    def _shard(self, name: str, begin: Place | None, limit: int) -> Iterator[RepairOrder]:
        """From the place on; those of its very millisecond are read again, and passed over."""
        due = {":due": name, ":since": millis(begin[0]) if begin else 0}
        found = self._query(
            IndexName=keys.BY_DUE,
            KeyConditionExpression="due = :due AND due_at >= :since",
            ExpressionAttributeValues=to_item(due),
            Limit=limit + 1,
        )
        yield from sorted_within_moments(found)


def sorted_within_moments(orders: Iterator[RepairOrder]) -> Iterator[RepairOrder]:
    """The index sorts by time alone: those of the same millisecond in the order of their ids."""
    together: list[RepairOrder] = []
    for order in orders:
        if together and together[0].waits_since != order.waits_since:
            yield from sorted(together, key=_place)
            together = []
        together.append(order)
    yield from sorted(together, key=_place)


def _place(order: RepairOrder) -> Place:
    return order.waits_since or order.requested_at, order.id


def _written(order: RepairOrder) -> str:
    since, id_ = _place(order)
    return f"{millis(since)}|{id_}"


def _read(place: str) -> Place:
    at, separator, id_ = place.partition("|")
    if not separator:
        raise ValueError("no place in this list")
    return moment(int(at)), id_
