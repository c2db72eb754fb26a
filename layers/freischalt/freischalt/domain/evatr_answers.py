"""Reading what the BZSt's eVatR answers.

The status alone says what it is; HTTP's does not: 2001 is a verdict and comes with 404, and 2006
is none in our favour and comes with 200. The answer does not tell which number it is about; should
it ever, it must be ours.

>>> from freischalt.domain.vat import VatService
>>> question = VatQuestion(service=VatService.EVATR, vat_id="ATU12345675",
...     name="Musterhaus GmbH", street="", postal_code="", city="Musterort")
>>> answer = '{"status": "evatr-0000", "ergFirmenname": "A", "ergOrt": "B", "ergPlz": "C"}'
>>> read_evatr(question, 200, answer).verdict
<VatVerdict.MISMATCH: 'mismatch'>
>>> read_evatr(question, 404, '{"status": "evatr-2001"}').verdict
<VatVerdict.INVALID: 'invalid'>
"""

from collections.abc import Mapping

from freischalt.domain.vat import FieldVerdict, VatField, VatQuestion, VatReading, VatVerdict
from freischalt.domain.vat_outcomes import (
    ASK_LATER,
    DOWN,
    INVALID,
    MEND,
    NO_ANSWER,
    OTHER_NUMBER,
    UNKNOWN_STATUS,
    VALID,
    VALID_BUT_PECULIAR,
    json_object,
    same_id,
    unreadable,
)

STATUSES = {
    "evatr-0000": VALID,
    "evatr-0001": MEND,  # a notice of the web form; no client should see it
    "evatr-0002": MEND,  # a required field is missing
    # Valid, but name or city was not asked about: we never ask so, so something is wrong here.
    "evatr-0003": MEND,
    "evatr-0004": MEND,  # our own number is malformed
    "evatr-0005": INVALID,  # malformed
    "evatr-0006": MEND,  # a German number: VIES should have been asked
    "evatr-0007": MEND,  # a wrong call
    "evatr-0008": ASK_LATER,  # too many qualified questions
    # HTTP 503: the service. The 500s below may be about the member state; no text tells.
    "evatr-0011": DOWN,
    "evatr-0012": INVALID,  # not as that state makes numbers
    "evatr-0013": DOWN,
    "evatr-1001": DOWN,
    "evatr-1002": ASK_LATER,
    "evatr-1003": ASK_LATER,
    "evatr-1004": ASK_LATER,
    "evatr-2001": INVALID,  # not given to anybody
    "evatr-2002": INVALID,  # not yet
    "evatr-2003": INVALID,  # no such country
    "evatr-2004": ASK_LATER,
    "evatr-2005": MEND,  # our own number is not valid
    "evatr-2006": INVALID,  # no longer
    "evatr-2007": ASK_LATER,  # the member state's data
    "evatr-2008": VALID_BUT_PECULIAR,
    "evatr-2011": ASK_LATER,
    "evatr-3011": ASK_LATER,
}

LETTERS = {
    "A": FieldVerdict.MATCHES,
    "B": FieldVerdict.DIFFERS,
    "C": FieldVerdict.NOT_ASKED,
    "D": FieldVerdict.NOT_DISCLOSED,
}


def read_evatr(question: VatQuestion, http_status: int | None, body: str) -> VatReading:
    """Read an answer; `http_status` is None if there was none. Never raises."""
    if http_status is None:
        return NO_ANSWER
    answer = json_object(body)
    if answer is None:
        return unreadable(http_status, is_object=False)
    match answer:
        case {"angefragteUstid": echo} if echo is not None and not (
            isinstance(echo, str) and same_id(question.vat_id, echo)
        ):
            return OTHER_NUMBER
        case {"status": str(status)}:
            return _read_status(question, answer, status)
        case _:
            return unreadable(http_status, is_object=True)


def _read_status(question: VatQuestion, answer: Mapping[str, object], status: str) -> VatReading:
    outcome = STATUSES.get(status)
    if outcome is None:
        return UNKNOWN_STATUS
    if outcome.verdict is not VatVerdict.VALID:
        return outcome.reading(status, request_id=answer.get("id"))
    compared = {
        VatField.NAME: _compared(question.name, answer.get("ergFirmenname")),
        VatField.STREET: _compared(question.street, answer.get("ergStrasse")),
        VatField.POSTAL_CODE: _compared(question.postal_code, answer.get("ergPlz")),
        VatField.CITY: _compared(question.city, answer.get("ergOrt")),
    }
    return outcome.compared(status, compared, request_id=answer.get("id"))


def _compared(asked: str, told: object) -> FieldVerdict | None:
    """None if it cannot be read. A letter that we do not know is no difference."""
    if told is None or told == "":
        return FieldVerdict.NOT_DISCLOSED if asked else FieldVerdict.NOT_ASKED
    if not isinstance(told, str):
        return None
    return LETTERS.get(told.strip().upper(), FieldVerdict.NOT_DISCLOSED)
