"""Reads a JSON body strictly, and says everything that is wrong with it at once.

The answer to a bad body is 422 `{"errors": [{"field": "from", "rule": "e164"}, …]}`; the field
`body` stands for the whole. A check takes a value and gives the name of the rule it breaks.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

type Check = Callable[[Any], str | None]

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
LONGEST_TEXT = 1600  # characters: as much as the SMS service carries


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body: what it must hold, and whether it must be there."""

    check: Check
    required: bool = True


class BadRequestError(Exception):
    """The request breaks rules: field and rule, for each."""

    def __init__(self, *broken: tuple[str, str]) -> None:
        super().__init__(broken)
        self.broken = broken


async def answer_bad_request(_request: Request, bad: Exception) -> JSONResponse:
    """Fit Starlette's exception handlers."""
    broken = bad.broken if isinstance(bad, BadRequestError) else ()
    errors = [{"field": field, "rule": rule} for field, rule in broken]
    return JSONResponse({"errors": errors}, HTTPStatus.UNPROCESSABLE_ENTITY)


def read(body: bytes, fields: Mapping[str, Field]) -> dict[str, Any]:
    """Give the body's fields, or raise BadRequestError."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as malformed:
        raise BadRequestError(("body", "json")) from malformed
    if not isinstance(given, dict):
        raise BadRequestError(("body", "object"))
    broken = [(name, "unknown") for name in given if name not in fields]
    for name, field in fields.items():
        if name not in given:
            broken += [(name, "required")] if field.required else []
        elif rule := field.check(given[name]):
            broken.append((name, rule))
    if broken:
        raise BadRequestError(*broken)
    return given


def e164(value: Any) -> str | None:
    if not isinstance(value, str):
        return "string"
    return None if E164.fullmatch(value) else "e164"


def sms_text(value: Any) -> str | None:
    if not isinstance(value, str):
        return "string"
    if not value:
        return "not_empty"
    if len(value) > LONGEST_TEXT:
        return "max_length"
    # no phone can send these: NUL, and halves of a surrogate pair
    return "characters" if re.search("[\0\ud800-\udfff]", value) else None


def one_of(allowed: Collection[str]) -> Check:
    return lambda value: None if isinstance(value, str) and value in allowed else "one_of"


def positive_integer(value: Any) -> str | None:
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    return None if is_integer and value > 0 else "positive_integer"
