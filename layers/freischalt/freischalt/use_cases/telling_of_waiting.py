"""What has waited for an operator too long is told to the vendor, by one mail about each.

Whoever has told of it, and crashed, has told it once: that it is told and its mail are one
transaction. A run that is late or repeated tells nothing twice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from freischalt.account_ports import Put, Ref
from freischalt.domain.notice import Notice
from freischalt.domain.payment import Payment
from freischalt.domain.term_order import Withdrawal
from freischalt.domain.working_days import working_day_after
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.office import RACES, Office
from freischalt.use_cases.races import until_it_holds


@dataclass(frozen=True, slots=True)
class Waiting:
    """Ids of all that wait for too long, and of those that the vendor was told of just now."""

    waiting: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits[T]:
    """How one kind of thing waits: since when, for how many `working_days`, and whether it does."""

    working_days: int
    since: Callable[[T], date]
    still: Callable[[T], bool]
    mail: Callable[[T], Notice]


def tell_of_waiting[T: (Payment, Withdrawal)](
    things: Iterable[T],
    how: Waits[T],
    office: Office,
    *,
    now: datetime,
    failed: Callable[[str, Exception], None] = nobody_is_told,
) -> Waiting:
    """`failed` is told of what could not be told; it is met again by the next run."""
    found, today = Waiting(), office.today(now)
    for one in things:
        last = working_day_after(how.since(one), how.working_days, office.sells.holidays)
        if today <= last:
            continue
        found.waiting.append(one.id)
        if one.told_at or not how.still(one):
            continue
        try:
            if _told(Ref(type(one), (one.id,)), how, office, now):
                found.told.append(one.id)
        except Exception as error:  # noqa: BLE001 - it stays due, and holds up no other
            failed(one.id, error)
    return found


def _told[T: (Payment, Withdrawal)](
    ref: Ref[T], how: Waits[T], office: Office, now: datetime
) -> bool:
    def once() -> bool:
        kept = office.records.read(ref)[ref]
        if kept is None or not how.still(kept) or kept.told_at:
            return False
        office.records.write(Put(replace(kept, told_at=now)), Put(how.mail(kept)))
        return True

    return until_it_holds(once, office.pause, tries=RACES)
