"""Spreadsheets that strangers made, read by openpyxl row by row.

What is unpacked is limited before anything is parsed: an archive says how large its files are, and
none gives more than it has said. Entities are refused (openpyxl uses defusedxml where it is
installed). Of a formula the value counts that the customer saw. What a file may break stays inside:
whatever openpyxl cannot read is no spreadsheet.
"""

import warnings
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import openpyxl

from freischalt.domain.inverter_list import MOST_ROWS, ListRule
from freischalt.domain.list_rows import SheetRow

SHEET = "Wechselrichter"
"""The template's sheet; in a file without one, the first sheet counts."""

LARGEST_UNPACKED = 8_000_000
"""Ten thousand rows take 3 MB. The worst of XML takes eighty times its size in memory."""

MOST_FILES = 500
LAST_ROW = 1_048_576  # of any spreadsheet; a file that names later rows is no such
COLUMNS = 20


class OpenpyxlSheets:
    """Fits the port `Sheets`."""

    def read(self, content: bytes) -> Sequence[SheetRow] | ListRule:
        rule = _too_large(content)
        if rule:
            return rule
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # they quote what cells hold
                return list(_rows(content))
        except Exception:  # noqa: BLE001 - openpyxl raises whatever a broken file leads to
            return ListRule.NOT_XLSX


def _too_large(content: bytes) -> ListRule | None:
    try:
        with ZipFile(BytesIO(content)) as archive:
            sizes = [entry.file_size for entry in archive.infolist()]
    except (BadZipFile, ValueError, NotImplementedError):
        return ListRule.NOT_XLSX
    too_large = sum(sizes) > LARGEST_UNPACKED or len(sizes) > MOST_FILES
    return ListRule.TOO_LARGE if too_large else None


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
