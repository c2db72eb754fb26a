"""The local stack's clock: the real time, or ahead of it, to watch a licence expire.

How far ahead it is stands in a file, as whole seconds: so it is the same after a restart, and all
processes follow at once. The functions read it by `function_start/sitecustomize.py`, MiniStack by
its mends; the product has no switch for it.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

FARTHEST = timedelta(days=3660)  # as long as evidence is kept
VARIABLE = "FREISCHALT_CLOCK"  # names the file to MiniStack and to every function


class ClockError(Exception):
    """The clock does not go there: `rule` is `forward` or `too_far`."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def real_time() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """`file` need not be there: then the clock shows the real time."""

    file: Path

    def ahead(self) -> timedelta:
        try:
            return timedelta(seconds=int(self.file.read_text("ascii")))
        except FileNotFoundError:
            return timedelta()

    def now(self) -> datetime:
        return real_time() + self.ahead()

    def move(self, by: timedelta) -> None:
        """Put it forward. There is one who does: the servers. Raises ClockError."""
        ahead = self.ahead() + by
        if by <= timedelta():
            raise ClockError("forward")
        if ahead > FARTHEST:
            raise ClockError("too_far")
        written = self.file.with_suffix(".new")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(str(int(ahead.total_seconds())), "ascii")
        os.replace(written, self.file)  # noqa: PTH105 - who reads now reads the old or the new one


def clock_in(folder: Path) -> Clock:
    return Clock(folder.absolute() / "clock")
