"""CSV as a German spreadsheet opens it without questions: semicolons, decimal commas, and a mark.

No cell has a text that anybody can choose freely: a spreadsheet would take one that begins with
`=` for a formula. Whoever adds such a column has to see to that.
"""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = StringIO()
    writer = csv.writer(lines, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return lines.getvalue()


def as_file(text: str) -> bytes:
    return text.encode("utf-8-sig")
