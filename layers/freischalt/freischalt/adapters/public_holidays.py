"""Public holidays of the vendor's country and region, by the library `holidays`."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from freischalt.domain.term_catalogue import Holidays


def is_holiday_in(where: Holidays) -> Callable[[date], bool]:
    """The library is loaded with the first question: seldom is there one."""

    @cache
    def calendar() -> Any:
        import holidays  # noqa: PLC0415 - half a second

        return holidays.country_holidays(where.country, subdiv=where.region)

    return lambda day: day in calendar()
