"""Orders leave: each committed order becomes one `OrderPlaced` event on the vendor's bus.

The order's own item is the outbox: it is pending from the transaction that placed it until it is
marked. The table's stream brings it at once; the sweep finds what the stream could not deliver,
however long ago. A crash between publishing and marking repeats the event with the same outbox id.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import batched

from freischalt.domain.order import Order
from freischalt.errors import EventsNotTaken
from freischalt.ports import EventBus, Outbox

EVENTS_A_CALL = 10
STREAM_HAS_HAD_ITS_CHANCE = timedelta(minutes=2)


def publish(orders: Iterable[Order], *, bus: EventBus, outbox: Outbox, now: datetime) -> int:
    """Publish and mark orders in their order; how many. Raises EventsNotTaken at the first refused.

    Those before it are marked, it and those after it stay pending.
    """
    published = 0
    for some in batched(orders, EVENTS_A_CALL, strict=False):
        taken = bus.publish(some)
        _mark(some[:taken], outbox=outbox, now=now)
        published += taken
        if taken < len(some):
            raise EventsNotTaken(some[taken].outbox_id)
    return published


def sweep(*, bus: EventBus, outbox: Outbox, now: datetime) -> int:
    """Publish what is still pending; how many. Reads only what is pending."""
    left_behind = outbox.pending(before=now - STREAM_HAS_HAD_ITS_CHANCE)
    return publish(left_behind, bus=bus, outbox=outbox, now=now)


def _mark(orders: Sequence[Order], *, outbox: Outbox, now: datetime) -> None:
    for order in orders:
        outbox.mark_published(order, now=now)
