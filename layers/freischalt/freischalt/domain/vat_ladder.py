"""When an undecided check is tried next, and when a decided one is repeated.

Each step is counted from the end of the last try: a schedule that comes late makes no burst. Only
hourly, daily and the end go by the age of the check. Its last try is at the end of the 14 days.

>>> began = datetime(2026, 11, 22, 12, tzinfo=UTC)
>>> def wait(tries, now):
...     return next_try(began_at=began, tries=tries, now=now, service=VatService.EVATR,
...                     check_id="c1", policy=VatPolicy()) - now
>>> [str(wait(tries, began)) for tries in (1, 2, 3, 4)]
['0:05:00', '0:15:00', '1:00:00', '1:00:00']
>>> str(wait(76, began + HOURLY_FOR))
'1 day, 0:00:00'

What would fall in the quiet hours comes after them, each check at a minute of its own:

>>> str(wait(4, began + timedelta(hours=9, minutes=30)))  # from 22:30 in Berlin, to 05:14
'6:44:17'
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from freischalt.domain.quiet_hours import QuietHours
from freischalt.domain.vat import VatService

FIRST_STEPS = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
HOURLY_FOR = timedelta(days=3)
GIVEN_UP_AFTER = timedelta(days=14)
SPREAD = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class VatPolicy:
    """What the vendor may set; `quiet` are eVatR's quiet hours alone, None for none."""

    repeated_after: timedelta = timedelta(days=90)
    good_to_buy_for: timedelta = timedelta(hours=24)
    quiet: QuietHours | None = field(
        default_factory=lambda: QuietHours(time(23), time(5), ZoneInfo("Europe/Berlin"))
    )


def first_try(now: datetime, *, service: VatService, check_id: str, policy: VatPolicy) -> datetime:
    """At once, that is `now` itself, or after the quiet hours."""
    quiet = policy.quiet
    if service is not VatService.EVATR or quiet is None or not quiet.hold(now):
        return now
    spread = crc32(check_id.encode()) % int(SPREAD.total_seconds())
    return quiet.over(now) + timedelta(seconds=spread)


def next_try(
    *,
    began_at: datetime,
    tries: int,
    now: datetime,
    service: VatService,
    check_id: str,
    policy: VatPolicy,
) -> datetime | None:
    """After `tries` tries, the last of which ended now and decided nothing; None: given up."""
    end = began_at.astimezone(UTC) + GIVEN_UP_AFTER
    if now >= end:
        return None
    wanted = now.astimezone(UTC) + _step(tries, now - began_at)
    return first_try(min(wanted, end), service=service, check_id=check_id, policy=policy)


def _step(tries: int, age: timedelta) -> timedelta:
    if tries <= len(FIRST_STEPS):
        return FIRST_STEPS[max(tries, 1) - 1]
    return timedelta(hours=1) if age < HOURLY_FOR else timedelta(days=1)
