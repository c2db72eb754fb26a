"""Spreadsheets that strangers made, read by openpyxl row by row.

What is unpacked is limited before anything is parsed: an archive says how large its files are, and
none gives more than it has said. Rows and their strings take most of it; all other parts stay
small, and of tags there are only so many anywhere: openpyxl makes objects of them, slowly.
Entities are refused (openpyxl uses defusedxml where it is installed). Of a formula the value counts
that the customer saw. What a file may break stays inside: whatever openpyxl cannot read is no
spreadsheet.
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
from openpyxl.packaging.manifest import Manifest
from openpyxl.xml.constants import ARC_CONTENT_TYPES, SHARED_STRINGS, WORKSHEET_TYPE
from openpyxl.xml.functions import fromstring

from freischalt.domain.inverter_list import MOST_ROWS, ListRule
from freischalt.domain.list_rows import SheetRow

SHEET = "Wechselrichter"
"""The template's sheet; in a file without one, the first sheet counts."""

LARGEST_UNPACKED = 8_000_000
"""Ten thousand rows take 3 MB. The worst of XML takes eighty times its size in memory."""

LARGEST_PART = 300_000
"""Of styles, the workbook and the like: Excel writes 10 KB of them for a list."""

LARGE_PARTS = {WORKSHEET_TYPE, SHARED_STRINGS}
LARGE_NAMES = re.compile(r"xl/(worksheets/[^/]+|sharedStrings[^/]*)\.xml", re.IGNORECASE)

MOST_TAGS = 50 * MOST_ROWS
"""Opening and closing. Excel writes 30 for each row of a list, and one for each blank cell that
has a style. Each may be an object: this bounds a check to a few times that of the longest list.
"""

MOST_FILES = 500
LAST_ROW = 1_048_576  # of any spreadsheet; a file that names later rows is no such
COLUMNS = 20


class OpenpyxlSheets:
    """Fits the port `Sheets`."""

    def read(self, content: bytes) -> Sequence[SheetRow] | ListRule:
        try:
            with ZipFile(BytesIO(content)) as archive:
                if _is_too_large(archive):
                    return ListRule.TOO_LARGE
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # they quote what cells hold
                return list(_rows(content))
        except Exception:  # noqa: BLE001 - openpyxl raises whatever a broken file leads to
            return ListRule.NOT_XLSX


def _is_too_large(archive: ZipFile) -> bool:
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > LARGEST_UNPACKED or len(parts) > MOST_FILES:
        return True
    large = {part.filename for part in parts if part.file_size > LARGEST_PART}
    if ARC_CONTENT_TYPES in large or not all(map(LARGE_NAMES.fullmatch, large)):
        return True
    if large and not large <= _rows_and_strings(archive):
        return True
    return sum(archive.read(part).count(b"<") for part in parts) > MOST_TAGS


def _rows_and_strings(archive: ZipFile) -> set[str]:
    """The parts that are declared to be that, and nothing else."""
    types: Any = fromstring(archive.read(ARC_CONTENT_TYPES))
    manifest: Any = Manifest.from_tree(types)
    declared = manifest.Override
    others = {part.PartName for part in declared if part.ContentType not in LARGE_PARTS}
    return {part.PartName.lstrip("/") for part in declared if part.PartName not in others}


def _rows(content: bytes) -> Iterator[SheetRow]:
    book = openpyxl.load_workbook(
        BytesIO(content), read_only=True, data_only=True, keep_links=False
    )
    try:
        sheets: list[Any] = book.worksheets
        sheet = next((each for each in sheets if each.title == SHEET), sheets[0])
        sheet.reset_dimensions()  # what it says of its own size may be wrong
        yield from _not_blank(sheet)
    finally:
        book.close()


def _not_blank(sheet: Any) -> Iterator[SheetRow]:
    left = 1 + MOST_ROWS + 1
    cells = sheet.iter_rows(max_row=LAST_ROW, max_col=COLUMNS, values_only=True)
    for number, values in enumerate(cells, start=1):
        if any(value is not None and str(value).strip() for value in values):
            yield SheetRow(number, values)
            left -= 1
            if not left:
                return
