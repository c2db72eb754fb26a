"""What a company enters, and how its VAT checks are shown."""

from dataclasses import replace
from typing import Any

import pytest

from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.latin import LatinCompany
from freischalt.domain.refusal import FieldProblem, FieldRule, RefusalCode
from freischalt.domain.user import Language
from freischalt.domain.vat import FieldVerdict, VatField, VatService
from freischalt.domain.vat_standing import VatOverride, VatStanding, VatState
from freischalt.use_cases.vat_checks import data_version
from freischalt_api.companies import company_of, registrant_of
from freischalt_api.problems import Refused
from freischalt_api.shapes import AccountIn, CompanyIn, RegistrationIn, VatDifferenceOut
from freischalt_api.vat_views import check_out, evidence_out, standing_out
from tests.account_factories import (
    CHECK,
    COMPANY,
    DAY,
    EXCHANGE,
    HOUR,
    VERSIONS,
    a_company,
    a_standing,
    a_vat_record,
    a_waiting,
    an_account,
)
from tests.account_fakes import an_office
from tests.factories import NOON

# --- what is entered

ADDRESS = {"street": "Weg 1", "postalCode": "1010", "city": "Wien", "country": "AT"}
ENTERED: dict[str, Any] = {"name": "Huber GmbH", "address": ADDRESS, "vatId": "at u1358 5627"}
SAME = LatinCompany(name="Huber GmbH", street="Weg 1", city="Wien")


def entered(shape: type[Any] = CompanyIn, **changes: Any) -> Registrant:
    body = {**ENTERED, **changes}
    if shape is not CompanyIn:
        body = {"kind": "company", **body}
    if shape is RegistrationIn:
        body |= {"userName": "anna.huber", "email": "anna@example.org", "accepted": VERSIONS}
    read = shape.model_validate(body)
    return company_of(read) if shape is CompanyIn else registrant_of(read)


