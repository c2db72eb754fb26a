"""Postal codes by country, where their form is certain (Universal Postal Union, addressing guides).

>>> is_postal_code("72555", "DE"), is_postal_code("7255", "DE"), is_postal_code("1010", "AT")
(True, False, True)
>>> is_postal_code("SW1A 1AA", "GB"), is_postal_code("#1", "GB")
(True, False)
"""

import re

DIGITS = {
    **dict.fromkeys(("AT", "BE", "BG", "CH", "CY", "DK", "HU", "LI", "LU", "NO", "SI"), 4),
    **dict.fromkeys(("DE", "EE", "ES", "FI", "FR", "HR", "IT", "TR"), 5),
    **dict.fromkeys(("RO", "SG"), 6),
}
FORMS = {country: rf"[0-9]{{{digits}}}" for country, digits in DIGITS.items()} | {
    "CZ": r"[0-9]{3} ?[0-9]{2}",
    "GR": r"[0-9]{3} ?[0-9]{2}",
    "NL": r"[1-9][0-9]{3} ?[A-Z]{2}",
    "PL": r"[0-9]{2}-[0-9]{3}",
    "PT": r"[0-9]{4}-[0-9]{3}",
    "SE": r"[0-9]{3} ?[0-9]{2}",
    "SK": r"[0-9]{3} ?[0-9]{2}",
}
ANY = r"[0-9A-Z]([0-9A-Z -]{0,10}[0-9A-Z])?"


def is_postal_code(text: str, country: str) -> bool:
    return re.fullmatch(FORMS.get(country, ANY), text) is not None
