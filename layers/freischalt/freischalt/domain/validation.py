"""May this licence be used now? The first code that applies, and everything in the way.

The order of `Verdict` is the precedence. Another obstacle is another row here.

>>> today = date(2026, 11, 22)
>>> locked = Lock(date(2026, 12, 31), since=datetime(2026, 11, 1))
>>> validate(Release(points=5), account_locks=(), today=today).code
<Verdict.VALID: 'VALID'>
>>> validate(Release(points=5, locks=(locked,)), account_locks=(), today=today).blockers
(Blocker(code=<Verdict.LICENCE_LOCKED: 'LICENCE_LOCKED'>, \
since=datetime.datetime(2026, 11, 1, 0, 0), until=datetime.date(2026, 12, 31)),)
>>> validate(None, account_locks=(locked,), today=today).code
<Verdict.NOT_FOUND: 'NOT_FOUND'>
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from freischalt.domain.dongle import Release
from freischalt.domain.locks import Lock, LockScope


class Verdict(StrEnum):
    """What a validation says, in the order in which it is said."""

    NOT_FOUND = "NOT_FOUND"
    ACCOUNT_LOCKED = "ACCOUNT_LOCKED"
    LICENCE_LOCKED = "LICENCE_LOCKED"
    EXPIRED = "EXPIRED"
    NOT_ACTIVATED = "NOT_ACTIVATED"
    DEVICE_MISMATCH = "DEVICE_MISMATCH"
    OVERDUE = "OVERDUE"
    TOO_MANY_USERS = "TOO_MANY_USERS"
    TRIAL_OVER = "TRIAL_OVER"
    VALID = "VALID"


PRECEDENCE = tuple(Verdict)


@dataclass(frozen=True, slots=True)
class Blocker:
    """One fact that stands in the way; `until` is its earliest end, None if none is known."""

    code: Verdict
    since: datetime | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    blockers: tuple[Blocker, ...] = ()

    @property
    def code(self) -> Verdict:
        return self.blockers[0].code if self.blockers else Verdict.VALID

    @property
    def valid(self) -> bool:
        return not self.blockers


def validate(
    release: Release | None, *, account_locks: tuple[Lock, ...], today: date
) -> Validation:
    """Everything that stands in the way of the licence, in order of precedence.

    Of what is not the account's nothing is told, not even that the account is locked.
    """
    if release is None:
        return Validation((Blocker(Verdict.NOT_FOUND),))
    blockers = [
        *_holding(Verdict.ACCOUNT_LOCKED, account_locks, release, today),
        *_holding(Verdict.LICENCE_LOCKED, release.locks, release, today),
    ]
    return Validation(tuple(sorted(blockers, key=lambda blocker: PRECEDENCE.index(blocker.code))))


def _holding(
    code: Verdict, locks: Iterable[Lock], release: Release, today: date
) -> Iterator[Blocker]:
    for lock in locks:
        if lock.holds(today) and (lock.scope is LockScope.ALL or not release.is_in_use):
            yield Blocker(code, lock.since, lock.until)
