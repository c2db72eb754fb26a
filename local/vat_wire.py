"""What VIES and eVatR have in common: a question in JSON, an answer in JSON."""

import json
from typing import Any, NamedTuple, Protocol

from local.vat_answer import Service

type Json = dict[str, Any]


class Reply(NamedTuple):
    """An answer as the service's own documentation has it."""

    http: int
    body: Json


class Wire(Protocol):
    """One call of one service. `given` is None where the body is no JSON object."""

    @property
    def service(self) -> Service: ...

    def vat_id(self, given: Json | None) -> str:
        """Read the VAT ID asked about: with its prefix, in capitals, and not checked."""

    def refusal(self, given: Json | None) -> str | None:
        """Give the code for a question that is wrong in itself."""

    def by_register(self, given: Json) -> Reply:
        """Answer a question that is right."""

    def by_code(self, code: str, given: Json | None) -> Reply:
        """Say this code."""


def parse(body: bytes) -> Json | None:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None


def text(given: Json | None, name: str) -> str:
    """Give a field without the space around it; what is missing or no text is empty."""
    value = (given or {}).get(name)
    return value.strip() if isinstance(value, str) else ""
