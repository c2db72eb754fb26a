"""Orders leave: each committed order becomes one `OrderPlaced` event on the vendor's bus.

The order's own item is the outbox: it is pending from the transaction that placed it until it is
marked. The table's stream brings it at once; the sweep finds what is left, however long ago. Each
claims an order before publishing it, so that the two never publish the same one. A crash between
publishing and marking repeats the event, with the same outbox id, when the claim has run out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched

from freischalt.domain.ids import OrderNumber
from freischalt.domain.order import Order
from freischalt.ports import EventBus, Outbox

EVENTS_A_CALL = 10
CLAIMED_FOR = timedelta(minutes=3)
STREAM_HAS_HAD_ITS_CHANCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Published:
    """What left, and what the bus refused: that stays pending, and is swept later."""

    taken: list[OrderNumber]
    refused: list[OrderNumber]


def publish(
    orders: Iterable[Order], *, by: str, bus: EventBus, outbox: Outbox, now: datetime
) -> Published:
    """Publish those of the orders that are pending and no other's than `by`'s at the moment.

    Whoever died with a claim takes it up again under the same name. One that is refused holds up
    no other: each order has one event.
    """
    done = Published([], [])
    until = now + CLAIMED_FOR
    claimed = (order for order in orders if outbox.claim(order, by=by, now=now, until=until))
    for some in batched(claimed, EVENTS_A_CALL, strict=False):
        taken = bus.publish(some)
        for order in some:
            if order.number in taken:
                outbox.mark_published(order, now=now)
                done.taken.append(order.number)
            else:
                done.refused.append(order.number)
    return done


def sweep(*, by: str, bus: EventBus, outbox: Outbox, now: datetime) -> Published:
    """Publish what is still pending; `by` names this one run. Reads only what is pending."""
    left_behind = outbox.pending(before=now - STREAM_HAS_HAD_ITS_CHANCE)
    return publish(left_behind, by=by, bus=bus, outbox=outbox, now=now)
