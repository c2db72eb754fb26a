"""Cents, rates and days as they are written: for machines, and for readers of each language."""

from datetime import date

from freischalt.domain.user import Language


def decimal(cents: int) -> str:
    """In the way of XML.

    >>> decimal(5831), decimal(-5), decimal(0)
    ('58.31', '-0.05', '0.00')
    """
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def money(cents: int, language: Language) -> str:
    """As readers of the language write it.

    >>> money(123456, Language.GERMAN), money(-123456, Language.ENGLISH)
    ('1.234,56', '-1,234.56')
    """
    written = f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
    return _localised(written, language)


def percent(basis_points: int, language: Language) -> str:
    """Basis points as a percentage.

    >>> percent(1900, Language.GERMAN), percent(2550, Language.GERMAN)
    ('19 %', '25,5 %')
    """
    return _localised(f"{basis_points / 100:g}", language) + " %"


def day(value: date, language: Language) -> str:
    """A date for readers.

    >>> day(date(2026, 11, 2), Language.GERMAN), day(date(2026, 11, 2), Language.ENGLISH)
    ('02.11.2026', '2 November 2026')
    """
    if language is Language.GERMAN:
        return f"{value:%d.%m.%Y}"
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _localised(number: str, language: Language) -> str:
    if language is Language.GERMAN:
        return number.translate({ord(","): ".", ord("."): ","})
    return number
