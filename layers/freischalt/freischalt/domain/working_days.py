"""Working days: Monday to Friday, but for public holidays."""

from datetime import date, timedelta

SATURDAY = 5
ONE_DAY = timedelta(days=1)


def is_working_day(day: date, holidays: frozenset[date]) -> bool:
    return day.weekday() < SATURDAY and day not in holidays


def working_day_after(day: date, working_days: int, holidays: frozenset[date]) -> date:
    """The working day that is so many after this one, which is not counted itself.

    >>> friday, monday = date(2026, 11, 20), date(2026, 11, 23)
    >>> working_day_after(friday, 3, frozenset())
    datetime.date(2026, 11, 25)
    >>> working_day_after(friday, 3, frozenset({monday}))
    datetime.date(2026, 11, 26)
    """
    while working_days:
        day += ONE_DAY
        if is_working_day(day, holidays):
            working_days -= 1
    return day


def end_of_period(last: date, holidays: frozenset[date]) -> date:
    """The last day of a period to declare something: a working day (§ 193 BGB).

    >>> end_of_period(date(2026, 12, 26), frozenset())  # a Saturday
    datetime.date(2026, 12, 28)
    """
    while not is_working_day(last, holidays):
        last += ONE_DAY
    return last
