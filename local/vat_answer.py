"""One answer of a scenario.

| field | is |
| --- | --- |
| `kind` | `register` (by what is registered), `cut`, `html`, `truncated` or `empty` |
| `code` | an error of VIES or a status of eVatR, instead of the register's answer |
| `http` | its HTTP status, if not the usual one; a code unknown to `vat_codes.py` needs it |
| `seconds` | how long it takes |
| `fields` | fields of the answer that are different; null takes one out |

    {code: MS_UNAVAILABLE, http: 200}
    {seconds: 60}
    {fields: {vatNumber: "999999999"}}
    {kind: html, http: 503}
"""

import re
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from local.vat_codes import EVATR_STATUSES, VIES_ERRORS

LONGEST_WAIT = 120  # seconds: longer than any client waits


class Service(StrEnum):
    """Who is asked."""

    VIES = "vies"
    EVATR = "evatr"


CODES = {
    Service.VIES: re.compile("[A-Z][A-Z0-9_-]*"),
    Service.EVATR: re.compile("evatr-[0-9]{4}"),
}
HTTP = {
    Service.VIES: VIES_ERRORS,
    Service.EVATR: {code: status.http for code, status in EVATR_STATUSES.items()},
}


class Kind(StrEnum):
    """What comes over the wire. CUT: the connection is reset instead."""

    REGISTER = "register"
    CUT = "cut"
    HTML = "html"
    TRUNCATED = "truncated"
    EMPTY = "empty"


class Strict(BaseModel):
    """Takes nothing that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Answer(Strict):
    kind: Kind = Kind.REGISTER
    code: str | None = None
    http: Annotated[int, Field(ge=200, le=599, strict=True)] | None = None
    seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT)] = 0
    fields: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def only_json_has_a_code_and_fields(self) -> Self:
        is_json = self.kind in {Kind.REGISTER, Kind.TRUNCATED}
        if not is_json and (self.code or self.fields):
            raise ValueError(f"{self.kind} has neither code nor fields")
        if self.kind is Kind.CUT and self.http:
            raise ValueError("a connection that is cut has no HTTP status")
        return self


def check_answers(service: Service, answers: tuple[Answer, ...]) -> None:
    """Raise ValueError if this service cannot say one of these."""
    for code, http in ((answer.code, answer.http) for answer in answers if answer.code):
        if not CODES[service].fullmatch(code):
            raise ValueError(f"{code} is no code of {service}")
        if code not in HTTP[service] and not http:
            raise ValueError(f"{code} is not documented, so it needs `http`")
