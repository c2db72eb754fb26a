"""The Excel file that customers fill in: written as a spreadsheet's XML, with the standard library.

Serials and codes are text, so that no leading zero is lost; the types are chosen from those of the
catalogue. The parts and their order are those of ECMA-376, part 1, 18.3.
"""

import io
from collections.abc import Collection
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from freischalt.domain.inverter_list import MOST_ROWS, ListColumn
from freischalt.domain.list_rows import TITLES

SHEET, TYPES = "Wechselrichter", "Typen"
NAME = "wechselrichterliste.xlsx"
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SOME_DAY = (1980, 1, 1, 0, 0, 0)  # in the archive, so that the same types are the same file

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PART = "application/vnd.openxmlformats-officedocument.spreadsheetml"

CONTENT_TYPES = f"""<Types xmlns="{PACKAGE}/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/xl/workbook.xml" ContentType="{PART}.sheet.main+xml"/>\
<Override PartName="/xl/styles.xml" ContentType="{PART}.styles+xml"/>\
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{PART}.worksheet+xml"/>\
<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{PART}.worksheet+xml"/>\
</Types>"""
PACKAGE_RELATIONS = f"""<Relationships xmlns="{PACKAGE}/relationships">\
<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>\
</Relationships>"""
BOOK = f"""<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>\
<sheet name="{SHEET}" sheetId="1" r:id="rId1"/><sheet name="{TYPES}" sheetId="2" r:id="rId2"/>\
</sheets></workbook>"""
BOOK_RELATIONS = f"""<Relationships xmlns="{PACKAGE}/relationships">\
<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>\
<Relationship Id="rId2" Type="{RELATIONS}/worksheet" Target="worksheets/sheet2.xml"/>\
<Relationship Id="rId3" Type="{RELATIONS}/styles" Target="styles.xml"/>\
</Relationships>"""
AS_TEXT, AS_TITLE = 1, 2  # places in cellXfs; number format 49 is text
STYLES = f"""<styleSheet xmlns="{MAIN}">\
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>\
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="2"><fill><patternFill patternType="none"/></fill>\
<fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" \
applyFont="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>\
</styleSheet>"""
WIDTH = 34
HEADER_STAYS = """<sheetViews><sheetView tabSelected="1" workbookViewId="0">\
<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>\
</sheetViews>"""


def list_template(types: Collection[str]) -> bytes:
    """The file, with these types to choose from."""
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": PACKAGE_RELATIONS,
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": BOOK_RELATIONS,
        "xl/styles.xml": STYLES,
        "xl/worksheets/sheet1.xml": _list_sheet(len(types)),
        "xl/worksheets/sheet2.xml": _types_sheet(types),
    }
    written = io.BytesIO()
    with ZipFile(written, "w") as archive:
        for name, xml in parts.items():
            archive.writestr(ZipInfo(name, SOME_DAY), XML + xml, ZIP_DEFLATED)
    return written.getvalue()


def _list_sheet(types: int) -> str:
    columns = list(ListColumn)
    cells = "".join(
        _cell(f"{_letter(place)}1", " / ".join(dict.fromkeys(TITLES[column])), AS_TITLE)
        for place, column in enumerate(columns)
    )
    where = _letter(columns.index(ListColumn.TYPE))
    choice = (
        '<dataValidations count="1"><dataValidation type="list" allowBlank="1" '
        f'showErrorMessage="1" sqref="{where}2:{where}{1 + MOST_ROWS}">'
        f"<formula1>{TYPES}!$A$1:$A${types}</formula1></dataValidation></dataValidations>"
    )
    return (
        f'<worksheet xmlns="{MAIN}">{HEADER_STAYS}'
        f'<cols><col min="1" max="{len(columns)}" width="{WIDTH}" style="{AS_TEXT}" '
        f'customWidth="1"/></cols><sheetData><row r="1">{cells}</row></sheetData>'
        f"{choice if types else ''}</worksheet>"
    )


def _types_sheet(types: Collection[str]) -> str:
    rows = "".join(
        f'<row r="{number}">{_cell(f"A{number}", name, AS_TEXT)}</row>'
        for number, name in enumerate(types, start=1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def _letter(place: int) -> str:
    return "ABCDEFGHIJ"[place]


def _cell(where: str, text: str, style: int) -> str:
    return f'<c r="{where}" s="{style}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
