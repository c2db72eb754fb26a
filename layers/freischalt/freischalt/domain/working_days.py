"""Working days: Monday to Friday, but for public holidays."""

from collections.abc import Callable
from datetime import date, timedelta

SATURDAY = 5


def working_day_after(day: date, working_days: int, is_holiday: Callable[[date], bool]) -> date:
    """The working day that is so many after this one, which is not counted itself.

    >>> friday, monday = date(2026, 11, 20), date(2026, 11, 23)
    >>> working_day_after(friday, 3, lambda day: False)
    datetime.date(2026, 11, 25)
    >>> working_day_after(friday, 3, lambda day: day == monday)
    datetime.date(2026, 11, 26)
    """
    while working_days:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY and not is_holiday(day):
            working_days -= 1
    return day
