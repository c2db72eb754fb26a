"""What strangers upload: every row of a list, or that it is none, within what the function has."""

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Alignment

from freischalt.adapters import openpyxl_sheets
from freischalt.adapters.openpyxl_sheets import SHEET, OpenpyxlSheets
from freischalt.domain.inverter_list import MOST_ROWS, ListRule
from freischalt.domain.list_rows import SheetRow
from tests.list_factories import HEADER, excel

SHEET_XML = "xl/worksheets/sheet1.xml"
BEGIN = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = "</sheetData></worksheet>"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def read(content: bytes) -> list[SheetRow]:
    rows = OpenpyxlSheets().read(content)
    assert not isinstance(rows, ListRule)
    return list(rows)


def cells(row: SheetRow) -> list[object]:
    return [cell for cell in row.cells if cell is not None]


def saved(change: Callable[[openpyxl.Workbook], object]) -> bytes:
    book = openpyxl.Workbook()
    change(book)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def with_part(name: str, xml: str | bytes, content: bytes | None = None) -> bytes:
    """An Excel file in which one part is something else."""
    written = io.BytesIO()
    with (
        ZipFile(io.BytesIO(content or excel())) as before,
        ZipFile(written, "w", ZIP_DEFLATED) as after,
    ):
        for entry in before.namelist():
            after.writestr(entry, xml if entry == name else before.read(entry))
    return written.getvalue()


# --- lists


def test_rows_have_their_numbers_and_blank_ones_are_left_out() -> None:
    rows = read(excel(("A", 1), (), (None, " "), ("B", 2.0)))

    assert [(row.number, cells(row)) for row in rows] == [
        (1, list(HEADER)),
        (2, ["A", 1]),
        (5, ["B", 2]),
    ]


def test_the_sheet_with_the_templates_name_counts_else_the_first() -> None:
    def two(book: openpyxl.Workbook) -> None:
        book.worksheets[0].append(["first"])
        book.create_sheet(SHEET).append(["named"])

    def one(book: openpyxl.Workbook) -> None:
        book.worksheets[0].append(["first"])
        book.create_sheet("Notizen").append(["second"])

    assert [cells(row) for row in read(saved(two))] == [["named"]]
    assert [cells(row) for row in read(saved(one))] == [["first"]]


def test_formulas_dates_and_merged_cells() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.append(["=A9", date(2026, 11, 22), "merged", "away"])
        sheet["C1"].alignment = Alignment(wrap_text=True)
        sheet.merge_cells("C1:D1")

    (row,) = read(saved(fill))

    assert row.cells[0] is None  # nobody has computed it yet
    assert str(row.cells[1]) == "2026-11-22 00:00:00"
    assert row.cells[2:4] == ("merged", None)


def test_of_a_formula_the_value_counts_that_was_seen() -> None:
    xml = BEGIN + '<row r="1"><c r="A1" t="str"><f>B1</f><v>SN-1</v></c></row>' + END

    assert [cells(row) for row in read(with_part(SHEET_XML, xml))] == [["SN-1"]]


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="A3"><v>3</v></c></row>'
    xml = (BEGIN + rows + END).replace("<sheetData>", '<dimension ref="A1:A1"/><sheetData>')

    assert [row.number for row in read(with_part(SHEET_XML, xml))] == [1, 3]


def test_one_row_too_many_is_read_so_that_it_can_be_told() -> None:
    rows = [("A",)] * (MOST_ROWS + 5)

    assert len(read(excel(*rows))) == 1 + MOST_ROWS + 1


# --- everything else


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Seriennummer;Aktivierungscode\n",
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504),  # an old Excel file, or one with a password
        excel()[:-30],
        with_part(SHEET_XML, "no XML"),
        with_part("xl/workbook.xml", "<workbook/>"),
        with_part(SHEET_XML, BEGIN + '<row r="1.5"/>' + END),
        with_part(SHEET_XML, BEGIN + '<row r="1"><c r="A1" t="s"><v>7</v></c></row>' + END),
    ],
    ids=["empty", "csv", "ole", "cut", "no xml", "no sheets", "half a row", "no such string"],
)
def test_what_is_no_list_is_told(content: bytes) -> None:
    assert OpenpyxlSheets().read(content) is ListRule.NOT_XLSX


def test_any_other_archive_is_no_list() -> None:
    written = io.BytesIO()
    with ZipFile(written, "w") as archive:
        archive.writestr("photo.jpg", b"...")

    assert OpenpyxlSheets().read(written.getvalue()) is ListRule.NOT_XLSX


def test_entities_are_refused() -> None:
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>'
    xml = f'<!DOCTYPE a [<!ENTITY b "x">]>{BEGIN}{row}{END}'

    assert openpyxl.DEFUSEDXML
    assert OpenpyxlSheets().read(with_part(SHEET_XML, xml)) is ListRule.NOT_XLSX


def test_a_bomb_is_not_unpacked() -> None:
    content = with_part(SHEET_XML, b" " * (openpyxl_sheets.LARGEST_UNPACKED + 1))

    assert len(content) < 100_000
    assert OpenpyxlSheets().read(content) is ListRule.TOO_LARGE


