"""Orders leave: each committed order becomes one `OrderPlaced` event on the vendor's bus.

The order's own item is the outbox: it is pending from the transaction that placed it until it is
marked; so is the item of any other event for billing. The table's stream brings it at once; the
sweep finds what is left, however long ago. Each claims a thing before publishing it, so that the
two never publish the same one. A crash between publishing and marking repeats the event, with the
same outbox id, when the claim has run out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched

from freischalt.ports import EventBus, ForBilling, Outbox

EVENTS_A_CALL = 10
CLAIMED_FOR = timedelta(minutes=3)
STREAM_HAS_HAD_ITS_CHANCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Published:
    """What left, and what the bus refused: that stays pending, and is swept later."""

    taken: list[str]
    refused: list[str]


def publish[T: ForBilling](
    things: Iterable[T], *, by: str, bus: EventBus[T], outbox: Outbox[T], now: datetime
) -> Published:
    """Publish those that are pending and no other's than `by`'s at the moment.

    Whoever died with a claim takes it up again under the same name. One that is refused holds up
    no other: each has one event.
    """
    done = Published([], [])
    until = now + CLAIMED_FOR
    claimed = (thing for thing in things if outbox.claim(thing, by=by, now=now, until=until))
    for some in batched(claimed, EVENTS_A_CALL, strict=False):
        taken = bus.publish(some)
        for thing in some:
            if thing.id in taken:
                outbox.mark_published(thing, now=now)
                done.taken.append(thing.id)
            else:
                done.refused.append(thing.id)
    return done


def sweep[T: ForBilling](
    *, by: str, bus: EventBus[T], outbox: Outbox[T], now: datetime
) -> Published:
    """Publish what is still pending; `by` names this one run. Reads only what is pending."""
    left_behind = outbox.pending(before=now - STREAM_HAS_HAD_ITS_CHANCE)
    return publish(left_behind, by=by, bus=bus, outbox=outbox, now=now)