def refused(**changes: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        entered(**changes)
    return caught.value


SHAPES = pytest.mark.parametrize("shape", [CompanyIn, AccountIn, RegistrationIn])


@SHAPES
def test_a_company_is_kept_with_its_number_as_the_services_write_it(shape: type[Any]) -> None:
    assert entered(shape) == replace(COMPANY, latin=SAME)


@SHAPES
def test_other_letters_are_kept_beside_their_latin_form(shape: type[Any]) -> None:
    address = {**ADDRESS, "street": "Süßweg 1", "city": "Wörgl"}
    latin = {**address, "streetLatin": "Suessweg 1", "cityLatin": "Woergl"}

    company = entered(shape, name="Müller GmbH", nameLatin="Mueller GmbH", address=latin)

    assert (company.name, company.address) == (
        "Müller GmbH",
        Address("Süßweg 1", "1010", "Wörgl", "AT"),
    )
    assert company.latin == LatinCompany(name="Mueller GmbH", street="Suessweg 1", city="Woergl")


@SHAPES
def test_other_letters_without_their_latin_form_are_told_with_a_suggestion(
    shape: type[Any],
) -> None:
    refusal = refused(shape=shape, name="Müller GmbH").refusal

    assert refusal.code is RefusalCode.NOT_LATIN
    assert refusal.problems == (FieldProblem("/name", FieldRule.NOT_LATIN, "ü", "Mueller GmbH"),)


@SHAPES
def test_a_wrong_number_is_told_at_once(shape: type[Any]) -> None:
    refusal = refused(shape=shape, vatId="ATU13585628").refusal

    assert refusal.code is RefusalCode.VAT_ID_MALFORMED
    assert refusal.problems == (FieldProblem("/vatId", FieldRule.VAT_ID_CHECKSUM),)


def test_the_number_of_another_country_is_told() -> None:
    problems = refused(vatId="DE136695976").refusal.problems

    assert problems == (FieldProblem("/vatId", FieldRule.VAT_ID_COUNTRY),)


@SHAPES
@pytest.mark.parametrize(
    ("country", "number", "kept"),
    [
        ("AT", None, None),
        ("CH", "che-123.456.788 mwst", "CHE-123.456.788 MWST"),
        ("US", None, None),
    ],
)
def test_what_nobody_is_asked_about_needs_no_latin_letters(
    shape: type[Any], country: str, number: str | None, kept: str | None
) -> None:
    address = {**ADDRESS, "country": country}

    company = entered(shape, name="Müller Ωμέγα", address=address, vatId=number)

    assert (company.name, company.vat_id, company.latin) == ("Müller Ωμέγα", kept, None)


@pytest.mark.parametrize("shape", [AccountIn, RegistrationIn])
def test_a_person_has_no_vat_id(shape: type[Any]) -> None:
    person = entered(shape, kind="person", name="Änne Huber", vatId=None)

    assert person == Registrant(CustomerKind.PERSON, "Änne Huber", COMPANY.address)
    refusal = refused(shape=shape, kind="person").refusal
    assert refusal.code is RefusalCode.VALIDATION_FAILED
    assert [problem.pointer for problem in refusal.problems] == ["/vatId"]


# --- how it stands


def shown(vat: VatStanding | None, language: Language = Language.GERMAN, **account: Any) -> Any:
    out = standing_out(a_company(vat=vat, **account), an_office().office, NOON, language)
    return out.model_dump(by_alias=True)


NOTHING: dict[str, Any] = {
    "vatId": "ATU13585627",
    "dataVersion": data_version(COMPANY),
    "state": None,
    "mayBuy": True,
    "code": None,
    "detail": None,
    "decidedAt": None,
    "decidedByOperator": False,
    "differing": [],
    "pendingSince": None,
    "nextTry": None,
    "reason": None,
}


def test_a_valid_number_may_buy() -> None:
    assert shown(a_standing()) == {**NOTHING, "state": "valid", "decidedAt": NOON}


def test_a_number_that_an_operator_has_decided_says_so() -> None:
    by_operator = a_standing(override=VatOverride(by="operator:o", reason="privat"))

    found = shown(by_operator)

    assert found == {**NOTHING, "state": "valid", "decidedAt": NOON, "decidedByOperator": True}
    assert "privat" not in str(found)


def test_a_check_that_waits_tells_since_when_until_when_and_why() -> None:
    waiting = a_waiting(since=NOON - DAY, next_try=NOON + HOUR, tries=9, code="MS_UNAVAILABLE")

    found = shown(a_standing(VatState.PENDING, waiting=waiting), Language.ENGLISH)

    assert found == {
        **NOTHING,
        "state": "pending",
        "mayBuy": False,
        "code": "VAT_CHECK_PENDING",
        "detail": found["detail"],
        "pendingSince": NOON - DAY,
        "nextTry": NOON + HOUR,
        "reason": "MS_UNAVAILABLE",
    }
    assert found["detail"].startswith("The VAT ID could not be checked yet")


@pytest.mark.parametrize(
    ("latin", "name"),
    [(None, "Huber GmbH"), (replace(SAME, name="Huber Latin", city="Vienna"), "Huber Latin")],
)
def test_fields_that_differ_are_shown_as_they_were_asked_about(
    latin: LatinCompany | None, name: str
) -> None:
    differs = a_standing(VatState.MISMATCH, differing=tuple(VatField))
    registrant = replace(COMPANY, latin=latin)

    account = a_company(vat=differs, registrant=registrant)
    found = standing_out(account, an_office().office, NOON, Language.GERMAN)

    assert found.differing == [
        VatDifferenceOut(pointer="/name", entered=name),
        VatDifferenceOut(pointer="/address/street", entered="Weg 1"),
        VatDifferenceOut(pointer="/address/postalCode", entered="1010"),
        VatDifferenceOut(pointer="/address/city", entered=latin.city if latin else "Wien"),
    ]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (VatState.INVALID, "VAT_ID_INVALID"),
        (VatState.MISMATCH, "VAT_DATA_DIFFERS"),
        (VatState.GIVEN_UP, "VAT_CHECK_GIVEN_UP"),
        (VatState.PENDING, "vat_check_running"),
    ],
)
def test_why_it_may_not_buy_is_said_in_both_languages(state: VatState, code: str) -> None:
    german, english = (shown(a_standing(state), language) for language in Language)

    assert german["code"] == english["code"] == code
    assert german["detail"] != english["detail"]
    assert not german["mayBuy"]


