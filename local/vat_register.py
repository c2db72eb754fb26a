"""What a member state has registered about a company, and how it compares.

>>> same("Müller & Söhne GmbH", "MUELLER & SOEHNE  GMBH")
True
>>> same("Großer Ring 1", "Grosser Ring 2")
False
"""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from local.vat_answer import Strict

BERLIN = ZoneInfo("Europe/Berlin")
GERMAN_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

type Text = Annotated[str, Field(min_length=1, max_length=200)]


class Company(Strict):
    """Valid from the start of `valid_from` to the end of `valid_until`, both in German time.

    `dates` is the form in which eVatR gives the two: 2020-01-31 or 31.01.2020; it has used both.
    """

    name: Text
    street: Text
    postal_code: Text
    city: Text
    valid_from: date = date(2020, 1, 1)
    valid_until: date | None = None
    dates: Literal["iso", "german"] = "iso"

    def is_valid_today(self) -> bool:
        return not self.is_to_come() and not self.is_over()

    def is_to_come(self) -> bool:
        return today() < self.valid_from

    def is_over(self) -> bool:
        return self.valid_until is not None and self.valid_until < today()


def today() -> date:
    return datetime.now(BERLIN).date()


def same(registered: str, asked: str) -> bool:
    """Whether only case, accents and punctuation differ: registers are lenient about no more."""
    return _bare(registered) == _bare(asked)


def _bare(text: str) -> str:
    spelt = unicodedata.normalize("NFC", text).casefold().translate(GERMAN_LETTERS)
    return re.sub(r"[\W_]|[\u0300-\u036f]", "", unicodedata.normalize("NFKD", spelt))