@pytest.mark.parametrize(
    "name",
    [
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/_rels/workbook.xml.rels",
        "xl/workbook.xml",
        "xl/styles.xml",
        "docProps/core.xml",
        "xl/worksheets/_rels/sheet1.xml.rels",
    ],
)
def test_all_but_rows_and_strings_is_small(name: str) -> None:
    """Of 8 MB of styles openpyxl makes 1.6 million objects: that takes minutes, and a gigabyte."""
    largest, larger = (b" " * (openpyxl_sheets.LARGEST_PART + more) for more in (0, 1))

    assert OpenpyxlSheets().read(with_more(name, larger)) is ListRule.TOO_LARGE
    assert OpenpyxlSheets().read(with_more(name, largest)) is not ListRule.TOO_LARGE


def with_more(name: str, xml: bytes) -> bytes:
    """An Excel file with that part, whether it had one of the name or not."""
    written = io.BytesIO(with_part(name, xml))
    with ZipFile(written, "a", ZIP_DEFLATED) as archive:
        if name not in archive.namelist():
            archive.writestr(name, xml)
    return written.getvalue()


def test_nothing_else_grows_large_under_the_name_of_a_sheet() -> None:
    """A file says itself where its workbook is."""
    content, types = excel(), "[Content_Types].xml"
    with ZipFile(io.BytesIO(content)) as archive:
        declared = archive.read(types).decode()
    twice = f'<Override PartName="/{SHEET_XML}" ContentType="{WORKBOOK}"/></Types>'
    undeclared = declared.replace(f"/{SHEET_XML}", "/xl/worksheets/sheet2.xml")
    padded = with_part(SHEET_XML, BEGIN + END + " " * openpyxl_sheets.LARGEST_PART)

    assert read(padded) == []
    for changed in (declared.replace("</Types>", twice), undeclared):
        assert OpenpyxlSheets().read(with_part(types, changed, padded)) is ListRule.TOO_LARGE


def tags(content: bytes) -> int:
    """Of the whole file, as an XML parser would find them."""
    with ZipFile(io.BytesIO(content)) as archive:
        return sum(
            len(re.findall(rb"<[/a-zA-Z?!]", archive.read(part))) for part in archive.filelist
        )


@pytest.mark.parametrize(
    ("part", "before", "tag", "after"),
    [
        (SHEET_XML, BEGIN + "<row>", "<c/>", "</row>" + END),
        (SHEET_XML, BEGIN, "<row/>", END),
        (SHEET_XML, BEGIN + '<row><c t="inlineStr"><is>', "<r/>", "</is></c></row>" + END),
        ("xl/sharedStrings.xml", "<sst>", "<si/>", "</sst>"),
    ],
    ids=["cells", "rows", "fonts", "strings"],
)
def test_of_more_tags_than_a_list_needs_nothing_is_parsed(
    part: str, before: str, tag: str, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8 MB of them are two million objects, and half a minute."""
    opened: list[object] = []
    load = openpyxl.load_workbook

    def opens(*args: Any, **more: Any) -> Any:
        opened.append(args)
        return load(*args, **more)

    def with_tags(number: int) -> bytes:
        return with_more(part, f"{before}{tag * number}{after}".encode())

    monkeypatch.setattr(openpyxl, "load_workbook", opens)
    monkeypatch.setattr(openpyxl_sheets, "MOST_TAGS", 1_000)
    left = 1_000 - tags(with_tags(0))

    assert left > 0
    assert OpenpyxlSheets().read(with_tags(left + 1)) is ListRule.TOO_LARGE
    assert opened == []
    assert isinstance(OpenpyxlSheets().read(with_tags(left)), list)
    assert len(opened) == 1


def test_the_longest_list_needs_hardly_more_than_half_of_the_tags() -> None:
    """With inline strings, as not even Excel writes them."""
    full = [("SN", "code", "type", "name")] * MOST_ROWS

    assert tags(excel(*full)) < 0.6 * openpyxl_sheets.MOST_TAGS


def test_an_archive_that_lies_about_its_size_is_not_unpacked_either() -> None:
    content = with_part(SHEET_XML, b" " * 300_000)
    lying = content.replace((300_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))

    assert lying != content
    assert OpenpyxlSheets().read(lying) is ListRule.NOT_XLSX


def test_an_archive_of_very_many_files_is_not_read() -> None:
    written = io.BytesIO()
    with ZipFile(written, "w") as archive:
        for number in range(openpyxl_sheets.MOST_FILES + 1):
            archive.writestr(f"{number}.xml", b"")

    assert OpenpyxlSheets().read(written.getvalue()) is ListRule.TOO_LARGE


def test_a_row_beyond_all_rows_takes_no_time() -> None:
    row = '<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>'

    assert read(with_part(SHEET_XML, BEGIN + row + END)) == []


@settings(max_examples=50, deadline=None)
@given(content=st.binary(max_size=400), cut=st.integers(0, 4_000))
def test_whatever_the_bytes_nothing_is_raised(content: bytes, cut: int) -> None:
    good = excel(("A", 1))
    for damaged in (content, good[:cut] + content + good[cut + len(content) :]):
        assert isinstance(OpenpyxlSheets().read(damaged), list | ListRule)
