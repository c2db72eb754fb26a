"""Locks: holds on an account or on one release, until a day or until revoked.

Whether a lock holds is computed when it is read, so no late schedule can prolong it: "bis 31.12."
is free from 31.12., 00:00 in the vendor's time zone.

>>> today = date(2026, 12, 30)
>>> held([Lock(until=date(2026, 12, 31)), Lock(until=date(2026, 12, 1))], today)
Held(until=datetime.date(2026, 12, 31))
>>> held([Lock(until=date(2026, 12, 31))], date(2026, 12, 31)) is None
True
>>> held([Lock(until=None), Lock(until=date(2026, 12, 31))], today)
Held(until=None)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Lock:
    """One hold; `until` is the first free day, None means until revoked."""

    until: date | None

    def holds(self, today: date) -> bool:
        return self.until is None or today < self.until


@dataclass(frozen=True, slots=True)
class Held:
    """All locks together: free from `until`, or not before one of them is revoked (None)."""

    until: date | None


def held(locks: Iterable[Lock], today: date) -> Held | None:
    """None when no lock holds today: the target is free when none of its locks holds."""
    ends = [lock.until for lock in locks if lock.holds(today)]
    if not ends:
        return None
    known = [end for end in ends if end is not None]
    return Held(max(known) if len(known) == len(ends) else None)
