"""A list of inverters that a customer uploads: all of its rows become inverters, or none.

    waiting ──→ checking ──→ published
       │ │          └──────→ refused
       │ └─────────────────→ refused
       └───────────────────→ expired: nothing was uploaded

While it is checked, its inverters and the codes that they use are staged, and its plant names it as
unpublished: nothing staged counts. Refused is for good: what it had staged is void from that moment
on, whoever takes it away, and the plant names the list until the last of it is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from freischalt.domain.ids import AccountNumber, PlantId, account_of
from freischalt.domain.plant import Power

LARGEST_FILE = 5_000_000
MOST_ROWS = 10_000
UPLOAD_WITHIN = timedelta(minutes=10)
EXPIRES_AFTER = timedelta(hours=1)
"""Later than the last moment at which an upload can begin, so that a slow one still counts."""

ABANDONED_AFTER = timedelta(days=1)
"""A list that is still not published then is given up: its file is forgotten by then, too."""

MOST_AT_ONCE = 5
"""Lists of an account that wait or are checked: each takes its time."""

PROBLEMS_KEPT = 200


class ListState(StrEnum):
    WAITING = "waiting"
    CHECKING = "checking"
    PUBLISHED = "published"
    REFUSED = "refused"
    EXPIRED = "expired"


class ListColumn(StrEnum):
    SERIAL = "serial"
    CODE = "code"
    TYPE = "type"
    NAME = "name"


class ListRule(StrEnum):
    """What can be wrong; each has a sentence in both languages in `texts_lists`."""

    NOT_XLSX = "NOT_XLSX"
    TOO_LARGE = "TOO_LARGE"
    NO_SUCH_COLUMN = "NO_SUCH_COLUMN"
    COLUMN_TWICE = "COLUMN_TWICE"
    NO_ROWS = "NO_ROWS"
    TOO_MANY_ROWS = "TOO_MANY_ROWS"
    FILE_GONE = "FILE_GONE"
    FILE_REPLACED = "FILE_REPLACED"
    ABANDONED = "ABANDONED"
    PLANT_ENDED = "PLANT_ENDED"
    GROWTH_NOT_ACCEPTED = "GROWTH_NOT_ACCEPTED"

    MISSING = "MISSING"
    NOT_TEXT = "NOT_TEXT"
    MALFORMED = "MALFORMED"
    TOO_LONG = "TOO_LONG"
    TYPE_UNKNOWN = "TYPE_UNKNOWN"
    TWICE = "TWICE"
    CODE_WRONG = "CODE_WRONG"
    CODE_USED = "CODE_USED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListProblem:
    """One rule that the file breaks, in that row and column as the spreadsheet shows them.

    No row: it is about the file. `parameters` are what its sentence names; never a code.
    """

    rule: ListRule
    row: int | None = None
    column: ListColumn | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterList:
    """`digest` is that of the file which is checked, `staged` how many of its `rows` are staged.

    `power` is that of what is staged. `on_plant`: the plant names it as unpublished. Of very many
    problems the first are kept, and how many `more_problems` there are.
    """

    id: str
    plant: PlantId
    by: str
    created_at: datetime
    accepts_growth: bool = False
    state: ListState = ListState.WAITING
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    digest: str | None = None
    rows: int = 0
    staged: int = 0
    power: Power = field(default_factory=Power)
    on_plant: bool = False
    problems: tuple[ListProblem, ...] = ()
    more_problems: int = 0
    version: int = 0

    @property
    def account(self) -> AccountNumber:
        return account_of(self.plant)

    @property
    def due_at(self) -> datetime | None:
        """When it is given up, or cleared away, if nobody has brought it to its end; None: done."""
        if self.state is ListState.WAITING:
            return self.created_at + EXPIRES_AFTER
        if self.on_plant:
            return (self.begun_at or self.created_at) + ABANDONED_AFTER
        return None

    @property
    def is_open(self) -> bool:
        """Whether it has not come to its end."""
        return self.state in {ListState.WAITING, ListState.CHECKING}

    @property
    def is_void(self) -> bool:
        """Whether nothing that it has staged will ever count, and others may take its place."""
        return self.state is ListState.REFUSED

    def begun(self, digest: str, rows: int, at: datetime) -> Self:
        return replace(
            self,
            state=ListState.CHECKING,
            digest=digest,
            rows=rows,
            begun_at=at,
            on_plant=True,
        )

    def with_staged(self, rows: int, power: Power) -> Self:
        return replace(self, staged=self.staged + rows, power=self.power + power)

    def published(self, at: datetime) -> Self:
        return replace(self, state=ListState.PUBLISHED, ended_at=at, on_plant=False)

    def refused(self, problems: tuple[ListProblem, ...], at: datetime) -> Self:
        return replace(
            self,
            state=ListState.REFUSED,
            ended_at=at,
            problems=problems[:PROBLEMS_KEPT],
            more_problems=max(0, len(problems) - PROBLEMS_KEPT),
        )

    def expired(self, at: datetime) -> Self:
        return replace(self, state=ListState.EXPIRED, ended_at=at)

    def cleared(self) -> Self:
        return replace(self, on_plant=False)
