"""JSON that can be read in one way only: from clients, and from services that we ask."""

import json
from typing import Any


def strict_json(text: str) -> Any:
    """JSON without NaN, without doubled names, and not too deep. Raises JSONDecodeError.

    >>> strict_json('{"a": 1}')
    {'a': 1}
    >>> strict_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    json.decoder.JSONDecodeError: a name stands twice: line 1 column 1 (char 0)
    """
    try:
        return json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except (RecursionError, _Unwanted, UnicodeError) as error:
        rule = str(error) if isinstance(error, _Unwanted) else "too deep"
        raise json.JSONDecodeError(rule, "", 0) from None


class _Unwanted(Exception):
    pass


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unwanted("a name stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise _Unwanted(f"{name} is no JSON")
