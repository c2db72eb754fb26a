"""Repair orders that wait for an offer, in DynamoDB: due from their request to their first offer.

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
from freischalt.domain.repair_order import RepairOrder

type Place = tuple[datetime, str]


class DynamoDbRepairDesk(PendingItems[RepairOrder]):
    """Fits the port `RepairDesk`."""

    shard_name = staticmethod(keys.repair_shard)
    read = staticmethod(repair_order_of)

    def requested(self, *, after: str | None, limit: int) -> Page[RepairOrder]:
        begin = _read(after) if after else None
        shards = (self._shard(shard, begin, limit) for shard in keys.SHARDS)
        orders = merge(*shards, key=_place)
        further = [*islice((one for one in orders if not begin or _place(one) > begin), limit + 1)]
        page = further[:limit]
        return Page(page, _written(page[-1]) if len(further) > limit else None)

    def _shard(self, shard: int, begin: Place | None, limit: int) -> Iterator[RepairOrder]:
        """From the place on; those of its very millisecond are read again, and passed over."""
        due = {":due": self.shard_name(shard), ":since": millis(begin[0]) if begin else 0}
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
        if together and together[0].requested_at != order.requested_at:
            yield from sorted(together, key=_place)
            together = []
        together.append(order)
    yield from sorted(together, key=_place)


def _place(order: RepairOrder) -> Place:
    return order.requested_at, order.id


def _written(order: RepairOrder) -> str:
    return f"{millis(order.requested_at)}|{order.id}"


def _read(place: str) -> Place:
    at, separator, id_ = place.partition("|")
    if not separator:
        raise ValueError("no place in this list")
    return moment(int(at)), id_