def test_a_company_without_a_number_is_told_that_it_is_missing() -> None:
    found = shown(None, registrant=replace(COMPANY, vat_id=None))

    assert (found["vatId"], found["state"], found["code"]) == (None, None, "VAT_ID_MISSING")
    without = replace(COMPANY, vat_id=None)
    assert shown(None, registrant=without, buys_without_vat_id=True) == {
        **NOTHING,
        "vatId": None,
        "dataVersion": data_version(without),
    }


def test_an_account_of_the_vendor_has_nothing_to_be_checked() -> None:
    out = standing_out(an_account(), an_office().office, NOON, Language.GERMAN)

    assert out.model_dump(by_alias=True) == {**NOTHING, "vatId": None, "dataVersion": None}


def test_a_verdict_that_is_only_old_stands_in_nobodys_way() -> None:
    """It is asked for again with the order."""
    old = a_standing(decided_at=NOON - 2 * DAY)

    assert shown(old) == {**NOTHING, "state": "valid", "decidedAt": NOON - 2 * DAY}


# --- what was found

FOUND = a_vat_record(
    state=VatState.MISMATCH,
    fields={VatField.NAME: FieldVerdict.DIFFERS, VatField.CITY: FieldVerdict.NOT_DISCLOSED},
    request_id="id1",
)
WORD = a_vat_record(code=None, question=None, exchange=None, by="operator:o", reason="Papiere")


def test_a_check_is_shown_with_its_verdict_on_each_field() -> None:
    assert check_out(FOUND).model_dump(by_alias=True, mode="json") == {
        "id": CHECK,
        "at": "2026-11-22T12:00:00Z",
        "state": "mismatch",
        "service": "evatr",
        "vatId": "ATU13585627",
        "code": "evatr-0000",
        "fields": {"name": "differs", "city": "not_disclosed"},
        "requestId": "id1",
        "byOperator": False,
        "forAPerson": False,
    }


def test_an_operators_word_is_shown_without_who_and_why() -> None:
    found = check_out(WORD).model_dump(by_alias=True)

    assert (found["byOperator"], found["service"], found["vatId"]) == (True, None, None)
    assert not {"by", "reason"} & found.keys()


def test_the_evidence_holds_all_that_was_on_the_wire() -> None:
    company = {"name": "Huber GmbH", "postal_code": "1010"}
    found = evidence_out(replace(FOUND, counts=False, about=company)).model_dump(by_alias=True)

    assert found == {
        **check_out(FOUND).model_dump(by_alias=True),
        "entered": {"name": "Huber GmbH", "postalCode": "1010"},
        "asked": {
            "vatId": "ATU13585627",
            "name": "Huber GmbH",
            "street": "Weg 1",
            "postalCode": "1010",
            "city": "Wien",
        },
        "askedAt": EXCHANGE.asked_at,
        "answeredAt": EXCHANGE.answered_at,
        "request": EXCHANGE.request,
        "response": EXCHANGE.response,
        "httpStatus": 200,
        "counts": False,
        "by": None,
        "reason": None,
    }
    assert check_out(FOUND).service is VatService.EVATR


def test_the_evidence_of_an_operators_word_is_who_and_why() -> None:
    found = evidence_out(WORD)

    assert (found.by, found.reason, found.asked, found.counts) == (
        "operator:o",
        "Papiere",
        {},
        True,
    )
    assert (found.request, found.response, found.http_status) == (None, None, None)
    assert (found.asked_at, found.answered_at) == (None, None)
