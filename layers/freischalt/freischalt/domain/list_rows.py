"""The rows of a list of inverters, from the cells of a spreadsheet, or what is wrong with each.

The first row that is not blank names the columns, in any order, in German, English or both
(`Seriennummer / Serial number`). Type and name may be left out; an inverter without a type counts
as unknown until its real one is reported.

>>> header = SheetRow(1, ["Serial number", "Aktivierungscode", "Typ"])
>>> read_rows([header, SheetRow(2, [" sn-0001 ", "ABCD", None])], types=["AE 3TL 23"]).rows
(ListRow(number=2, serial='SN-0001', type='unknown', name=''),)
>>> wrong = SheetRow(3, [1234567.5, "ABCD", "AE 3TL"])
>>> [(each.row, each.column.value, each.rule.value)
...     for each in read_rows([header, wrong], types=["AE 3TL 23"]).problems]
[(3, 'serial', 'NOT_TEXT'), (3, 'type', 'TYPE_UNKNOWN')]
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from freischalt.domain.activation import inverter_serial
from freischalt.domain.ids import InverterSerial
from freischalt.domain.inverter_list import MOST_ROWS, ListColumn, ListProblem, ListRule
from freischalt.domain.plant import LONGEST_NAME, UNKNOWN

TITLES: Mapping[ListColumn, tuple[str, str]] = {
    ListColumn.SERIAL: ("Seriennummer", "Serial number"),
    ListColumn.CODE: ("Aktivierungscode", "Activation code"),
    ListColumn.TYPE: ("Typ", "Type"),
    ListColumn.NAME: ("Name", "Name"),
}
NEEDED = (ListColumn.SERIAL, ListColumn.CODE)

LONGEST = {
    ListColumn.SERIAL: 40,
    ListColumn.CODE: 40,
    ListColumn.TYPE: 60,
    ListColumn.NAME: LONGEST_NAME,
}
MOST_EXACT = 10**15
"""Spreadsheets keep 15 digits of a number: a longer one is not what was entered."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not blank: its number as the spreadsheet shows it, and what its cells hold."""

    number: int
    cells: Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One inverter of the list."""

    number: int
    serial: InverterSerial
    code: str = field(repr=False)
    type: str
    name: str


@dataclass(frozen=True, slots=True)
class RowsRead:
    """Rows count only if there are no problems."""

    rows: tuple[ListRow, ...] = ()
    problems: tuple[ListProblem, ...] = ()


def read_rows(sheet: Sequence[SheetRow], *, types: Collection[str]) -> RowsRead:
    """All rows, or all that is wrong with them."""
    if not sheet:
        return RowsRead(problems=(ListProblem(rule=ListRule.NO_ROWS),))
    header, *rest = sheet
    places, problems = _places(header)
    if problems:
        return RowsRead(problems=problems)
    if not rest:
        return RowsRead(problems=(ListProblem(rule=ListRule.NO_ROWS),))
    if len(rest) > MOST_ROWS:
        most = {"most": str(MOST_ROWS)}
        return RowsRead(problems=(ListProblem(rule=ListRule.TOO_MANY_ROWS, parameters=most),))
    reader = _Reader(places, types)
    for row in rest:
        reader.read(row)
    return RowsRead(tuple(reader.rows), tuple(reader.problems))


def _places(header: SheetRow) -> tuple[dict[ListColumn, int], tuple[ListProblem, ...]]:
    """Where each column is. Columns that we do not know are the customer's own."""
    places: dict[ListColumn, int] = {}
    problems = []
    for place, cell in enumerate(header.cells):
        column = _column(cell)
        if column is None:
            continue
        if column in places:
            problems.append(
                ListProblem(rule=ListRule.COLUMN_TWICE, row=header.number, column=column)
            )
        places.setdefault(column, place)
    problems += [
        ListProblem(rule=ListRule.NO_SUCH_COLUMN, row=header.number, column=column)
        for column in NEEDED
        if column not in places
    ]
    return places, tuple(problems)


def _column(cell: object) -> ListColumn | None:
    if not isinstance(cell, str):
        return None
    named = {_folded(part) for part in cell.split("/")}
    for column, titles in TITLES.items():
        if named & {_folded(title) for title in titles}:
            return column
    return None


def _folded(text: str) -> str:
    r"""How titles and types are compared: without case, spaces as one.

    >>> _folded(" AE\u00a03TL  23")
    'ae 3tl 23'
    """
    return " ".join(text.casefold().split())


class _Reader:
    """Collects rows and problems; a serial may be there once."""

    def __init__(self, places: Mapping[ListColumn, int], types: Collection[str]) -> None:
        self._places = places
        self._types = {_folded(name): name for name in types} | dict.fromkeys(
            ("", UNKNOWN), UNKNOWN
        )
        self._seen: dict[str, int] = {}
        self.rows: list[ListRow] = []
        self.problems: list[ListProblem] = []

    def read(self, row: SheetRow) -> None:
        before = len(self.problems)
        texts = {column: self._text(row, column) for column in ListColumn}
        serial = self._serial(row, texts[ListColumn.SERIAL])
        type_ = self._types.get(_folded(texts[ListColumn.TYPE] or ""))
        if type_ is None:
            self._problem(row, ListColumn.TYPE, ListRule.TYPE_UNKNOWN)
        if serial and len(self.problems) == before:
            self.rows.append(
                ListRow(
                    number=row.number,
                    serial=serial,
                    code=texts[ListColumn.CODE] or "",
                    type=type_ or UNKNOWN,
                    name=texts[ListColumn.NAME] or "",
                )
            )

    def _serial(self, row: SheetRow, text: str | None) -> InverterSerial | None:
        if not text:
            return None  # told already
        try:
            serial = inverter_serial(text)
        except ValueError:
            self._problem(row, ListColumn.SERIAL, ListRule.MALFORMED)
            return None
        first = self._seen.setdefault(serial, row.number)
        if first != row.number:
            self._problem(row, ListColumn.SERIAL, ListRule.TWICE, other=str(first))
        return serial

    def _text(self, row: SheetRow, column: ListColumn) -> str | None:
        """What the cell says; None, and a problem, if it is not fit."""
        place = self._places.get(column)
        cell = row.cells[place] if place is not None and place < len(row.cells) else None
        text = written(cell)
        if text is None:
            self._problem(row, column, ListRule.NOT_TEXT)
        elif not text and column in NEEDED:
            self._problem(row, column, ListRule.MISSING)
        elif len(text) > LONGEST[column]:
            self._problem(row, column, ListRule.TOO_LONG, most=str(LONGEST[column]))
            return None
        elif not text.isprintable():
            self._problem(row, column, ListRule.NOT_TEXT)
            return None
        return text

    def _problem(
        self, row: SheetRow, column: ListColumn, rule: ListRule, **parameters: str
    ) -> None:
        self.problems.append(
            ListProblem(rule=rule, row=row.number, column=column, parameters=parameters)
        )


def written(cell: object) -> str | None:
    r"""A cell as it was entered, if that can be known: not of dates, parts and long numbers.

    >>> [written(cell) for cell in (None, " A 1\u00a0", 1234567, 1234567.0, 1e15, 0.5, True)]
    ['', 'A 1', '1234567', '1234567', None, None, None]
    """
    match cell:
        case None:
            return ""
        case str():
            return " ".join(cell.split())
        case bool():
            return None
        case int() if abs(cell) < MOST_EXACT:
            return str(cell)
        case float() if cell.is_integer() and abs(cell) < MOST_EXACT:
            return str(int(cell))
    return None
