"""Trials and terms: the right to use a service for a plant, in days of the vendor's calendar.

The day on which something begins is not counted (§ 187 (1) BGB): a trial that begins on the 1st has
its 40 days from the 2nd on, and the rest of the 1st is free. All end at the end of a day; `end` is
the first day without the right, as with locks.

>>> begun = date(2026, 11, 22)
>>> trial_end(begun)
datetime.date(2027, 1, 2)
>>> term = Term(order=OrderNumber("2026-000001"), after=begun, days=365, power_w=9_000, \
net_cents=3650)
>>> term.end, term.days_left(begun), term.value_left(begun)
(datetime.date(2027, 11, 23), 365, 3650)
>>> term.days_left(date(2026, 11, 23)), term.value_left(date(2026, 11, 23))
(364, 3640)
>>> term.days_left(date(2026, 11, 1)), term.days_left(term.end)
(365, 0)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from freischalt.domain.ids import OrderNumber
from freischalt.domain.locks import Lock, held

TRIAL_DAYS = 40
RENEWABLE_DAYS = 40
"""So many days before its last end a licence can be renewed, and its state is `expiring`."""

TERM_DAYS = (365, 730)

type Span = tuple[date, date]
"""The first day with a right, and the first without."""


class TermState(StrEnum):
    """What a licence is at an instant: computed from facts, never stored."""

    TRIAL = "trial"
    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    LOCKED = "locked"
    ENDED = "ended"


SHOWN = frozenset({TermState.TRIAL, TermState.ACTIVE, TermState.EXPIRING})
"""Whoever is one of these may use the service: apps and data services show the plant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One bought term: `days` from the day after `after` on, for a plant of up to `power_w`.

    `net_cents` is its whole price, whether paid in money or by credit. `ended` is the day on which
    it ended before its time: the right is gone from that moment on.
    """

    order: OrderNumber
    after: date
    days: int
    power_w: int
    net_cents: int
    ended: date | None = None

    @property
    def end(self) -> date:
        """The first day without the right, if nothing ends it before."""
        return self.after + timedelta(days=self.days + 1)

    def covers(self, today: date) -> bool:
        """Whether it gives the right now."""
        return self.ended is None and self.after <= today < self.end

    def is_live(self, today: date) -> bool:
        """Whether it gives the right now or will."""
        return self.ended is None and today < self.end

    def days_left(self, today: date) -> int:
        """Days paid for that come after this one."""
        return min(max((self.end - today).days - 1, 0), self.days)

    def value_left(self, today: date) -> int:
        """What those are worth, in cents, rounded down: what was used is the rest of the price."""
        return self.net_cents * self.days_left(today) // self.days

    def ended_on(self, day: date) -> Self:
        return replace(self, ended=day)


def trial_end(begun: date) -> date:
    """The first day without the trial."""
    return begun + timedelta(days=TRIAL_DAYS + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """All facts that decide what a plant's licence is; `locks` are those of plant and account."""

    trial_from: date | None = None
    terms: tuple[Term, ...] = ()
    locks: tuple[Lock, ...] = ()
    ended: bool = False

    def in_trial(self, today: date) -> bool:
        return self.trial_from is not None and self.trial_from <= today < trial_end(self.trial_from)

    def end(self, today: date) -> date | None:
        """The first day without the right, if nothing more is bought; None: there is none now."""
        spans = sorted(self.spans())
        end: date | None = None
        for first, after_last in spans:
            if first <= (end or today) and after_last > (end or today):
                end = after_last
        return end

    def last_day(self, today: date) -> date | None:
        """The last day of that right."""
        end = self.end(today)
        return end and end - timedelta(days=1)

    def running_out(self) -> date | None:
        """When the last right runs out that nothing has ended before its time."""
        return max((after_last for _, after_last in self.spans()), default=None)

    def next_begin(self, today: date) -> date | None:
        """When the right begins that is bought and has not begun; None: there is none."""
        return min((first for first, _ in self.spans() if first > today), default=None)

    def counts_from(self, today: date) -> date:
        """The day after which a term that is activated today counts: no day already had is lost."""
        return max([today, *(end - timedelta(days=1) for _, end in self.spans())])

    def spans(self) -> Iterator[Span]:
        """Each right that nothing has ended before its time, past ones among them."""
        if self.trial_from:
            yield self.trial_from, trial_end(self.trial_from)
        for term in self.terms:
            if term.ended is None:
                yield term.after, term.end


def state(rights: Rights, today: date) -> TermState | None:
    """What the licence is today; None: it never began.

    >>> today = date(2026, 11, 22)
    >>> begun = Rights(trial_from=today)
    >>> [state(begun, today + timedelta(days=days)).value for days in (0, 40, 41)]
    ['trial', 'trial', 'expired']
    >>> bought = Term(order=OrderNumber("2026-000001"), after=begun.counts_from(today), days=365, \
power_w=9_000, net_cents=3650)
    >>> both = replace(begun, terms=(bought,))
    >>> [state(both, today + timedelta(days=days)).value for days in (40, 41, 365, 366, 405, 406)]
    ['trial', 'active', 'active', 'expiring', 'expiring', 'expired']
    >>> both.end(today), state(Rights(), today)
    (datetime.date(2028, 1, 2), None)
    >>> state(replace(both, locks=(Lock(until=None),)), today)
    <TermState.LOCKED: 'locked'>
    """
    if rights.ended:
        return TermState.ENDED
    if rights.trial_from is None and not rights.terms:
        return None
    if held(rights.locks, today, spares_this=True):
        return TermState.LOCKED
    end = rights.end(today)
    if end is None:
        return TermState.EXPIRED
    if rights.in_trial(today):
        return TermState.TRIAL
    return TermState.EXPIRING if is_renewable(rights, today) else TermState.ACTIVE


def renewable_from(rights: Rights) -> date | None:
    """The first day on which the licence can be renewed, which may be over.

    40 days before the last of all rights runs out; of a plant whose rights have all been ended, at
    once. None: it never began, or has ended for good.

    >>> begun = date(2026, 11, 22)
    >>> term = Term(order=OrderNumber("2026-000001"), after=begun, days=365, power_w=1, net_cents=1)
    >>> rights = Rights(trial_from=begun, terms=(term,))
    >>> str(renewable_from(rights)), str(renewable_from(Rights(trial_from=begun)))
    ('2027-10-14', '2026-11-23')
    >>> str(renewable_from(Rights(terms=(term.ended_on(begun),)))), renewable_from(Rights())
    ('2026-11-22', None)
    """
    if rights.ended:
        return None
    end = rights.running_out()
    if end is None:
        return max((term.ended for term in rights.terms if term.ended), default=None)
    return end - timedelta(days=RENEWABLE_DAYS)


def is_renewable(rights: Rights, today: date) -> bool:
    """Whether a term can be bought now to go on, or after the end; not before there was a right."""
    day = renewable_from(rights)
    return day is not None and day <= today


def may_use(rights: Rights, today: date) -> bool:
    """Whether apps and data services may show the plant."""
    return state(rights, today) in SHOWN


def next_change(rights: Rights, today: date) -> date | None:
    """The next day on which `state`, `end` or `is_renewable` may be otherwise.

    If nothing is bought, locked or added until then.
    """
    days = [
        rights.end(today),
        renewable_from(rights),
        rights.next_begin(today),
        trial_end(rights.trial_from) if rights.trial_from else None,
        *(lock.until for lock in rights.locks),
    ]
    return min((day for day in days if day and day > today), default=None)
