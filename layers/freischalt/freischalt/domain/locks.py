"""Locks: holds on an account or on one licence, until a day or until revoked.

Whether a lock holds is computed when it is read, so no late schedule can prolong it: "bis 31.12."
is free from 31.12., 00:00 in the vendor's time zone.

>>> today = date(2026, 12, 30)
>>> held([Lock(until=date(2026, 12, 31)), Lock(until=date(2026, 12, 1))], today)
Held(until=datetime.date(2026, 12, 31))
>>> held([Lock(until=date(2026, 12, 31))], date(2026, 12, 31)) is None
True
>>> held([Lock(until=None), Lock(until=date(2026, 12, 31))], today)
Held(until=None)

A lock of the scope `new` spares what is paid up: it stops orders and first fetches alone.

>>> held([Lock(until=None, scope=LockScope.NEW)], today, spares_this=True) is None
True
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from freischalt.domain.ids import AccountNumber, LockId, PlantId
from freischalt.domain.licence import CaratId

MOST_LOCKS = 20
"""On one target at once: its item, and the phones' copies of it, stay small."""

MOST_OWN_LOCKS = 5
"""Of these, by the customer's own wish: there is always room for the vendor's."""


class LockReason(StrEnum):
    CUSTOMER = "customer"  # ordered by the customer's own company
    SECURITY = "security"
    CONTRACT = "contract"  # terms not met


class LockScope(StrEnum):
    ALL = "all"
    NEW = "new"  # ordering and first fetches only, sparing what is paid up


@dataclass(frozen=True, slots=True)
class Lock:
    """One hold as its target carries it; `until` is the first free day, None: until revoked."""

    until: date | None
    id: LockId | None = None
    scope: LockScope = LockScope.ALL
    reason: LockReason | None = None
    since: datetime | None = None

    def holds(self, today: date) -> bool:
        return self.until is None or today < self.until


@dataclass(frozen=True, slots=True)
class Held:
    """All locks together: free from `until`, or not before one of them is revoked (None)."""

    until: date | None


def held(locks: Iterable[Lock], today: date, *, spares_this: bool = False) -> Held | None:
    """None when no lock holds today: the target is free when none of its locks holds.

    `spares_this` says that what is asked about is paid up: locks of the scope `new` spare it.
    """
    ends = [
        lock.until
        for lock in locks
        if lock.holds(today) and not (spares_this and lock.scope is LockScope.NEW)
    ]
    if not ends:
        return None
    known = [end for end in ends if end is not None]
    return Held(max(known) if len(known) == len(ends) else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRecord:
    """All that is known of one lock, kept for good beside its account.

    It holds the licence of the dongle `carat_id` or of the `plant`; without both, the account.
    `ended_at` is when the schedule noticed the planned end, which came by itself at `until`.
    """

    id: LockId
    account: AccountNumber
    carat_id: CaratId | None
    reason: LockReason
    scope: LockScope
    note: str
    private_note: str
    set_by: str
    set_at: datetime
    until: date | None = None
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    resolution: str | None = None
    ended_at: datetime | None = None
    plant: PlantId | None = None
    version: int = 0

    @property
    def licence(self) -> str | None:
        """What the customer knows the held licence by; None: it is the whole account."""
        return self.carat_id or self.plant

    @property
    def is_over(self) -> bool:
        return self.lifted_at is not None or self.ended_at is not None

    def holds(self, today: date) -> bool:
        return self.lifted_at is None and self.on_target.holds(today)

    @property
    def on_target(self) -> Lock:
        return Lock(self.until, self.id, self.scope, self.reason, self.set_at)


def has_room(locks: Iterable[Lock], today: date, *, by_customer: bool) -> bool:
    """Whether a target takes one more lock.

    >>> today = date(2026, 12, 30)
    >>> own = [Lock(until=None, reason=LockReason.CUSTOMER)] * MOST_OWN_LOCKS
    >>> has_room(own, today, by_customer=True), has_room(own, today, by_customer=False)
    (False, True)
    """
    kept = list(locks)
    own = [lock for lock in kept if lock.reason is LockReason.CUSTOMER and lock.holds(today)]
    return len(kept) < MOST_LOCKS and not (by_customer and len(own) >= MOST_OWN_LOCKS)


def without(locks: Iterable[Lock], lock_id: LockId) -> tuple[Lock, ...]:
    return tuple(lock for lock in locks if lock.id != lock_id)
