"""Hours in which a service rests, as a clock on the wall of its country shows them.

>>> from datetime import UTC
>>> night = quiet_hours("23:00-05:00", ZoneInfo("Europe/Berlin"))
>>> before = datetime(2026, 11, 22, 21, 59, tzinfo=UTC)  # 22:59 in Berlin
>>> night.hold(before), night.hold(before + timedelta(minutes=1))
(False, True)
>>> night.over(before + timedelta(minutes=1)).isoformat()
'2026-11-23T04:00:00+00:00'
>>> quiet_hours("", ZoneInfo("Europe/Berlin")) is None
True
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST = timedelta(hours=12)
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
QUIET_HOURS = re.compile(rf"(?P<start>{CLOCK})-(?P<end>{CLOCK})")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` up to but not including `end`, over midnight if `end` is the earlier one."""

    start: time
    end: time
    zone: ZoneInfo

    def __post_init__(self) -> None:
        """Twelve hours at most: more is rather a night that was written as a day."""
        if self.start == self.end:
            raise ValueError("quiet hours must not end when they start; leave them empty for none")
        someday = date(2000, 1, 1)
        last = someday + timedelta(days=self.end < self.start)
        if datetime.combine(last, self.end) - datetime.combine(someday, self.start) > MOST:
            raise ValueError("quiet hours are at most 12 hours long: are start and end swapped?")

    def hold(self, at: datetime) -> bool:
        shown = at.astimezone(self.zone).time()
        if self.start < self.end:
            return self.start <= shown < self.end
        return shown >= self.start or shown < self.end

    def over(self, at: datetime) -> datetime:
        """The end of the quiet hours that hold at `at`, in UTC.

        An end that the clock shows twice is the later one. One that it skips is as many hours
        after the start as on other days.
        """
        local = at.astimezone(self.zone)
        over_midnight = self.end < self.start <= local.time()
        end = datetime.combine(local.date() + timedelta(days=over_midnight), self.end, self.zone)
        return max(end.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def quiet_hours(text: str, zone: ZoneInfo) -> QuietHours | None:
    """What the setting says; None if it is empty: there are none."""
    if not text.strip():
        return None
    written = QUIET_HOURS.fullmatch(text.strip())
    if not written:
        raise ValueError("quiet hours are written 23:00-05:00, or are empty for none")
    return QuietHours(
        time.fromisoformat(written["start"]), time.fromisoformat(written["end"]), zone
    )
