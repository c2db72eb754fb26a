"""In which language a client is answered."""

import re

from freischalt.domain.user import Language

ENGLISH_FIRST = re.compile(r"\s*(?P<language>[A-Za-z*]+)[^,;]*(;\s*q=(?P<weight>[0-9.]{1,5}))?\s*")


def preferred(accept_language: str) -> Language:
    """German, unless English is wanted more.

    >>> preferred("en-GB,de;q=0.8"), preferred("fr"), preferred("en;q=0.1, de")
    (<Language.ENGLISH: 'en'>, <Language.GERMAN: 'de'>, <Language.GERMAN: 'de'>)
    """
    weights = {Language.GERMAN: 0.0, Language.ENGLISH: 0.0}
    for part in accept_language[:200].split(","):
        found = ENGLISH_FIRST.fullmatch(part)
        if found and found["language"].lower() in weights:
            language = Language(found["language"].lower())
            weights[language] = max(weights[language], _weight(found["weight"]))
    wanted = weights[Language.ENGLISH] > weights[Language.GERMAN]
    return Language.ENGLISH if wanted else Language.GERMAN


def _weight(text: str | None) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
