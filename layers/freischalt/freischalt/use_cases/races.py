"""Whatever loses a race is decided again, on what is stored then."""

from collections.abc import Callable

from freischalt.errors import LostRace, TooManyRaces
from freischalt.ports import Pause


def until_it_holds[T](once: Callable[[], T], pause: Pause, *, tries: int) -> T:
    """What `once` gives as soon as it loses no race. Raises TooManyRaces."""
    for race in range(tries):
        if race:
            pause(race)
        try:
            return once()
        except LostRace:
            continue
    raise TooManyRaces
