"""Orders over HTTP and VAT checks: who may buy, and what begins a check. vat.md, the purchases."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from freischalt.domain.account import Account
from freischalt.domain.address import CustomerKind, Registrant
from freischalt.domain.answer import AnswerCode
from freischalt.domain.dongle import Dongle
from freischalt.domain.licence import Points
from freischalt.domain.order import Order
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.sms_grammar import Fetch, PlaceOrder
from freischalt.domain.vat import VatField, VatReading, VatService
from freischalt.domain.vat_record import VatDue, VatRecord
from freischalt.domain.vat_standing import VatOverride, VatStanding, VatState
from freischalt.use_cases.answer_request import Answered, answer_request
from freischalt.use_cases.buying import place_order
from freischalt.use_cases.check_vat import check_vat
from freischalt.use_cases.own_account import change_account
from tests.account_factories import (
    COMPANY,
    DAY,
    DIFFERS,
    DOWN,
    HOUR,
    INVALID,
    MINUTE,
    VALID,
    a_company,
    a_due,
    a_request,
    a_standing,
    a_waiting,
    an_account,
    repeatable,
)
from tests.account_fakes import FakeOffice, FakeVatRegistry, an_office
from tests.factories import ACCOUNT, CARAT_ID, NOON, NUMBER, a_dongle, a_release

ORDER = PlaceOrder(Points(33), NUMBER)
FETCH = Fetch(Points(31), NUMBER)
SECONDS_30 = timedelta(seconds=30)
STALE = NOON + 25 * HOUR
"""When a verdict of noon is to be repeated before a purchase."""

WITHOUT = replace(COMPANY, vat_id=None)
PERSON = Registrant(CustomerKind.PERSON, "Anna Huber", COMPANY.address)
SWISS = replace(WITHOUT, address=replace(COMPANY.address, country="CH"))
BY_OPERATOR = VatOverride(by="operator:o", reason="gesehen")


def desk(*things: Any, **account: Any) -> FakeOffice:
    return an_office(a_company(**account), a_dongle(), *things)


def order(fake: FakeOffice, at: datetime = NOON, request: Request | None = None) -> Any:
    asked = request or a_request(f"r{fake.records.reads}", actor="user:u", at=at)
    return place_order(ORDER, ACCOUNT, fake.counter, fake.office, asked)


def ordered(result: Any) -> bool:
    return isinstance(result, Answered) and result.answer.code is AnswerCode.ORDERED


def orders(fake: FakeOffice) -> int:
    return len(fake.records.all(Order))


def standing(fake: FakeOffice) -> VatStanding | None:
    return fake.records.get(Account, ACCOUNT).vat


def running(at: datetime) -> Refusal:
    return Refusal(RefusalCode.VAT_CHECK_RUNNING, until=at + SECONDS_30)


def answer(fake: FakeOffice, reading: VatReading, at: datetime) -> FakeVatRegistry:
    registry = FakeVatRegistry(VatService.EVATR, [reading])
    registries: Mapping[VatService, FakeVatRegistry] = {VatService.EVATR: registry}
    check_vat(ACCOUNT, fake.office, registries, a_request(at=at), now=lambda: at)
    return registry


# --- who may


@pytest.mark.parametrize(
    "account",
    [
        {},
        {"vat": a_standing(override=BY_OPERATOR, decided_at=NOON - 400 * DAY)},
        {"vat": a_standing(decided_at=NOON - DAY)},
        {"vat": a_standing(decided_at=NOON - 9 * DAY, waiting=a_waiting(next_try=NOON + HOUR))},
        {"registrant": PERSON, "vat": None},
        {"registrant": SWISS, "vat": None},
        {"registrant": WITHOUT, "vat": None, "buys_without_vat_id": True},
        {"registrant": None, "vat": None},
    ],
    ids=["valid", "operator", "a-day", "held-up", "person", "swiss", "allowed", "vendors"],
)
def test_who_may_buy_buys_and_no_check_begins(account: dict[str, Any]) -> None:
    fake = desk(**account)

    assert ordered(order(fake))

    assert orders(fake) == 1
    assert fake.records.all(VatDue) == []
    assert standing(fake) == a_company(**account).vat


ID_MISSING = (FieldProblem("/vatId", FieldRule.VAT_ID_MISSING),)
ID_INVALID = (FieldProblem("/vatId", FieldRule.VAT_ID_INVALID),)
DIFFERING = (
    FieldProblem("/name", FieldRule.DIFFERS),
    FieldProblem("/address/postalCode", FieldRule.DIFFERS),
)
REFUSED: dict[str, tuple[dict[str, Any], Refusal]] = {
    "missing": (
        {"registrant": WITHOUT, "vat": None},
        Refusal(RefusalCode.VAT_ID_MISSING, problems=ID_MISSING),
    ),
    "invalid": (
        {"vat": a_standing(VatState.INVALID)},
        Refusal(RefusalCode.VAT_ID_INVALID, problems=ID_INVALID),
    ),
    "by-the-operator": (
        {"vat": a_standing(VatState.INVALID, override=BY_OPERATOR)},
        Refusal(RefusalCode.VAT_ID_INVALID, problems=ID_INVALID),
    ),
    "differs": (
        {"vat": a_standing(VatState.MISMATCH, differing=(VatField.NAME, VatField.POSTAL_CODE))},
        Refusal(RefusalCode.VAT_DATA_DIFFERS, problems=DIFFERING),
    ),
    "given-up": (
        {"vat": a_standing(VatState.GIVEN_UP)},
        Refusal(RefusalCode.VAT_CHECK_GIVEN_UP),
    ),
    "pending": (
        {"vat": a_standing(VatState.PENDING, waiting=a_waiting(next_try=NOON + HOUR, tries=3))},
        Refusal(RefusalCode.VAT_CHECK_PENDING, until=NOON + HOUR + SECONDS_30),
    ),
    "running": ({"vat": a_standing(VatState.PENDING)}, running(NOON)),
}


@pytest.mark.parametrize(("account", "refusal"), REFUSED.values(), ids=REFUSED)
def test_who_may_not_is_told_why_and_nothing_changes(
    account: dict[str, Any], refusal: Refusal
) -> None:
    fake = desk(**account)
    fake.records.put(a_due())
    before = dict(fake.records.things)

    assert order(fake) == refusal
    assert order(fake, request=repeatable(actor="user:u")) == refusal

    assert fake.records.things == before
    assert fake.requests.messages == {}


@pytest.mark.parametrize(("account", "refusal"), REFUSED.values(), ids=REFUSED)
def test_a_fetch_is_nobodys_purchase(account: dict[str, Any], refusal: Refusal) -> None:
    fake = desk(**account)

    fetched = answer_request(FETCH, ACCOUNT, fake.counter, a_request(actor="user:u"))

    assert isinstance(fetched, Answered)
    assert fetched.answer.code is AnswerCode.CODE
    assert fake.records.all(VatDue) == []


def test_what_is_no_account_buys_nothing_and_begins_no_check() -> None:
    for things in ([], [an_account(erased=True)]):
        fake = an_office(a_dongle(), *things)

        assert order(fake) == Refusal(RefusalCode.NO_ACCOUNT)
        assert fake.records.all(VatDue) == []


# --- what begins a check


@pytest.mark.parametrize("vat", [None, a_standing(of="other data")])
def test_data_that_were_never_asked_about_are_asked_about_first(vat: VatStanding | None) -> None:
    fake = desk(vat=vat)

    assert order(fake) == running(NOON)

    first = standing(fake)
    assert first
    assert (first.state, [due.at for due in fake.records.all(VatDue)]) == (
        VatState.PENDING,
        [NOON],
    )
    assert order(fake, NOON + MINUTE) == running(NOON + MINUTE)
    assert standing(fake) == first
    answer(fake, VALID, NOON + 2 * MINUTE)
    assert ordered(order(fake, NOON + 2 * MINUTE))
    assert (orders(fake), len(fake.records.all(VatRecord))) == (1, 1)


def test_a_verdict_of_yesterday_is_asked_for_again_once_and_then_it_buys() -> None:
    fake = desk()
    assert order(fake, STALE) == running(STALE)
    (due,) = fake.records.all(VatDue)

    assert order(fake, STALE + MINUTE) == running(STALE + MINUTE)

    assert fake.records.all(VatDue) == [due]
    assert len(answer(fake, VALID, STALE + MINUTE).asked) == 1
    assert ordered(order(fake, STALE + MINUTE))
    assert orders(fake) == 1


@pytest.mark.parametrize(
    ("reading", "code"),
    [(INVALID, RefusalCode.VAT_ID_INVALID), (DIFFERS, RefusalCode.VAT_DATA_DIFFERS)],
)
def test_a_repetition_that_ends_badly_refuses(reading: VatReading, code: RefusalCode) -> None:
    fake = desk()
    order(fake, STALE)
    answer(fake, reading, STALE)

    refused = order(fake, STALE + MINUTE)

    assert isinstance(refused, Refusal)
    assert refused.code is code
    assert orders(fake) == 0


def test_a_repetition_that_the_service_holds_up_blocks_nobody() -> None:
    fake = desk()
    order(fake, STALE)
    answer(fake, DOWN, STALE)

    assert ordered(order(fake, STALE + MINUTE))
    assert ordered(order(fake, STALE + 20 * MINUTE)) is False  # the points are released already
    assert orders(fake) == 1


def test_a_first_check_that_the_service_holds_up_blocks() -> None:
    fake = desk(vat=None)
    order(fake)
    answer(fake, DOWN, NOON)

    refused = order(fake, NOON + MINUTE)

    assert refused == Refusal(RefusalCode.VAT_CHECK_PENDING, until=NOON + 5 * MINUTE + SECONDS_30)


def test_a_repetition_that_would_be_asked_in_the_night_blocks_nobody() -> None:
    night = datetime(2026, 11, 24, 23, tzinfo=UTC)
    fake = desk()
    assert order(fake, night) == running(night)

    assert ordered(order(fake, night + SECONDS_30))


# --- again


def test_a_repeated_order_gets_the_first_answer_though_the_verdict_is_old() -> None:
    fake = desk()
    key = {"actor": "user:u", "fingerprint": "f"}
    first = order(fake, request=repeatable(**key))
    assert ordered(first)

    again = order(fake, request=repeatable(at=STALE, **key))

    assert again == first
    assert (orders(fake), fake.records.all(VatDue)) == (1, [])


def test_a_key_whose_order_was_refused_is_good_for_the_order() -> None:
    fake = desk(vat=None)
    key = {"actor": "user:u"}
    assert order(fake, request=repeatable(**key)) == running(NOON)
    answer(fake, VALID, NOON)

    first = order(fake, request=repeatable(at=NOON + MINUTE, **key))

    assert ordered(first)
    assert order(fake, request=repeatable(at=NOON + 2 * MINUTE, **key)) == first
    assert orders(fake) == 1


def test_a_key_of_another_order_is_told_before_anything_is_checked() -> None:
    fake = desk()
    order(fake, request=repeatable(actor="user:u"))

    reused = order(fake, request=repeatable(actor="user:u", fingerprint="other", at=STALE))

    assert reused == Refusal(RefusalCode.IDEMPOTENCY_KEY_REUSED)
    assert fake.records.all(VatDue) == []


# --- races


def test_data_that_change_before_the_commit_buy_nothing() -> None:
    """Whoever is valid cannot become another company while the order is placed."""
    fake = desk()
    other = replace(COMPANY, name="Anderer GmbH")

    def change() -> None:
        change_account(ACCOUNT, other, 1, fake.office, a_request(actor="user:x"))

    fake.requests.quicker = [change]

    assert order(fake) == running(NOON)
    assert orders(fake) == 0
    assert fake.records.get(Dongle, CARAT_ID) == a_dongle()


def test_a_verdict_that_comes_before_the_commit_counts() -> None:
    fake = desk(a_due(), vat=a_standing(waiting=a_waiting(), decided_at=NOON - HOUR))
    fake.requests.quicker = [lambda: answer(fake, INVALID, NOON)]

    refused = order(fake)

    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.VAT_ID_INVALID
    assert orders(fake) == 0


def test_two_orders_at_once_begin_one_check() -> None:
    fake = desk(vat=None)
    fake.records.quicker = [lambda: order(fake, NOON + MINUTE)]

    assert order(fake) == running(NOON)

    assert [due.at for due in fake.records.all(VatDue)] == [NOON + MINUTE]
    assert fake.records.writes == 1


def test_what_cannot_be_ordered_is_refused_for_that_when_it_may_buy() -> None:
    fake = an_office(a_company(), a_dongle({ACCOUNT: a_release(points=33)}))

    result = order(fake)

    assert isinstance(result, Answered)
    assert result.answer.code is AnswerCode.ALREADY_RELEASED
