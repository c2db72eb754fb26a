"""What reading both registries shares: what an answer can come to, and JSON without surprises.

>>> json_object('{"valid": true}')
{'valid': True}
>>> json_object('{"valid": false, "valid": true}'), json_object("<html>"), json_object("[]")
(None, None, None)
>>> same_id("ATU33864707", " at u338-647.07"), same_id("ATU33864707", "ATU33864708")
(True, False)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from freischalt.domain.strict_json import strict_json
from freischalt.domain.vat import FieldVerdict, VatField, VatReading, VatVerdict

MOST = 64 * 1024
"""Characters; the longest answer that either service is known to give has less than 1 000."""

REQUEST_ID = re.compile(r"[!-~]{1,64}")
NOT_IN_IDS = str.maketrans("", "", " \t\r\n.,-_/()'")  # + and * are: Irish numbers have them
FROM_THE_QUESTION = {200, 400}
LATER = {408, 429}


def _request_id(told: object) -> str | None:
    """Only what can be stored and printed: half a surrogate pair is JSON, but no text."""
    return told if isinstance(told, str) and REQUEST_ID.fullmatch(told) else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The columns of both tables; see `VatReading`."""

    verdict: VatVerdict = VatVerdict.UNDECIDED
    service_down: bool = False
    alarm: bool = False
    for_a_person: bool = False

    def reading(
        self,
        code: str,
        *,
        fields: Mapping[VatField, FieldVerdict] | None = None,
        request_id: object = None,
    ) -> VatReading:
        """A field that differs makes of what is valid a mismatch."""
        differs = FieldVerdict.DIFFERS in (fields or {}).values()
        return VatReading(
            verdict=VatVerdict.MISMATCH if differs else self.verdict,
            code=code,
            fields=fields or {},
            request_id=_request_id(request_id),
            service_down=self.service_down,
            alarm=self.alarm,
            for_a_person=self.for_a_person,
        )

    def compared(
        self,
        code: str,
        compared: Mapping[VatField, FieldVerdict | None],
        *,
        request_id: object = None,
    ) -> VatReading:
        """With a verdict on each field; None is one that cannot be read, and spoils all."""
        fields = {field: verdict for field, verdict in compared.items() if verdict is not None}
        if len(fields) < len(compared):
            return MEND.reading("UNREADABLE")
        return self.reading(code, fields=fields, request_id=request_id)


VALID = Outcome(VatVerdict.VALID)
VALID_BUT_PECULIAR = Outcome(VatVerdict.VALID, for_a_person=True)
INVALID = Outcome(VatVerdict.INVALID)
ASK_LATER = Outcome()
DOWN = Outcome(service_down=True)
MEND = Outcome(alarm=True)
SHUT_OUT = Outcome(service_down=True, alarm=True)

NO_ANSWER = DOWN.reading("NO_ANSWER")
CIRCUIT_OPEN = DOWN.reading("CIRCUIT_OPEN")
OTHER_NUMBER = MEND.reading("OTHER_NUMBER")
UNKNOWN_STATUS = MEND.reading("UNKNOWN_STATUS")


def unreadable(http_status: int, *, is_object: bool) -> VatReading:
    """An answer that is none of the documented ones.

    A page (maintenance), an overload or a failure behind the gate concern everybody, and pass. An
    unknown JSON object may be about this question alone: the service has changed, or we are wrong.
    So are we where a client error or a redirect comes: the address is not the right one.
    """
    this_question = is_object and http_status in FROM_THE_QUESTION
    our_address = 300 <= http_status < 500 and http_status not in LATER  # noqa: PLR2004 - HTTP's
    return Outcome(service_down=not this_question, alarm=this_question or our_address).reading(
        "UNREADABLE"
    )


def json_object(body: str) -> Mapping[str, object] | None:
    """None for whatever is no JSON object, is too long, or can be read in two ways."""
    if len(body) > MOST:
        return None
    try:
        read = strict_json(body)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def same_id(asked: str, told: str) -> bool:
    """Letter case, spaces and punctuation do not matter."""
    return _plain(asked) == _plain(told)


def _plain(vat_id: str) -> str:
    return vat_id.translate(NOT_IN_IDS).upper()
