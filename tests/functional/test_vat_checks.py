"""VAT checks are begun and decided by people: vat.md, up to the first question."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from freischalt.domain.account import Account
from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.latin import LatinCompany
from freischalt.domain.notice import NoticeKind
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import HandledRequest
from freischalt.domain.vat import VatQuestion, VatService
from freischalt.domain.vat_record import VatDue, VatRecord
from freischalt.domain.vat_standing import (
    VatOverride,
    VatStanding,
    VatState,
    VatWaiting,
    fingerprint,
)
from freischalt.errors import TooManyRaces
from freischalt.use_cases.buying import may_not_buy
from freischalt.use_cases.erasing import erase
from freischalt.use_cases.exporting import exported
from freischalt.use_cases.office import Result
from freischalt.use_cases.own_account import change_account
from freischalt.use_cases.registering import register, validate_registration
from freischalt.use_cases.vat_checks import (
    FRESH_FOR,
    VatDecision,
    data_version,
    decide_vat,
    entered,
    question_of,
    start_check,
)
from tests.account_factories import (
    ANNA,
    COMPANY,
    DAY,
    EXCHANGE,
    HOUR,
    MINUTE,
    QUESTION,
    a_company,
    a_due,
    a_registration,
    a_request,
    a_standing,
    a_user,
    a_vat_record,
    a_waiting,
    an_account,
    repeatable,
)
from tests.account_fakes import FakeOffice, an_office
from tests.factories import ACCOUNT, NOON

LATER = NOON + 2 * HOUR
NIGHT = datetime(2026, 11, 22, 23, tzinfo=UTC)
"""Midnight in Berlin."""

GERMAN = replace(COMPANY, address=Address("Weg 1", "10115", "Berlin", "DE"), vat_id="DE811115368")
SWISS = replace(
    COMPANY, address=Address("Weg 1", "8001", "Zürich", "CH"), vat_id="CHE-123.456.788 MWST"
)
WITHOUT = replace(COMPANY, vat_id=None)
PERSON = Registrant(CustomerKind.PERSON, "Anna Huber", COMPANY.address)
OTHER = replace(COMPANY, name="Huber AG")

NO_ACCOUNT = Refusal(RefusalCode.NO_ACCOUNT)
MISSING = Refusal(RefusalCode.VAT_NOT_CHECKED)


def account(fake: FakeOffice) -> Account:
    return fake.records.get(Account, ACCOUNT)


def standing(fake: FakeOffice) -> VatStanding:
    found = account(fake).vat
    assert found
    return found


def dues(fake: FakeOffice) -> list[VatDue]:
    return [replace(due, version=0) for due in fake.records.all(VatDue)]


def change(fake: FakeOffice, registrant: Registrant, **changes: Any) -> Result | Refusal:
    request = a_request(**{"actor": "user:x", "at": LATER, **changes})
    return change_account(ACCOUNT, registrant, account(fake).version, fake.office, request)


def start(fake: FakeOffice, **changes: Any) -> Result | Refusal:
    return start_check(ACCOUNT, fake.office, a_request(**{"at": LATER, **changes}))


def begun_at(fake: FakeOffice, at: datetime, registrant: Registrant = COMPANY) -> bool:
    """Whether a first check of these data was begun then, and is due at once."""
    waiting = standing(fake).waiting
    assert waiting
    service = VatService.EVATR if registrant.address.country == "AT" else VatService.VIES
    return standing(fake) == VatStanding(
        state=VatState.PENDING,
        of=fingerprint(registrant),
        waiting=VatWaiting(check_id=waiting.check_id, since=at, next_try=at),
    ) and dues(fake) == [a_due(service=service, at=at, version=0)]


# --- what begins one


def opened(registrant: Registrant, at: datetime = NOON) -> FakeOffice:
    """Registered with these data, and the link was opened."""
    fake = an_office()
    register(a_registration(registrant=registrant), fake.office, a_request("register"))
    link = fake.link_of(NoticeKind.VALIDATE_REGISTRATION)
    assert fake.records.all(VatDue) == []
    validate_registration(link, fake.office, fake.hasher, a_request("open", at=at))
    return fake


@pytest.mark.parametrize(
    ("registrant", "service"), [(COMPANY, VatService.EVATR), (GERMAN, VatService.VIES)]
)
def test_the_registrations_link_begins_a_check(registrant: Registrant, service: VatService) -> None:
    fake = opened(registrant, at=NOON + HOUR)

    (made,) = fake.records.all(Account)
    assert made.vat
    assert (made.vat.state, made.vat.of) == (VatState.PENDING, fingerprint(registrant))
    assert dues(fake) == [VatDue(account=made.number, service=service, at=NOON + HOUR)]


@pytest.mark.parametrize("registrant", [PERSON, WITHOUT, SWISS])
def test_of_others_nothing_is_asked(registrant: Registrant) -> None:
    fake = opened(registrant)

    (made,) = fake.records.all(Account)
    assert made.vat is None
    assert dues(fake) == []


def test_a_first_check_at_night_waits_for_the_morning() -> None:
    fake = opened(COMPANY, at=NIGHT)

    (due,) = dues(fake)
    five = datetime(2026, 11, 23, 4, tzinfo=UTC)
    assert five <= due.at < five + timedelta(minutes=30)
    assert opened(GERMAN, at=NIGHT).records.all(VatDue)[0].at == NIGHT


def test_an_opening_that_loses_its_race_begins_one_check() -> None:
    fake = an_office()
    register(a_registration(), fake.office, a_request("register"))
    link = fake.link_of(NoticeKind.VALIDATE_REGISTRATION)

    def open_it() -> Result | Refusal:
        return validate_registration(link, fake.office, fake.hasher, a_request("open"))

    fake.records.quicker = [open_it]
    assert isinstance(open_it(), Refusal)

    assert len(fake.records.all(Account)) == len(dues(fake)) == 1


CHANGED: list[Callable[[Registrant], Registrant]] = [
    lambda known: replace(known, name="Huber AG"),
    lambda known: replace(known, vat_id="ATU33864707"),
    lambda known: replace(known, address=replace(known.address, street="Weg 2")),
    lambda known: replace(known, address=replace(known.address, postal_code="1020")),
    lambda known: replace(known, address=replace(known.address, city="Graz")),
    lambda known: replace(known, latin=LatinCompany(name="Huber", street="Weg 1", city="Wien")),
    lambda _: GERMAN,
]
BEFORE = [
    a_standing(),
    a_standing(VatState.INVALID),
    a_standing(VatState.GIVEN_UP),
    a_standing(VatState.PENDING),
    a_standing(override=VatOverride(by="operator:o", reason="gesehen")),
    None,
]


@pytest.mark.parametrize("changed", CHANGED)
@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("due", [[a_due(version=4)], []])
def test_changed_data_begin_a_new_check(
    changed: Callable[[Registrant], Registrant], before: VatStanding | None, due: list[VatDue]
) -> None:
    fake = an_office(a_company(vat=before, buys_without_vat_id=True), *due)
    registrant = changed(COMPANY)

    change(fake, registrant)

    assert begun_at(fake, LATER, registrant)
    assert (account(fake).registrant, account(fake).changed_by) == (registrant, "user:x")
    assert not account(fake).buys_without_vat_id


@pytest.mark.parametrize("before", BEFORE)
def test_unchanged_data_change_nothing(before: VatStanding | None) -> None:
    fake = an_office(a_company(vat=before, buys_without_vat_id=True), a_due())

    change(fake, replace(COMPANY))

    assert replace(account(fake), changed_by=None, version=1) == a_company(
        vat=before, buys_without_vat_id=True
    )
    assert dues(fake) == [a_due(version=0)]


@pytest.mark.parametrize("registrant", [WITHOUT, SWISS])
def test_data_without_a_check_leave_nothing_due(registrant: Registrant) -> None:
    fake = an_office(a_company(), a_due())

    change(fake, registrant)

    assert account(fake).vat is None
    assert dues(fake) == []


def test_a_company_does_not_leave_its_check_as_a_person() -> None:
    fake = an_office(a_company(), a_due())

    assert change(fake, PERSON) == Refusal(RefusalCode.COMPANY_STAYS_ONE)
    assert fake.records.writes == 0


def test_a_person_who_becomes_a_company_is_checked() -> None:
    fake = an_office(a_company(registrant=replace(COMPANY, kind=CustomerKind.PERSON), vat=None))

    change(fake, COMPANY)

    assert begun_at(fake, LATER)


def test_data_that_change_back_are_asked_about_again() -> None:
    fake = an_office(a_company())
    change(fake, OTHER)

    change(fake, COMPANY, at=LATER + HOUR)

    assert begun_at(fake, LATER + HOUR)


def test_what_is_claimed_meanwhile_is_no_lost_race() -> None:
    fake = an_office(a_company(vat=a_standing(VatState.PENDING)), a_due())
    now = {"now": NOON, "until": NOON + HOUR}
    fake.records.quicker = [lambda: fake.vat_dues.claim(a_due(), by="schedule", **now)]

    change(fake, OTHER)

    assert begun_at(fake, LATER, OTHER)
    assert not fake.vat_dues.claim(a_due(), by="x", now=NOON, until=LATER)
    assert fake.pauses == []


# --- asking for one


@pytest.mark.parametrize("state", [VatState.INVALID, VatState.MISMATCH, VatState.GIVEN_UP])
def test_a_customer_asks_again_after_a_bad_end(state: VatState) -> None:
    fake = an_office(a_company(vat=a_standing(state)))

    assert start(fake) == {"account": ACCOUNT}

    assert begun_at(fake, LATER)


def test_data_that_were_never_asked_about_are_asked_about() -> None:
    fake = an_office(a_company(vat=None))

    start(fake)

    assert begun_at(fake, LATER)


def test_a_valid_verdict_stays_while_it_is_asked_for_again() -> None:
    fake = an_office(a_company(), a_due(at=NOON + 90 * DAY))

    start(fake, nonce="abcdefabcdef" + "0" * 20)

    waiting = a_waiting(
        check_id=f"{int(LATER.timestamp())}000-abcdefabcdef", since=LATER, next_try=LATER
    )
    assert standing(fake) == a_standing(waiting=waiting)
    assert dues(fake) == [a_due(at=LATER, version=0)]


@pytest.mark.parametrize(
    ("at", "again"), [(NOON, False), (NOON + FRESH_FOR - MINUTE, False), (NOON + FRESH_FOR, True)]
)
@pytest.mark.parametrize("state", [each for each in VatState if each is not VatState.PENDING])
def test_a_young_verdict_is_not_asked_for_again(
    state: VatState, at: datetime, *, again: bool
) -> None:
    fake = an_office(a_company(vat=a_standing(state)))

    assert start(fake, at=at) == {"account": ACCOUNT}

    assert (standing(fake).waiting is not None) is again
    assert bool(fake.records.writes) is again


@pytest.mark.parametrize(
    "before",
    [
        a_standing(VatState.PENDING, waiting=a_waiting(next_try=NOON + DAY, tries=7)),
        a_standing(waiting=a_waiting(next_try=NOON + DAY, tries=7)),
        a_standing(override=VatOverride(by="operator:o", reason="gesehen")),
        a_standing(
            VatState.INVALID, override=VatOverride(by="operator:o", reason="gesehen"), code=None
        ),
    ],
)
def test_a_running_check_goes_on_and_an_operators_word_stands(before: VatStanding) -> None:
    fake = an_office(a_company(vat=before), a_due(at=NOON + DAY))

    assert start(fake, at=NOON + 10 * DAY) == {"account": ACCOUNT}

    assert standing(fake) == before
    assert fake.records.writes == 0


@pytest.mark.parametrize("registrant", [PERSON, WITHOUT, SWISS, None])
def test_where_there_is_nothing_to_check_that_is_told(registrant: Registrant | None) -> None:
    fake = an_office(a_company(registrant=registrant, vat=None))

    assert start(fake) == MISSING
    assert fake.records.writes == 0


@pytest.mark.parametrize("things", [[], [an_account(erased=True)]])
def test_what_is_no_account_is_not_checked(things: list[Account]) -> None:
    fake = an_office(*things)

    assert start(fake) == NO_ACCOUNT
    assert (
        decide_vat(ACCOUNT, VatDecision(True, "x", "0" * 16), fake.office, a_request())
        == NO_ACCOUNT
    )
    assert fake.records.writes == 0


def test_a_repeated_wish_is_one_check() -> None:
    fake = an_office(a_company(vat=None))

    for at in (LATER, LATER + DAY):
        start_check(ACCOUNT, fake.office, repeatable(at=at))

    assert begun_at(fake, LATER)
    assert len(fake.records.all(HandledRequest)) == 1


def test_two_wishes_at_once_are_one_check() -> None:
    fake = an_office(a_company(vat=None))
    fake.records.quicker = [lambda: start(fake, at=LATER + MINUTE)]

    start(fake)

    assert begun_at(fake, LATER + MINUTE)
    assert fake.records.writes == 1


def test_a_wish_that_always_loses_is_given_up() -> None:
    fake = an_office(a_company(vat=None))
    fake.records.quicker = [
        lambda: fake.records.put(replace(account(fake), version=account(fake).version + 1))
    ] * 6

    with pytest.raises(TooManyRaces):
        start(fake)

    assert dues(fake) == []


def test_later_checks_sort_after_earlier_ones() -> None:
    times = (datetime(2026, 1, 1, tzinfo=UTC), NOON, NOON + timedelta(milliseconds=1), NOON + DAY)
    ids = [a_request(at=at).sortable_id for at in times]

    assert ids == sorted(ids)


def test_a_question_is_in_latin_letters_where_they_differ() -> None:
    registrant = replace(
        COMPANY,
        name="Müller GmbH",
        address=Address("Süßweg 1", "1010", "Wörgl", "AT"),
        latin=LatinCompany(name="Mueller GmbH", street="Suessweg 1", city="Woergl"),
    )

    assert question_of(COMPANY, VatService.EVATR) == QUESTION
    assert question_of(registrant, VatService.VIES) == VatQuestion(
        service=VatService.VIES,
        vat_id="ATU13585627",
        name="Mueller GmbH",
        street="Suessweg 1",
        postal_code="1010",
        city="Woergl",
    )


# --- an operator's word


def decide(
    fake: FakeOffice, valid: bool | None, reason: str = "Papiere gesehen", **changes: Any
) -> Result | Refusal:
    request = a_request(**{"actor": "operator:o", "at": LATER, **changes})
    registrant = account(fake).registrant
    seen = data_version(registrant) if registrant else "0" * 16
    return decide_vat(ACCOUNT, VatDecision(valid, reason, seen), fake.office, request)


def refused(fake: FakeOffice, at: datetime = LATER) -> RefusalCode | None:
    refusal = may_not_buy(account(fake), fake.office, at)
    return refusal.code if refusal else None


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize(
    ("valid", "state", "code"),
    [(True, VatState.VALID, None), (False, VatState.INVALID, RefusalCode.VAT_ID_INVALID)],
)
def test_an_operators_word_stands_and_is_kept(
    before: VatStanding | None, state: VatState, code: RefusalCode | None, *, valid: bool
) -> None:
    fake = an_office(a_company(vat=before), a_due())

    result = decide(fake, valid)

    (record,) = fake.records.all(VatRecord)
    assert result == {"account": ACCOUNT, "check": record.id}
    assert record == VatRecord(
        account=ACCOUNT,
        id=record.id,
        at=LATER,
        state=state,
        of=fingerprint(COMPANY),
        by="operator:o",
        reason="Papiere gesehen",
        about=entered(COMPANY),
        version=1,
    )
    assert standing(fake) == VatStanding(
        state=state,
        of=fingerprint(COMPANY),
        check_id=record.id,
        decided_at=LATER,
        override=VatOverride(by="operator:o", reason="Papiere gesehen"),
    )
    assert account(fake).changed_by == "operator:o"
    assert dues(fake) == []
    assert refused(fake, LATER + 400 * DAY) == code


def test_it_stands_until_the_data_change() -> None:
    fake = an_office(a_company())
    decide(fake, False)
    start(fake, at=LATER + 100 * DAY)
    assert refused(fake, LATER + 100 * DAY) == RefusalCode.VAT_ID_INVALID

    change(fake, OTHER)

    assert begun_at(fake, LATER, OTHER)
    assert len(fake.records.all(VatRecord)) == 1


def test_the_last_of_two_words_counts_and_both_are_kept() -> None:
    fake = an_office(a_company(vat=None))
    decide(fake, True)

    decide(fake, False, "doch nicht", at=LATER + MINUTE)

    assert standing(fake).state is VatState.INVALID
    assert [record.reason for record in fake.records.all(VatRecord)] == [
        "Papiere gesehen",
        "doch nicht",
    ]


def test_a_company_without_a_vat_id_buys_by_an_operators_word_until_its_data_change() -> None:
    fake = an_office(a_company(registrant=WITHOUT, vat=None))
    assert refused(fake) == RefusalCode.VAT_ID_MISSING

    decide(fake, None)

    (record,) = fake.records.all(VatRecord)
    assert (record.state, record.code, record.by) == (
        VatState.VALID,
        "WITHOUT_VAT_ID",
        "operator:o",
    )
    assert (account(fake).vat, account(fake).buys_without_vat_id) == (None, True)
    assert refused(fake) is None
    change(fake, replace(WITHOUT, name="Huber AG"))
    assert refused(fake) == RefusalCode.VAT_ID_MISSING


def test_a_vat_id_that_is_not_there_is_neither_valid_nor_invalid() -> None:
    for registrant in (SWISS, PERSON):
        fake = an_office(a_company(registrant=registrant, vat=None))
        assert [decide(fake, valid) for valid in (True, False, None)] == [MISSING] * 3
        assert fake.records.writes == 0
    assert decide(an_office(a_company(registrant=WITHOUT, vat=None)), True) == MISSING
    assert decide(an_office(a_company()), None) == MISSING
    assert decide(an_office(an_account()), None) == MISSING


def test_the_leave_to_buy_without_one_is_taken_back() -> None:
    fake = an_office(a_company(registrant=WITHOUT, vat=None))
    decide(fake, None)

    decide(fake, False, at=LATER + DAY)

    assert not account(fake).buys_without_vat_id
    assert refused(fake) is RefusalCode.VAT_ID_MISSING
    states = [(record.state, record.code) for record in fake.records.all(VatRecord)]
    assert sorted(states) == [
        (VatState.INVALID, "WITHOUT_VAT_ID"),
        (VatState.VALID, "WITHOUT_VAT_ID"),
    ]


def test_a_repeated_word_is_one_record() -> None:
    fake = an_office(a_company())
    registrant = account(fake).registrant
    assert registrant
    decision = VatDecision(False, "Papiere gesehen", data_version(registrant))

    first, second = (
        decide_vat(ACCOUNT, decision, fake.office, repeatable(actor="operator:o", at=at))
        for at in (LATER, LATER + DAY)
    )

    assert first == second
    assert len(fake.records.all(VatRecord)) == 1


def test_a_word_about_data_that_change_meanwhile_is_refused() -> None:
    fake = an_office(a_company(), a_due())
    fake.records.quicker = [lambda: change(fake, OTHER)]

    assert decide(fake, True) == Refusal(RefusalCode.CHANGED_MEANWHILE)

    assert fake.records.all(VatRecord) == []
    assert standing(fake).of == fingerprint(OTHER)
    assert len(dues(fake)) == 1


def test_what_waits_and_is_due_nowhere_is_made_due_again() -> None:
    fake = an_office(a_company(vat=a_standing(VatState.PENDING)))

    start(fake)

    (due,) = dues(fake)
    waiting = standing(fake).waiting
    assert waiting
    assert due.at == waiting.next_try


# --- what becomes of it


def test_erasing_leaves_nothing_due_and_keeps_the_evidence() -> None:
    fake = an_office(a_company(), a_user(), a_due(), a_vat_record())

    erase(ACCOUNT, fake.office, a_request(actor=f"user:{ANNA}"))

    assert account(fake).vat is None
    assert dues(fake) == []
    assert fake.records.all(VatRecord) == [a_vat_record()]


def test_a_check_that_begins_while_the_account_is_erased_is_gone_with_it() -> None:
    fake = an_office(a_company(vat=None), a_user())
    fake.records.quicker = [lambda: start(fake)]

    erase(ACCOUNT, fake.office, a_request(actor=f"user:{ANNA}"))

    assert (account(fake).erased, account(fake).vat, dues(fake)) == (True, None, [])
    assert start(fake) == NO_ACCOUNT


def test_an_account_is_exported_with_its_checks() -> None:
    word = a_vat_record("1795348800001-abcdefabcdef", question=None, exchange=None, by="operator:o")
    fake = an_office(a_company(), a_user(), a_vat_record(), word)

    found = exported(account(fake), fake.office, fake.records)["vatChecks"]

    assert [check["id"] for check in found] == [word.id, a_vat_record().id]
    assert [(check["state"], check["request"], check["response"]) for check in found] == [
        ("valid", None, None),
        ("valid", EXCHANGE.request, EXCHANGE.response),
    ]


def test_more_checks_than_a_page_are_exported_whole() -> None:
    records = [a_vat_record(f"{n:013d}-abcdefabcdef") for n in range(101)]
    fake = an_office(a_company(), a_user(), *records)

    found = exported(account(fake), fake.office, fake.records)["vatChecks"]

    assert [check["id"] for check in found] == [record.id for record in records[::-1]]
