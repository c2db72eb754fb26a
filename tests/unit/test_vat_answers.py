"""Every documented answer of both registries, and what is none."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from freischalt.domain.evatr_answers import STATUSES, read_evatr
from freischalt.domain.vat import (
    FieldVerdict,
    VatField,
    VatQuestion,
    VatReading,
    VatService,
    VatVerdict,
)
from freischalt.domain.vies_answers import ERRORS, read_vies

VALID, INVALID = VatVerdict.VALID, VatVerdict.INVALID
MISMATCH, UNDECIDED = VatVerdict.MISMATCH, VatVerdict.UNDECIDED
MATCHES, DIFFERS = FieldVerdict.MATCHES, FieldVerdict.DIFFERS
NOT_ASKED, NOT_DISCLOSED = FieldVerdict.NOT_ASKED, FieldVerdict.NOT_DISCLOSED

type Read = Callable[[VatQuestion, int | None, str], VatReading]
type Columns = tuple[VatVerdict, bool, bool, bool]

QUESTION = VatQuestion(
    service=VatService.VIES,
    vat_id="ATU33864707",
    name="Red Bull GmbH",
    street="Am Brunnen 1",
    postal_code="5330",
    city="Fuschl",
)
NUMBER_ALONE = VatQuestion(
    service=VatService.VIES, vat_id="ATU33864707", name="", street="", postal_code="", city=""
)
BOTH = pytest.mark.parametrize("read", [read_vies, read_evatr])

RECORDED = {
    "countryCode": "AT",
    "vatNumber": "U33864707",
    "requestDate": "2026-10-02T22:22:57.134Z",
    "valid": True,
    "requestIdentifier": "WAPIAAAAZ8Cq1x2b",
    "name": "Red Bull GmbH",
    "address": "Am Brunnen 1\nAT-5330 Fuschl/See",
    "traderName": "---",
    "traderNameMatch": "NOT_PROCESSED",
}
CONFIRMED = {
    "id": "0123456789abcdef",
    "anfrageZeitpunkt": "2025-07-01T10:27:01.123456789+02:00",
    "status": "evatr-0000",
    "ergFirmenname": "A",
    "ergStrasse": "A",
    "ergPlz": "A",
    "ergOrt": "A",
}


def vies(*, status: int | None = 200, asked: VatQuestion = QUESTION, **changes: Any) -> VatReading:
    return read_vies(asked, status, json.dumps(RECORDED | changes))


def evatr(*, http: int = 200, asked: VatQuestion = QUESTION, **changes: Any) -> VatReading:
    return read_evatr(asked, http, json.dumps(CONFIRMED | changes))


def columns(reading: VatReading) -> Columns:
    return (reading.verdict, reading.service_down, reading.alarm, reading.for_a_person)


def without(answer: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in names}


# --- VIES: verdicts


def test_vies_says_valid() -> None:
    reading = vies()

    assert columns(reading) == (VALID, False, False, False)
    assert (reading.code, reading.request_id) == ("VALID", "WAPIAAAAZ8Cq1x2b")
    assert reading.fields == dict.fromkeys(VatField, NOT_DISCLOSED)


def test_vies_says_invalid() -> None:
    reading = vies(valid=False, requestIdentifier="", name="---", address="---")

    assert columns(reading) == (INVALID, False, False, False)
    assert (reading.code, reading.request_id, reading.fields) == ("INVALID", None, {})


@pytest.mark.parametrize(
    ("told", "verdict", "field"),
    [
        ("VALID", VALID, MATCHES),
        ("INVALID", MISMATCH, DIFFERS),
        ("NOT_PROCESSED", VALID, NOT_DISCLOSED),
        ("", VALID, NOT_DISCLOSED),
        (None, VALID, NOT_DISCLOSED),
    ],
)
@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("traderNameMatch", VatField.NAME),
        ("traderStreetMatch", VatField.STREET),
        ("traderPostalCodeMatch", VatField.POSTAL_CODE),
        ("traderCityMatch", VatField.CITY),
    ],
)
def test_what_vies_compares(
    name: str, which: VatField, told: str | None, verdict: VatVerdict, field: FieldVerdict
) -> None:
    changes: dict[str, Any] = {name: told}

    reading = vies(**changes)

    assert reading.verdict is verdict
    assert reading.fields == dict.fromkeys(VatField, NOT_DISCLOSED) | {which: field}
    assert reading.request_id == "WAPIAAAAZ8Cq1x2b"


def test_what_was_not_sent_to_vies_was_not_asked() -> None:
    reading = vies(asked=NUMBER_ALONE, traderNameMatch="INVALID")

    assert reading.verdict is VALID
    assert reading.fields == dict.fromkeys(VatField, NOT_ASKED)


def test_a_difference_does_not_make_an_invalid_number_a_mismatch() -> None:
    assert vies(valid=False, traderNameMatch="INVALID").verdict is INVALID


@pytest.mark.parametrize("told", [2, 1, True, ["VALID"], {"a": 1}, "valid", "PARTLY", "2"])
def test_a_comparison_that_nobody_documented_is_no_verdict(told: Any) -> None:
    reading = vies(traderNameMatch=told)

    assert (reading.code, columns(reading)) == ("UNREADABLE", (UNDECIDED, False, True, False))


@pytest.mark.parametrize(
    ("country", "number"), [("at", "u33864707"), (" AT ", "U 338-647.07"), ("AT", "U33864707\n")]
)
def test_the_echo_may_be_written_otherwise(country: str, number: str) -> None:
    assert vies(countryCode=country, vatNumber=number).verdict is VALID


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("AT", "U33864708"),
        ("DE", "U33864707"),
        ("A", "TU33864707"),
        ("", "ATU33864707"),
        ("AT", "ATU33864707"),
        ("AT", ""),
        ("AT", "U33864707+"),
        ("ÄAT", "U33864707"),
    ],
)
@pytest.mark.parametrize("valid", [True, False])
def test_the_echo_of_another_number_is_no_verdict(country: str, number: str, valid: bool) -> None:
    reading = vies(countryCode=country, vatNumber=number, valid=valid)

    assert (reading.code, columns(reading)) == ("OTHER_NUMBER", (UNDECIDED, False, True, False))
    assert not reading.fields


@pytest.mark.parametrize("sign", "+*")
def test_the_signs_in_irish_numbers_count(sign: str) -> None:
    other = "*" if sign == "+" else "+"
    asked = VatQuestion(
        service=VatService.VIES,
        vat_id=f"IE1{sign}23456A",
        name="",
        street="",
        postal_code="",
        city="",
    )

    assert vies(asked=asked, countryCode="IE", vatNumber=f"1{sign}23456A").verdict is VALID
    assert vies(asked=asked, countryCode="IE", vatNumber=f"1{other}23456A").code == "OTHER_NUMBER"
    assert vies(asked=asked, countryCode="IE", vatNumber="123456A").code == "OTHER_NUMBER"


@pytest.mark.parametrize("missing", ["valid", "countryCode", "vatNumber"])
def test_without_verdict_or_echo_there_is_none(missing: str) -> None:
    reading = read_vies(QUESTION, 200, json.dumps(without(RECORDED, missing)))

    assert (reading.code, columns(reading)) == ("UNREADABLE", (UNDECIDED, False, True, False))


@pytest.mark.parametrize(
    "changes",
    [
        {"valid": "false"},
        {"valid": "true"},
        {"valid": 0},
        {"valid": 1},
        {"valid": None},
        {"valid": [True]},
        {"countryCode": None},
        {"vatNumber": 33864707},
        {"vatNumber": ["U33864707"]},
    ],
)
def test_wrong_types_are_no_verdict(changes: dict[str, Any]) -> None:
    assert (vies(**changes).code, vies(**changes).verdict) == ("UNREADABLE", UNDECIDED)


@pytest.mark.parametrize("status", [201, 301, 400, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("valid", [True, False])
def test_a_verdict_that_http_contradicts_is_none(status: int, valid: bool) -> None:
    assert vies(status=status, valid=valid).code == "UNREADABLE"


def test_the_websites_own_shape_is_no_verdict() -> None:
    body = {"isValid": False, "userError": "MS_UNAVAILABLE", "vatNumber": "U33864707"}

    assert read_vies(QUESTION, 200, json.dumps(body)).verdict is UNDECIDED


# --- VIES: errors

MEND, DOWN = (UNDECIDED, False, True, False), (UNDECIDED, True, False, False)
ASK_LATER, SHUT_OUT = (UNDECIDED, False, False, False), (UNDECIDED, True, True, False)
VIES_ERRORS: dict[str, Columns] = {
    "INVALID_INPUT": MEND,
    "INVALID_REQUESTER_INFO": MEND,
    "SERVICE_UNAVAILABLE": DOWN,
    "MS_UNAVAILABLE": ASK_LATER,
    "TIMEOUT": ASK_LATER,
    "GLOBAL_MAX_CONCURRENT_REQ": DOWN,
    "GLOBAL_MAX_CONCURRENT_REQ_TIME": DOWN,
    "MS_MAX_CONCURRENT_REQ": ASK_LATER,
    "MS_MAX_CONCURRENT_REQ_TIME": ASK_LATER,
    "VAT_BLOCKED": SHUT_OUT,
    "IP_BLOCKED": SHUT_OUT,
    "SERVER_BUSY": DOWN,
    "VOW-ERR-1": DOWN,
}


def envelope(*codes: Any, **more: Any) -> str:
    wrappers = [{"error": code, "message": "…"} for code in codes]
    return json.dumps({"actionSucceed": False, "errorWrappers": wrappers} | more)


def test_the_table_of_vies_is_the_documented_one() -> None:
    assert ERRORS.keys() == VIES_ERRORS.keys()


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("code", VIES_ERRORS)
def test_every_error_of_vies(code: str, status: int) -> None:
    reading = read_vies(QUESTION, status, envelope(code))

    assert (reading.code, columns(reading)) == (code, VIES_ERRORS[code])
    assert (reading.fields, reading.request_id) == ({}, None)


@pytest.mark.parametrize(
    "body",
    [
        envelope("SOMETHING_NEW"),
        envelope("ms_unavailable"),
        envelope(301),
        envelope(None),
        envelope(),
        envelope("SOMETHING_NEW", "MS_UNAVAILABLE"),
        envelope(errorWrappers="MS_UNAVAILABLE"),
        envelope(errorWrappers=None),
        envelope(errorWrappers={"error": "MS_UNAVAILABLE"}),
        envelope(**RECORDED),
        json.dumps(RECORDED | {"actionSucceed": False}),
        json.dumps(RECORDED | {"actionSucceed": None}),
        json.dumps(RECORDED | {"valid": False, "errorWrappers": ["?"]}),
    ],
)
def test_an_unknown_error_is_asked_again_and_alarms(body: str) -> None:
    reading = read_vies(QUESTION, 200, body)

    assert (reading.code, columns(reading)) == ("UNKNOWN_STATUS", MEND)


def test_an_error_beside_a_verdict_is_an_error() -> None:
    body = envelope("MS_UNAVAILABLE", **RECORDED | {"valid": False})

    assert read_vies(QUESTION, 200, body).code == "MS_UNAVAILABLE"


def test_the_first_error_counts() -> None:
    assert read_vies(QUESTION, 200, envelope("TIMEOUT", "IP_BLOCKED")).code == "TIMEOUT"


# --- eVatR

YES, NO = (VALID, False, False, False), (INVALID, False, False, False)
PECULIAR = (VALID, False, False, True)
EVATR_STATUSES: dict[str, tuple[int, Columns]] = {
    "evatr-0000": (200, YES),
    "evatr-0001": (400, MEND),
    "evatr-0002": (400, MEND),
    "evatr-0003": (400, MEND),
    "evatr-0004": (400, MEND),
    "evatr-0005": (400, NO),
    "evatr-0006": (403, MEND),
    "evatr-0007": (403, MEND),
    "evatr-0008": (403, ASK_LATER),
    "evatr-0011": (503, DOWN),
    "evatr-0012": (400, NO),
    "evatr-0013": (503, DOWN),
    "evatr-1001": (503, DOWN),
    "evatr-1002": (500, ASK_LATER),
    "evatr-1003": (500, ASK_LATER),
    "evatr-1004": (500, ASK_LATER),
    "evatr-2001": (404, NO),
    "evatr-2002": (200, NO),
    "evatr-2003": (400, NO),
    "evatr-2004": (500, ASK_LATER),
    "evatr-2005": (404, MEND),
    "evatr-2006": (200, NO),
    "evatr-2007": (500, ASK_LATER),
    "evatr-2008": (200, PECULIAR),
    "evatr-2011": (500, ASK_LATER),
    "evatr-3011": (500, ASK_LATER),
}


def test_the_table_of_evatr_is_the_documented_one() -> None:
    assert STATUSES.keys() == EVATR_STATUSES.keys()


@pytest.mark.parametrize("status", EVATR_STATUSES)
def test_every_status_of_evatr_whatever_http_says(status: str) -> None:
    usual, expected = EVATR_STATUSES[status]
    body = json.dumps({"id": "0123456789abcdef", "status": status})

    readings = [read_evatr(QUESTION, http, body) for http in (usual, 200, 404, 503)]

    assert {columns(reading) for reading in readings} == {expected}
    assert {reading.code for reading in readings} == {status}
    assert {reading.request_id for reading in readings} == {"0123456789abcdef"}


@pytest.mark.parametrize(
    ("letter", "verdict", "field"),
    [
        ("A", VALID, MATCHES),
        ("B", MISMATCH, DIFFERS),
        ("b", MISMATCH, DIFFERS),
        ("C", VALID, NOT_ASKED),
        ("D", VALID, NOT_DISCLOSED),
        ("E", VALID, NOT_DISCLOSED),
        ("AB", VALID, NOT_DISCLOSED),
        ("", VALID, NOT_DISCLOSED),
        (None, VALID, NOT_DISCLOSED),
    ],
)
@pytest.mark.parametrize(
    ("name", "which"),
    [
        ("ergFirmenname", VatField.NAME),
        ("ergStrasse", VatField.STREET),
        ("ergPlz", VatField.POSTAL_CODE),
        ("ergOrt", VatField.CITY),
    ],
)
def test_what_evatr_compares(
    name: str, which: VatField, letter: str | None, verdict: VatVerdict, field: FieldVerdict
) -> None:
    changes: dict[str, Any] = {name: letter}

    reading = evatr(**changes)

    assert reading.verdict is verdict
    assert reading.fields == dict.fromkeys(VatField, MATCHES) | {which: field}


def test_a_simple_question_compares_nothing() -> None:
    body = json.dumps({"status": "evatr-0000"})

    reading = read_evatr(NUMBER_ALONE, 200, body)

    assert (reading.verdict, reading.request_id) == (VALID, None)
    assert reading.fields == dict.fromkeys(VatField, NOT_ASKED)


def test_a_difference_that_is_peculiar_is_for_a_person_too() -> None:
    assert columns(evatr(status="evatr-2008", ergOrt="B")) == (MISMATCH, False, False, True)


def test_a_difference_does_not_make_an_invalid_number_a_mismatch_at_evatr() -> None:
    assert evatr(http=404, status="evatr-2001", ergOrt="B").verdict is INVALID


@pytest.mark.parametrize("letter", [1, True, ["A"], {"A": 1}])
def test_a_letter_of_another_type_is_no_verdict(letter: Any) -> None:
    reading = evatr(ergOrt=letter)

    assert (reading.code, columns(reading)) == ("UNREADABLE", MEND)


@pytest.mark.parametrize("status", ["evatr-9999", "EVATR-0000", "0000", "evatr-0000 ", "", "200"])
def test_an_unknown_status_is_asked_again_and_alarms(status: str) -> None:
    reading = evatr(status=status)

    assert (reading.code, columns(reading)) == ("UNKNOWN_STATUS", MEND)


@pytest.mark.parametrize("status", [None, 0, 200, True, ["evatr-0000"]])
def test_a_status_of_another_type_is_no_verdict(status: Any) -> None:
    assert evatr(status=status).code == "UNREADABLE"


@pytest.mark.parametrize("echo", ["ATU33864708", "", 5, ["ATU33864707"]])
@pytest.mark.parametrize("status", ["evatr-0000", "evatr-2001"])
def test_should_evatr_name_another_number_it_is_no_verdict(echo: Any, status: str) -> None:
    reading = evatr(status=status, angefragteUstid=echo)

    assert (reading.code, columns(reading)) == ("OTHER_NUMBER", MEND)


@pytest.mark.parametrize("echo", ["ATU33864707", "at u338 647 07", None])
def test_should_evatr_name_our_number_it_is_a_verdict(echo: str | None) -> None:
    assert evatr(angefragteUstid=echo).verdict is VALID


# --- what is no answer


@BOTH
@pytest.mark.parametrize("body", ["", json.dumps(RECORDED), json.dumps(CONFIRMED)])
def test_without_http_there_is_no_answer(read: Read, body: str) -> None:
    reading = read(QUESTION, None, body)

    assert (reading.code, columns(reading)) == ("NO_ANSWER", DOWN)


@BOTH
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, DOWN),
        (204, DOWN),
        (302, SHUT_OUT),
        (400, SHUT_OUT),
        (404, SHUT_OUT),
        (408, DOWN),
        (429, DOWN),
        (500, DOWN),
        (503, DOWN),
    ],
)
def test_a_page_is_no_answer_and_often_maintenance(
    read: Read, status: int, expected: Columns
) -> None:
    reading = read(QUESTION, status, "<html><body>Wartung: valid=false</body></html>")

    assert (reading.code, columns(reading)) == ("UNREADABLE", expected)


@BOTH
@pytest.mark.parametrize(
    ("status", "expected"),
    [(200, MEND), (400, MEND), (403, SHUT_OUT), (404, SHUT_OUT), (429, DOWN), (502, DOWN)],
)
def test_an_object_of_a_gate_in_between_is_no_answer(
    read: Read, status: int, expected: Columns
) -> None:
    reading = read(QUESTION, status, json.dumps({"status": status, "error": "Sorry"}))

    assert (reading.code, columns(reading)) == ("UNREADABLE", expected)


VALID_TWICE = json.dumps(RECORDED)[:-1] + ', "valid": true}'
STATUS_TWICE = json.dumps(CONFIRMED)[:-1] + ', "status": "evatr-2001"}'


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="empty"),
        pytest.param("null", id="null"),
        pytest.param("true", id="a boolean"),
        pytest.param(json.dumps([RECORDED, CONFIRMED]), id="a list"),
        pytest.param(json.dumps(json.dumps(RECORDED)), id="a text of JSON"),
        pytest.param(json.dumps(RECORDED | CONFIRMED)[:-1], id="cut"),
        pytest.param(json.dumps(RECORDED | CONFIRMED) + "{}", id="more behind it"),
        pytest.param("\ufeff" + json.dumps(RECORDED | CONFIRMED), id="a byte order mark"),
        pytest.param(json.dumps(RECORDED | CONFIRMED | {"x": float("nan")}), id="NaN"),
        pytest.param(json.dumps(RECORDED | CONFIRMED | {"x": float("-inf")}), id="infinity"),
        pytest.param('{"valid": ' + "9" * 5_000 + "}", id="a number of 5 000 digits"),
        pytest.param(VALID_TWICE, id="a verdict twice"),
        pytest.param(STATUS_TWICE, id="a status twice"),
        pytest.param('{"a":' * 12_000 + "1" + "}" * 12_000, id="deep objects"),
        pytest.param("[" * 60_000, id="deep lists"),
        pytest.param(json.dumps(RECORDED | CONFIRMED | {"x": "y" * 10_000_000}), id="10 MB"),
        pytest.param(json.dumps(RECORDED | CONFIRMED) + " " * 65_536, id="spaces without end"),
    ],
)
def test_odd_json_is_no_answer(read: Read, body: str) -> None:
    reading = read(QUESTION, 200, body)

    assert (reading.code, reading.verdict) == ("UNREADABLE", UNDECIDED)


@pytest.mark.parametrize("told", ["\ud800", "ä", "", "a b", "x" * 65, "x\n", 7, None, ["x"]])
def test_what_is_no_request_id_is_not_kept(told: Any) -> None:
    assert (vies(requestIdentifier=told).verdict, vies(requestIdentifier=told).request_id) == (
        VALID,
        None,
    )
    assert (evatr(id=told).verdict, evatr(id=told).request_id) == (VALID, None)


# --- anything at all

ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["AT", "U33864707", "VALID", "INVALID", "evatr-0000", "evatr-2001", "A", "B"])
)
VALUES = st.recursive(
    ODD,
    lambda some: st.lists(some, max_size=2) | st.dictionaries(st.text(), some, max_size=2),
    max_leaves=3,
)
NAMES = sorted({*RECORDED, *CONFIRMED, "actionSucceed", "errorWrappers", "traderCityMatch"})
ANSWERS = st.dictionaries(st.sampled_from(NAMES), VALUES).map(
    lambda changes: RECORDED | CONFIRMED | changes
)
HTTP = st.none() | st.sampled_from([200, 400, 404, 500]) | st.integers(100, 999)


def vies_has_decided(http: int | None, answer: Any) -> bool:
    return (
        http == 200
        and isinstance(answer, dict)
        and isinstance(answer.get("valid"), bool)
        and str(answer.get("countryCode")).strip().upper() == "AT"
        and str(answer.get("vatNumber")).strip().upper() == "U33864707"
        and not answer.get("errorWrappers")
    )


def evatr_has_decided(http: int | None, answer: Any) -> bool:
    return (
        http is not None
        and isinstance(answer, dict)
        and isinstance(answer.get("status"), str)
        and EVATR_STATUSES[answer["status"]][1][0] is not UNDECIDED
    )


@given(http=HTTP, answer=VALUES | ANSWERS)
@example(http=200, answer=RECORDED | {"valid": False})
@example(http=404, answer=CONFIRMED | {"status": "evatr-2001"})
def test_only_the_right_shape_is_a_verdict(http: int | None, answer: Any) -> None:
    body = json.dumps(answer)

    assert read_vies(QUESTION, http, body).verdict is UNDECIDED or vies_has_decided(http, answer)
    assert read_evatr(QUESTION, http, body).verdict is UNDECIDED or evatr_has_decided(http, answer)


@given(http=HTTP, body=st.binary() | st.text().map(lambda text: text.encode(errors="replace")))
def test_no_bytes_are_a_verdict(http: int | None, body: bytes) -> None:
    for read in (read_vies, read_evatr):
        reading = read(QUESTION, http, body.decode(errors="replace"))

        assert (reading.verdict, reading.fields) == (UNDECIDED, {})
