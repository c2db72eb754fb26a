"""A company's name and address in the characters that the VAT services take."""

from freischalt.domain.latin import ALLOWED, LatinCompany, forbidden_in, german
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode

LONGEST = 120
"""As the fields themselves."""

POSTAL_CODE = "/address/postalCode"

POINTERS = {"name": "/name", "street": "/address/street", "city": "/address/city"}
"""A Latin form is entered beside its original: in `/nameLatin`, `/address/streetLatin`, …"""


def transliterated(text: str) -> str:
    """In allowed characters alone, as a suggestion; empty if nothing is left.

    >>> transliterated("Müller & Söhne, Ωμέγα A/S")
    'Mueller & Soehne, Omega A S'
    """
    # imported here: it reads its tables from disk, and few calls are about names
    from anyascii import anyascii  # noqa: PLC0415

    latin = (char if char in ALLOWED else anyascii(char) for char in german(text))
    allowed = (char if char in ALLOWED else " " for chars in latin for char in chars)
    return " ".join("".join(allowed).split())[:LONGEST].rstrip()


def company_in_latin(
    name: str,
    street: str,
    city: str,
    *,
    name_latin: str | None = None,
    street_latin: str | None = None,
    city_latin: str | None = None,
) -> LatinCompany | Refusal:
    """What is sent to the services: what was entered, or its Latin form where one is needed.

    >>> company_in_latin("Öko GmbH", "Weg 1", "Wien").problems
    (FieldProblem(pointer='/name', rule=<FieldRule.NOT_LATIN: 'NOT_LATIN'>),)
    >>> company_in_latin("Öko GmbH", "Weg 1", "Wien", name_latin="Oeko GmbH").name
    'Oeko GmbH'
    """
    entered = {
        "name": (name, name_latin),
        "street": (street, street_latin),
        "city": (city, city_latin),
    }
    found = (_problem(POINTERS[field], *texts) for field, texts in entered.items())
    if problems := tuple(filter(None, found)):
        return Refusal(RefusalCode.NOT_LATIN, problems=problems)
    return LatinCompany(
        name=_used(*entered["name"]),
        street=_used(*entered["street"]),
        city=_used(*entered["city"]),
    )


def _problem(pointer: str, original: str, latin: str | None) -> FieldProblem | None:
    used = _used(original, latin)
    if forbidden := forbidden_in(used):
        where = pointer if used is original else f"{pointer}Latin"
        return FieldProblem(where, FieldRule.NOT_LATIN, forbidden, transliterated(used) or None)
    return None


def _used(original: str, latin: str | None) -> str:
    """A second form of what needs none would be another company."""
    needed = forbidden_in(original) and latin is not None and latin.strip()
    return latin if needed and latin is not None else original
