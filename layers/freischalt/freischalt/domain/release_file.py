r"""A CSV file of releases: all rows are read and checked before anything is written.

Columns, in any order: account, carat_id, points, e, and user_information if there is any.

>>> file = read_releases(b"account,carat_id,points,e\n10001,12345678,31,yes\n10002,9a,5,no\n")
Traceback (most recent call last):
freischalt.errors.ImportRefused: line 3, column carat_id: a Carat-ID has 8 hex digits, not all zero

The id is that of the content: the order of rows and the case of letters do not matter.

>>> one = read_releases(b"account,carat_id,points,e\n10001,1234567A,31,YES\n")
>>> two = read_releases(b"carat_id;account;e;points\r\n1234567a;10001;yes;31\r\n")
>>> one.id == two.id, len(one.id), one.rows[0].grant
(True, 16, Grant(points=31, e_protocol=True, user_information=None))
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from io import StringIO
from itertools import batched

from freischalt.domain.account import account_number
from freischalt.domain.dongle import Grant
from freischalt.domain.ids import AccountNumber, ImportId
from freischalt.domain.licence import NO_DIGITS, CaratId, UserInformation
from freischalt.errors import ImportRefused

REQUIRED = ("account", "carat_id", "points", "e")
OPTIONAL = "user_information"
EIGHT_HEX_DIGITS = re.compile(r"[0-9A-Fa-f]{8}")
WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
MOST_POINTS = 999_999

DONGLES_A_CHUNK = 99  # and the import's own item: 100 is what DynamoDB takes in one transaction
ACCOUNTS_A_DONGLE = (
    100  # of one file, so that a chunk stays far below 4 MB and a dongle below 400 KB
)
MOST_ROWS = 100_000

type Grants = Mapping[CaratId, Mapping[AccountNumber, Grant]]


class ImportState(StrEnum):
    WRITING = "writing"
    PUBLISHED = "published"
    DISCARDING = "discarding"


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is: chunks before `next_chunk` are staged, the others are not."""

    state: ImportState
    next_chunk: int


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    line: int
    account: AccountNumber
    carat_id: CaratId
    grant: Grant

    @property
    def canonical(self) -> str:
        e_protocol = "yes" if self.grant.e_protocol else "no"
        information = self.grant.user_information or ""
        return f"{self.account},{self.carat_id},{self.grant.points},{e_protocol},{information}"


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file without mistakes; its rows are sorted by Carat-ID and account."""

    rows: tuple[ReleaseRow, ...]

    @property
    def id(self) -> ImportId:
        """Of the content, so that the same file goes on where it was interrupted."""
        content = "\n".join(row.canonical for row in self.rows)
        return ImportId(sha256(content.encode()).hexdigest()[:16])

    def chunks(self) -> list[Grants]:
        """The rows by dongle, in portions that one transaction takes; always the same ones."""
        dongles: dict[CaratId, dict[AccountNumber, Grant]] = {}
        for row in self.rows:
            dongles.setdefault(row.carat_id, {})[row.account] = row.grant
        return [dict(some) for some in batched(dongles.items(), DONGLES_A_CHUNK, strict=False)]


# --- single values, also for the command line


def carat_id(text: str) -> CaratId:
    if not EIGHT_HEX_DIGITS.fullmatch(text) or text == NO_DIGITS:
        raise ValueError("a Carat-ID has 8 hex digits, not all zero")
    return CaratId(text.upper())


def user_information(text: str) -> UserInformation:
    if not EIGHT_HEX_DIGITS.fullmatch(text) or text == NO_DIGITS:
        raise ValueError("user information has 8 hex digits, not all zero")
    return UserInformation(text.upper())


def _points(text: str) -> int:
    if not WHOLE_NUMBER.fullmatch(text):
        raise ValueError("points are a whole number from 0 to 999999")
    return int(text)


def _e_protocol(text: str) -> bool:
    if text.lower() not in {"yes", "no"}:
        raise ValueError("e is yes or no")
    return text.lower() == "yes"


# --- the file


def read_releases(content: bytes) -> ReleaseFile:
    """Read the file. Raises ImportRefused with every problem: line, column, rule."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ImportRefused([f"line {line}: not readable as UTF-8"]) from None
    problems: list[str] = []
    rows = sorted(_rows(text, problems), key=lambda row: (row.carat_id, row.account))
    if not problems:
        problems += _too_much(rows)
    if problems:
        raise ImportRefused(problems)
    return ReleaseFile(tuple(rows))


def _rows(text: str, problems: list[str]) -> Iterator[ReleaseRow]:
    """The good rows; what is wrong with the others is added to `problems`."""
    header = text.partition("\n")[0]
    reader = csv.reader(
        StringIO(text, newline=""),
        delimiter=";" if ";" in header and "," not in header else ",",
        strict=True,
    )
    seen: dict[tuple[AccountNumber, CaratId], int] = {}
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        if wrong := list(_wrong_columns(columns)):
            problems += wrong
            return
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            row = _row(reader.line_num, columns, cells, problems)
            if row is None:
                continue
            first = seen.setdefault((row.account, row.carat_id), row.line)
            if first != row.line:
                problems.append(
                    f"line {row.line}, column carat_id: account {row.account} and {row.carat_id} "
                    f"stand on line {first} already"
                )
            yield row
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: not readable as CSV: {error}")


def _wrong_columns(columns: list[str]) -> Iterator[str]:
    known = (*REQUIRED, OPTIONAL)
    for name, times in Counter(columns).items():
        if name not in known:
            yield f"line 1, column {name!r}: not known; known are {', '.join(known)}"
        elif times > 1:
            yield f"line 1, column {name}: stands {times} times"
    for name in REQUIRED:
        if name not in columns:
            yield f"line 1, column {name}: missing"


def _row(line: int, columns: list[str], cells: list[str], problems: list[str]) -> ReleaseRow | None:
    if len(cells) != len(columns):
        problems.append(
            f"line {line}, column {min(len(cells), len(columns)) + 1}: "
            f"the row has {len(cells)} columns, the first line {len(columns)}"
        )
        return None
    values = dict(zip(columns, map(str.strip, cells), strict=True))
    before = len(problems)

    def read[T](column: str, parse: Callable[[str], T], default: T) -> T:
        try:
            return parse(values[column])
        except ValueError as error:
            problems.append(f"line {line}, column {column}: {error}")
            return default

    account = read("account", account_number, AccountNumber(""))
    dongle = read("carat_id", carat_id, CaratId(""))
    points = read("points", _points, 1)
    e_protocol = read("e", _e_protocol, default=True)
    information = read(OPTIONAL, user_information, None) if values.get(OPTIONAL) else None
    if not points and not e_protocol:
        problems.append(f"line {line}, column points: neither points nor E are released")
    if len(problems) > before:
        return None
    return ReleaseRow(line, account, dongle, Grant(points, e_protocol, information))


def _too_much(rows: Iterable[ReleaseRow]) -> Iterator[str]:
    accounts = Counter(row.carat_id for row in rows)
    if not accounts:
        yield "line 2: the file has no rows"
    if accounts.total() > MOST_ROWS:
        yield f"line {MOST_ROWS + 2}: more than {MOST_ROWS} rows; split the file"
    for row in rows:
        if accounts[row.carat_id] > ACCOUNTS_A_DONGLE:
            accounts[row.carat_id] = 0  # said once
            yield (
                f"line {row.line}, column carat_id: {row.carat_id} stands for more than "
                f"{ACCOUNTS_A_DONGLE} accounts; split the file"
            )
