"""How many replies a phone gets: exact over every hour, and without a counter to fight for.

A phone has as many slots as replies an hour. A reply takes a slot whose last use is an hour ago;
each message starts to look at a place of its own, so that many at once seldom want the same one.

>>> from datetime import UTC
>>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
>>> free_slot({}, slots=30, now=noon, message_id="m1") in range(30)
True
>>> busy = {slot: noon - timedelta(minutes=59) for slot in range(30)}
>>> free_slot(busy, slots=30, now=noon, message_id="m1") is None
True
>>> free_slot(busy | {7: noon - HOUR}, slots=30, now=noon, message_id="m1")
7
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zlib import crc32

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def free_slot(
    used: Mapping[int, datetime], *, slots: int, now: datetime, message_id: str
) -> int | None:
    """A slot for one more reply at `now`, or None: the phone has had its share of this hour."""
    first = crc32(message_id.encode())
    for step in range(slots):
        slot = (first + step) % slots
        if slot not in used or now - used[slot] >= HOUR:
            return slot
    return None
