"""Which owner is told when that the right to use ends: 40, 14, 3 and 0 days before.

"0 days" is the first day without the right. Whether something is due follows from the plant alone
(its rights, and what was told last), so whoever writes a plant knows when it is due next, and
nothing has to look for it.

>>> from zoneinfo import ZoneInfo
>>> vienna, end = ZoneInfo("Europe/Vienna"), date(2027, 1, 2)
>>> trial = Rights(trial_from=date(2026, 11, 22))
>>> str(next_due(trial, None, vienna)), str(next_due(trial, Told(end=end, days=14), vienna))
('2026-12-19 08:00:00+01:00', '2026-12-30 08:00:00+01:00')

After a run that was missed, what presses most is told, and nothing less afterwards.

>>> new_year = datetime(2026, 12, 31, 12, tzinfo=vienna)
>>> due_notice(trial, None, new_year, vienna)
TermNotice(end=datetime.date(2027, 1, 2), days=3, is_trial=True)
>>> due_notice(trial, Told(end=end, days=3), new_year, vienna) is None
True
>>> next_due(trial, Told(end=end, days=0), vienna) is None
True
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from freischalt.domain.plant import Plant, Told
from freischalt.domain.term import Rights

TERM_NOTICES = (40, 14, 3, 0)
TRIAL_NOTICES = (14, 3, 0)
"""Days before the end, the first one first; a trial of 40 days is not told of on its first."""

MORNING = time(8)
"""When it is told, by the vendor's clocks: nobody is woken by a licence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermNotice:
    """What is to be told: `days` before `end`, the first day without the right."""

    end: date
    days: int
    is_trial: bool

    @property
    def told(self) -> Told:
        return Told(end=self.end, days=self.days)

    def due_at(self, time_zone: tzinfo) -> datetime:
        return datetime.combine(self.end - timedelta(days=self.days), MORNING, time_zone)


def due_notice(
    rights: Rights, told: Told | None, now: datetime, time_zone: tzinfo
) -> TermNotice | None:
    """The most pressing one that is to be told by now."""
    due = [notice for notice in _untold(rights, told) if notice.due_at(time_zone) <= now]
    return due[-1] if due else None


def next_due(rights: Rights, told: Told | None, time_zone: tzinfo) -> datetime | None:
    """When something is to be told next, which may be in the past; None: never, as it is now."""
    untold = _untold(rights, told)
    return untold[0].due_at(time_zone) if untold else None


def next_due_of(plant: Plant, time_zone: tzinfo) -> datetime | None:
    return next_due(plant.rights(), plant.told, time_zone)


def due_notice_of(plant: Plant, now: datetime, time_zone: tzinfo) -> TermNotice | None:
    """Locks do not matter: a locked licence runs on, and can be renewed."""
    return due_notice(plant.rights(), plant.told, now, time_zone)


def _untold(rights: Rights, told: Told | None) -> list[TermNotice]:
    """All that are still to be told of the end, the first one first.

    Once a later end was told, no earlier one is, whatever becomes of the terms: so nobody is told
    the same thing twice.
    """
    end = _expected_end(rights)
    if end is None or (told and told.end > end):
        return []
    is_trial = all(term.ended or term.end < end for term in rights.terms)
    days_told = told.days if told and told.end == end else None
    return [
        TermNotice(end=end, days=days, is_trial=is_trial)
        for days in (TRIAL_NOTICES if is_trial else TERM_NOTICES)
        if days_told is None or days < days_told
    ]


def _expected_end(rights: Rights) -> date | None:
    """When the last right ends by itself; None: there is none, or it was ended before its time.

    Who is renewed has the renewal's end. Who has outgrown a term saw it end when it happened.
    """
    end = rights.running_out()
    if rights.ended or end is None:
        return None
    return None if any(term.ended and term.ended >= end for term in rights.terms) else end
