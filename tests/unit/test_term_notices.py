"""Notices before the end: which is due when, over any history and any times of the runs."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from freischalt.domain.locks import Lock
from freischalt.domain.plant import (
    Plant,
    Power,
    Told,
    bought,
    end_terms,
    new_term_counts_from,
    with_power,
)
from freischalt.domain.term_notices import (
    TERM_NOTICES,
    TRIAL_NOTICES,
    TermNotice,
    due_notice_of,
    next_due_of,
)
from tests.term_factories import TODAY, a_plant, a_term

VIENNA = ZoneInfo("Europe/Vienna")
ENDS = date(2027, 1, 2)
"""The first day without the trial that began TODAY."""

QUARTER = timedelta(minutes=15)


def at(day: date, hour: int = 8, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), VIENNA)


def run(plant: Plant, now: datetime) -> tuple[Plant, TermNotice | None]:
    """What the schedule does with one plant."""
    notice = due_notice_of(plant, now, VIENNA)
    return (replace(plant, told=notice.told), notice) if notice else (plant, None)


def told_by_a_run_each_day(plant: Plant, days: int) -> list[tuple[date, int, bool]]:
    """Day, days before the end, and whether it was a trial's."""
    told = []
    for number in range(days):
        day = TODAY + timedelta(days=number)
        for hour, minute in ((7, 59), (8, 0)):
            plant, notice = run(plant, at(day, hour, minute))
            if notice:
                assert (hour, minute) == (8, 0)
                told.append((day, notice.days, notice.is_trial))
    return told


def test_a_trial_is_told_of_14_and_3_days_before_and_on_the_day_it_has_ended() -> None:
    assert told_by_a_run_each_day(a_plant(), 900) == [
        (date(2026, 12, 19), 14, True),
        (date(2026, 12, 30), 3, True),
        (ENDS, 0, True),
    ]


def test_a_term_is_told_of_40_14_and_3_days_before_and_on_the_day_it_has_ended() -> None:
    plant = a_plant(terms=(a_term(),))

    assert told_by_a_run_each_day(plant, 900) == [
        (date(2027, 10, 14), 40, False),
        (date(2027, 11, 9), 14, False),
        (date(2027, 11, 20), 3, False),
        (date(2027, 11, 23), 0, False),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"terms": (a_term(),)}, at(date(2027, 10, 14)), id="renewed"),
        pytest.param({"ended_at": at(TODAY)}, None, id="deleted"),
        pytest.param({"trial_from": None}, None, id="nothing-ever-began"),
        pytest.param({"locks": (Lock(until=None),)}, at(date(2026, 12, 19)), id="locked"),
        pytest.param(
            {"terms": (a_term(after=ENDS, ended=ENDS + timedelta(days=9)),)},
            None,
            id="outgrown-after-the-trial",
        ),
        pytest.param(
            {"terms": (a_term(after=ENDS, ended=TODAY),)},
            at(date(2026, 12, 19)),
            id="outgrown-while-the-trial-runs-on",
        ),
        pytest.param({"told": Told(end=ENDS, days=3)}, at(ENDS), id="told-of-3-days"),
        pytest.param({"told": Told(end=ENDS, days=0)}, None, id="told-of-the-end"),
        pytest.param(
            {"told": Told(end=date(2026, 12, 24), days=0)},
            at(date(2026, 12, 19)),
            id="told-of-an-earlier-end",
        ),
        pytest.param({"told": Told(end=date(2028, 1, 1), days=40)}, None, id="told-of-a-later-end"),
    ],
)
def test_when_the_next_one_is_due(changes: dict[str, object], expected: datetime | None) -> None:
    assert next_due_of(a_plant(**changes), VIENNA) == expected


@pytest.mark.parametrize(
    ("now", "days"),
    [
        pytest.param(at(date(2026, 12, 19), 7, 59), None, id="a-minute-before"),
        pytest.param(at(date(2026, 12, 19)), 14, id="to-the-minute"),
        pytest.param(at(date(2026, 12, 30), 7), 14, id="one-was-missed"),
        pytest.param(at(date(2027, 1, 1)), 3, id="two-were-missed"),
        pytest.param(at(date(2027, 3, 1)), 0, id="all-were-missed"),
    ],
)
def test_what_presses_most_is_told_alone(now: datetime, days: int | None) -> None:
    plant, notice = run(a_plant(), now)

    assert (notice.days if notice else None) == days
    assert run(plant, now) == (plant, None)


