"""Reading what VIES answers.

A verdict exists only where a body of HTTP 200 is an object with a boolean `valid`, and echoes the
number that was asked about. Errors come with HTTP 200, too, and are no verdict.

>>> from freischalt.domain.vat import VatService
>>> question = VatQuestion(service=VatService.VIES, vat_id="ATU33864707",
...     name="Red Bull GmbH", street="", postal_code="", city="")
>>> echo = '"countryCode": "AT", "vatNumber": "U33864707"'
>>> read_vies(question, 200, f'{{{echo}, "valid": true, "traderNameMatch": "INVALID"}}').verdict
<VatVerdict.MISMATCH: 'mismatch'>
>>> read_vies(question, 200, f'{{{echo}, "valid": "false"}}').verdict
<VatVerdict.UNDECIDED: 'undecided'>
>>> read_vies(question, 200, '{"errorWrappers": [{"error": "MS_UNAVAILABLE"}]}').code
'MS_UNAVAILABLE'
"""

from collections.abc import Mapping

from freischalt.domain.vat import FieldVerdict, VatField, VatQuestion, VatReading
from freischalt.domain.vat_outcomes import (
    ASK_LATER,
    DOWN,
    INVALID,
    MEND,
    NO_ANSWER,
    OTHER_NUMBER,
    SHUT_OUT,
    UNKNOWN_STATUS,
    VALID,
    json_object,
    same_id,
    unreadable,
)

OK = 200
PREFIX = 2

ERRORS = {
    # No verdict: there is no echo, and what is malformed was refused here before it was sent. If
    # VIES finds fault with it all the same, this program is wrong, or knows less than VIES does.
    "INVALID_INPUT": MEND,
    "INVALID_REQUESTER_INFO": MEND,
    "SERVICE_UNAVAILABLE": DOWN,
    "GLOBAL_MAX_CONCURRENT_REQ": DOWN,
    "GLOBAL_MAX_CONCURRENT_REQ_TIME": DOWN,
    "SERVER_BUSY": DOWN,
    "VOW-ERR-1": DOWN,
    # One member state alone; the others may well be there.
    "MS_UNAVAILABLE": ASK_LATER,
    "TIMEOUT": ASK_LATER,
    "MS_MAX_CONCURRENT_REQ": ASK_LATER,
    "MS_MAX_CONCURRENT_REQ_TIME": ASK_LATER,
    "VAT_BLOCKED": SHUT_OUT,
    "IP_BLOCKED": SHUT_OUT,
}

COMPARISONS = {
    "VALID": FieldVerdict.MATCHES,
    "INVALID": FieldVerdict.DIFFERS,
    "NOT_PROCESSED": FieldVerdict.NOT_DISCLOSED,
    "": FieldVerdict.NOT_DISCLOSED,
}


def read_vies(question: VatQuestion, http_status: int | None, body: str) -> VatReading:
    """Read an answer; `http_status` is None if there was none. Never raises."""
    if http_status is None:
        return NO_ANSWER
    answer = json_object(body)
    if answer is None:
        return unreadable(http_status, is_object=False)
    if _is_error(answer):
        return _read_error(answer)
    match answer:
        case {"valid": bool(valid), "countryCode": str(country), "vatNumber": str(number)} if (
            http_status == OK
        ):
            echoed = same_id(question.vat_id[:PREFIX], country) and same_id(
                question.vat_id[PREFIX:], number
            )
            return _read_verdict(question, answer, valid=valid) if echoed else OTHER_NUMBER
        case _:
            return unreadable(http_status, is_object=True)


def _is_error(answer: Mapping[str, object]) -> bool:
    return bool(answer.get("errorWrappers")) or answer.get("actionSucceed", True) is not True


def _read_error(answer: Mapping[str, object]) -> VatReading:
    match answer:
        case {"errorWrappers": [{"error": str(code)}, *_]} if code in ERRORS:
            return ERRORS[code].reading(code)
        case _:
            return UNKNOWN_STATUS


def _read_verdict(
    question: VatQuestion, answer: Mapping[str, object], *, valid: bool
) -> VatReading:
    request_id = answer.get("requestIdentifier")
    if not valid:
        return INVALID.reading("INVALID", request_id=request_id)
    compared = {
        VatField.NAME: _compared(question.name, answer.get("traderNameMatch")),
        VatField.STREET: _compared(question.street, answer.get("traderStreetMatch")),
        VatField.POSTAL_CODE: _compared(question.postal_code, answer.get("traderPostalCodeMatch")),
        VatField.CITY: _compared(question.city, answer.get("traderCityMatch")),
    }
    return VALID.compared("VALID", compared, request_id=request_id)


def _compared(asked: str, told: object) -> FieldVerdict | None:
    """None if it cannot be read: the number 2 means that it differs in the older interface."""
    if told is not None and not isinstance(told, str):
        return None
    verdict = COMPARISONS.get(told or "")
    return verdict if asked or verdict is None else FieldVerdict.NOT_ASKED
