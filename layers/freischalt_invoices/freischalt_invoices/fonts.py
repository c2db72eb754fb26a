"""The font of the invoices, Fira Sans: Latin, Greek and Cyrillic. A PDF gets the letters it uses.

What it lacks (a name in Chinese) is written in Latin letters: PDF/A allows no empty boxes, and the
XML inside has the original.
"""

from importlib.resources import files
from typing import TYPE_CHECKING

from anyascii import anyascii

if TYPE_CHECKING:
    from fpdf import FPDF

FAMILY = "fira"
FILES = {"": "FiraSans-Regular.ttf", "B": "FiraSans-Bold.ttf"}


def add_fonts(pdf: "FPDF") -> None:
    folder = files("fontpkg_fira_sans") / "files"
    for style, name in FILES.items():
        pdf.add_font(FAMILY, style, str(folder / name))


def writable(text: str, known: frozenset[int]) -> str:
    """The text in characters that the font knows.

    >>> writable("Ø中", frozenset(map(ord, "Ø")))
    'ØZhong'
    """
    return "".join(char if ord(char) in known else anyascii(char) for char in text)