def test_the_morning_is_the_vendors_in_summer_and_winter() -> None:
    """Its clocks show eight, whatever UTC is then."""
    summer = a_plant(trial_from=date(2026, 6, 1))

    due = [next_due_of(plant, VIENNA) for plant in (summer, a_plant())]

    assert [moment and moment.astimezone(UTC).hour for moment in due] == [6, 7]


# --- over any history


@dataclass
class History:
    """One plant, all that happens to it, and all that is told of it."""

    plant: Plant = field(default_factory=lambda: a_plant(trial_from=None, inverters=0, power_w=0))
    now: datetime = field(default_factory=lambda: at(TODAY))
    told: list[tuple[datetime, TermNotice]] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.now.date()

    def grow(self) -> None:
        self.plant = with_power(self.plant, Power(inverters=1, watts=4_200), self.today)

    def buy(self, days: int) -> None:
        after = new_term_counts_from(self.plant, self.today, days=days)
        term = a_term(after=after, days=days, power_w=self.plant.power_w)
        self.plant = bought(self.plant, term, self.today)

    def withdraw(self) -> None:
        self.plant = end_terms(self.plant, self.plant.live_terms(self.today), self.today)

    def delete(self) -> None:
        self.plant = replace(self.plant, ended_at=self.now)

    def run(self) -> None:
        self.plant, notice = run(self.plant, self.now)
        if notice:
            self.told.append((self.now, notice))
        assert run(self.plant, self.now) == (self.plant, None)  # all that was due has been told
        due = next_due_of(self.plant, VIENNA)
        assert due is None or due > self.now


DOES = {
    "grow": History.grow,
    "buy 365": lambda history: history.buy(365),
    "buy 730": lambda history: history.buy(730),
    "withdraw": History.withdraw,
    "run": History.run,
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*DOES, "run", "run", "run"]),
        st.one_of(st.integers(0, 60), st.integers(0, 900)),
        st.integers(0, 24 * 4 - 1),
    ),
    max_size=30,
)


@given(STEPS)
@example([("grow", 0, 0), ("run", 27, 32), ("buy 365", 0, 0), ("withdraw", 1, 0), ("run", 1, 0)])
def test_over_any_history_each_is_told_once_and_none_late(
    steps: list[tuple[str, int, int]],
) -> None:
    history = History()
    for what, days, quarters in steps:
        history.now = max(
            history.now, at(history.today + timedelta(days=days), 0) + quarters * QUARTER
        )
        DOES[what](history)
    notices = [notice for _, notice in history.told]

    assert len({(notice.end, notice.days) for notice in notices}) == len(notices)
    assert all(now >= notice.due_at(VIENNA) for now, notice in history.told)
    assert all(
        notice.days in (TRIAL_NOTICES if notice.is_trial else TERM_NOTICES) for notice in notices
    )
    in_order = [(notice.end, -notice.days) for notice in notices]
    assert in_order == sorted(in_order)  # after a more pressing one, nothing less is told


@given(
    st.sets(st.integers(0, 430), max_size=12),
    st.sampled_from([0, 365]),
)
def test_whenever_runs_are_missed_the_last_word_is_always_said(runs: set[int], days: int) -> None:
    """At each run the owner learns what has come since the last one, in one mail at most."""
    terms = (a_term(after=TODAY, days=days),) if days else ()
    plant = a_plant(terms=terms)
    end, steps = (terms[0].end, TERM_NOTICES) if terms else (ENDS, TRIAL_NOTICES)
    known: set[int] = set()
    for number in sorted(runs):
        now = at(TODAY + timedelta(days=number), 12)
        come = {step for step in steps if at(end - timedelta(days=step)) <= now}
        plant, notice = run(plant, now)

        assert (notice.days if notice else None) == (min(come) if come - known else None)
        known = come


@given(STEPS)
def test_nothing_is_told_of_a_deleted_plant(steps: list[tuple[str, int, int]]) -> None:
    history = History()
    history.grow()
    history.delete()
    for what, days, _ in steps:
        history.now += timedelta(days=days)
        DOES[what](history)

    assert history.told == []
    assert next_due_of(history.plant, VIENNA) is None
