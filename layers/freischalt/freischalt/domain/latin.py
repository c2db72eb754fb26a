"""The characters that the VAT services take, and German letters written with them.

>>> forbidden_in("Müller & Söhne (Groß-Gerau) 1/2")
'üöß/'
>>> german("Ärzte, ÄRZTE, Straße, GROẞ")
'Aerzte, AERZTE, Strasse, GROSS'
"""

import re
from dataclasses import dataclass, field
from string import ascii_letters, digits
from unicodedata import normalize

ALLOWED = frozenset(ascii_letters + digits + "_.,-'!()[]–;:&* ")  # noqa: RUF001 - the source's

WORD = re.compile(r"[^\W\d_]+")
LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS"}
MIXED = str.maketrans(LETTERS)
CAPITALS = str.maketrans(LETTERS | {"Ä": "AE", "Ö": "OE", "Ü": "UE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LatinCompany:
    """A company's name and address as the services want them."""

    name: str = field(repr=False)
    street: str = field(repr=False)
    city: str = field(repr=False)


def forbidden_in(text: str) -> str:
    """The characters that are not allowed, each once, in their order."""
    return "".join(dict.fromkeys(char for char in text if char not in ALLOWED))


def german(text: str) -> str:
    """With the umlauts written out: Ä is AE in a word in capitals, which a ß does not make less."""
    return WORD.sub(lambda word: _written_out(word[0]), normalize("NFC", text))


def same_name(one: str, other: str) -> bool:
    """Whether two ways to write a person's name say the same: in any case, and any order.

    >>> same_name("Müller,  Änne", "änne MUELLER"), same_name("Anna Huber", "Anna Hubert")
    (True, False)
    """
    return _parts(one) == _parts(other)


def _parts(name: str) -> list[str]:
    return sorted(german(name).casefold().replace(",", " ").split())


def _written_out(word: str) -> str:
    in_capitals = len(word) > 1 and word.replace("ß", "").isupper()
    return word.translate(CAPITALS if in_capitals else MIXED)
