"""Fetches and orders over HTTP: decided as by SMS, answered at once, once."""

from dataclasses import replace
from typing import Any

import pytest

from freischalt.domain.answer import AnswerCode
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.conversation import Service
from freischalt.domain.dongle import Dongle, Grant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.licence import CaratId, EProtocol, Points
from freischalt.domain.locks import Lock
from freischalt.domain.order import Order
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.sms_grammar import Fetch, PlaceOrder
from freischalt.errors import TooManyRaces
from freischalt.use_cases import operating
from freischalt.use_cases.answer_request import Answered, answer_request
from tests.account_factories import DAY, MINUTE, a_request, an_account, repeatable
from tests.account_fakes import FakeOffice, an_office
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    KEY,
    NOON,
    NUMBER,
    OTHER_ACCOUNT,
    OTHER_INFORMATION,
    a_dongle,
    a_release,
)
from tests.fakes import FakeCodeMaker

FETCH = Fetch(Points(31), NUMBER)
ORDER = PlaceOrder(Points(33), NUMBER)


def desk(*things: Any) -> FakeOffice:
    return an_office(an_account(), a_dongle(), *things)


def asked(
    fake: FakeOffice,
    command: Fetch | PlaceOrder = FETCH,
    account: AccountNumber = ACCOUNT,
    **changes: Any,
) -> Answered | Refusal:
    request = a_request(**{"id": f"r{fake.records.reads}", "actor": "user:u", **changes})
    return answer_request(command, account, fake.counter, request)


def answered(fake: FakeOffice, command: Fetch | PlaceOrder = FETCH, **changes: Any) -> Answered:
    result = asked(fake, command, **changes)
    assert isinstance(result, Answered)
    return result


def code(fake: FakeOffice, command: Fetch | PlaceOrder = FETCH, **changes: Any) -> AnswerCode:
    return answered(fake, command, **changes).answer.code


def dongle(fake: FakeOffice) -> Dongle:
    return fake.records.get(Dongle, CARAT_ID)


def test_a_fetch_answers_with_the_code_and_binds_the_release() -> None:
    fake = desk()

    answer = answered(fake)

    expected = FakeCodeMaker().unlock_code(NUMBER, Points(31), KEY)
    assert (answer.secret, answer.text) == (
        expected,
        f'OK: Ihr Freischalt-Code lautet "{expected}"',
    )
    assert dongle(fake).releases[ACCOUNT].user_information == NUMBER.user_information


def test_an_order_is_placed_by_who_asked() -> None:
    fake = desk()

    answer = answered(fake, ORDER, id="r1").answer

    (order,) = fake.records.all(Order)
    assert (order.number, order.message_id) == (answer.order_number, "user:u/r1")
    assert (order.account, order.placed_at) == (ACCOUNT, NOON)
    assert dongle(fake).releases[ACCOUNT].points == 33


@pytest.mark.parametrize(
    ("command", "release", "expected"),
    [
        (FETCH, None, AnswerCode.NOT_RELEASED),
        (FETCH, a_release(locks=(Lock(None),)), AnswerCode.LOCKED),
        (
            FETCH,
            a_release(user_information=OTHER_INFORMATION),
            AnswerCode.USER_INFORMATION_CHANGED,
        ),
        (FETCH, a_release(points=5), AnswerCode.POINTS_NOT_RELEASED),
        (Fetch(EProtocol(), NUMBER), a_release(e_protocol=False), AnswerCode.E_NOT_RELEASED),
        (
            Fetch(EProtocol(), NUMBER),
            a_release(user_information=OTHER_INFORMATION),
            AnswerCode.USER_INFORMATION_MISMATCH,
        ),
        (ORDER, a_release(points=33), AnswerCode.ALREADY_RELEASED),
    ],
)
def test_each_no_changes_nothing(
    command: Fetch | PlaceOrder, release: Any, expected: AnswerCode
) -> None:
    fake = desk(a_dongle({ACCOUNT: release} if release else {}))
    before = dict(fake.records.things)

    assert code(fake, command) is expected
    assert fake.records.things == before


def test_maintenance_is_told_and_nothing_is_kept_of_it() -> None:
    fake = desk(Service(maintenance=True))

    assert code(fake, ORDER, id="r1", repeatable=True) is AnswerCode.UNAVAILABLE
    fake.records.put(Service())

    assert code(fake, ORDER, id="r1", repeatable=True) is AnswerCode.ORDERED


@pytest.mark.parametrize("things", [[], [an_account(erased=True)]])
def test_who_is_no_account_is_refused(things: list[Any]) -> None:
    fake = an_office(*things)

    assert asked(fake) == Refusal(RefusalCode.NO_ACCOUNT)


def test_somebody_elses_release_looks_like_none() -> None:
    fake = desk(an_account(number=OTHER_ACCOUNT))

    assert code(fake, account=OTHER_ACCOUNT) is AnswerCode.NOT_RELEASED


def test_an_account_that_confirms_orders_by_sms_orders_at_once() -> None:
    fake = desk(an_account(confirms_orders=True))

    assert code(fake, ORDER) is AnswerCode.ORDERED


def test_there_is_no_limit_on_requests_an_hour() -> None:
    fake = desk()

    assert {code(fake, at=NOON + n * MINUTE) for n in range(40)} == {AnswerCode.CODE}


# --- repetitions


def test_a_repeated_order_is_one_order_with_one_answer() -> None:
    fake = desk()

    answers = [answered(fake, ORDER, id="r1", repeatable=True) for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert len(fake.records.all(Order)) == 1


def test_a_repeated_fetch_gets_its_code_again() -> None:
    fake = desk()

    answers = [answered(fake, id="r1", repeatable=True) for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert answers[0].secret
    assert answers[0].secret not in repr(fake.requests.messages)
    assert dongle(fake).version == 2


def test_a_repeated_no_stays_a_no() -> None:
    fake = desk(a_dongle({}))
    before = answered(fake, id="r1", repeatable=True)
    fake.records.put(a_dongle(version=9))

    assert answered(fake, id="r1", repeatable=True) == before
    assert code(fake, id="r2", repeatable=True) is AnswerCode.CODE


def test_another_request_under_the_same_key_is_refused() -> None:
    fake = desk()
    answered(fake, ORDER, id="r1", repeatable=True)

    refusal = asked(fake, FETCH, id="r1", repeatable=True, fingerprint="other")

    assert refusal == Refusal(RefusalCode.IDEMPOTENCY_KEY_REUSED)


def test_the_same_key_of_another_caller_is_another_request() -> None:
    fake = desk()

    numbers = {
        answered(fake, PlaceOrder(Points(points), NUMBER), id="r1", actor=actor).answer.order_number
        for actor, points in {"user:u": 33, "key:k": 35}.items()
    }

    assert len(numbers) == 2


def test_without_a_key_the_same_order_is_another_order() -> None:
    fake = desk()

    codes = [code(fake, ORDER), code(fake, ORDER)]

    assert codes == [AnswerCode.ORDERED, AnswerCode.ALREADY_RELEASED]


def test_two_at_once_are_one_order() -> None:
    fake = desk()
    fake.requests.quicker.append(lambda: asked(fake, ORDER, id="r1", repeatable=True))

    slower = answered(fake, ORDER, id="r1", repeatable=True)

    (order,) = fake.records.all(Order)
    assert slower.answer.order_number == order.number


def test_after_five_lost_races_nothing_was_done() -> None:
    fake = desk()

    def quicker() -> None:
        stored = dongle(fake)
        fake.records.put(replace(stored, version=stored.version + 1))

    fake.requests.quicker += [quicker] * 5

    with pytest.raises(TooManyRaces):
        asked(fake, ORDER)
    assert fake.records.all(Order) == []
    assert fake.pauses == [1, 2, 3, 4]


# --- what operators release


NEW = operating.NewRelease(ACCOUNT, CARAT_ID, Grant(33, e_protocol=False))


def test_an_operator_releases_at_least_so_much() -> None:
    fake = desk()

    assert operating.release(NEW, fake.office, fake.codes, a_request()) == {"carat_id": CARAT_ID}

    assert dongle(fake).releases[ACCOUNT] == a_release(points=33)
    less = replace(NEW, grant=Grant(5, e_protocol=False))
    operating.release(less, fake.office, fake.codes, a_request("r2"))
    assert dongle(fake).releases[ACCOUNT] == a_release(points=33)


def test_a_release_is_on_the_dongles_trail_with_its_operator() -> None:
    fake = desk()

    operating.release(NEW, fake.office, fake.codes, a_request(actor="operator:o"))

    (entry,) = fake.records.all(AuditEntry)
    assert (entry.event, entry.actor, entry.carat_id) == (Event.GRANTED, "operator:o", CARAT_ID)
    assert (entry.account, entry.details) == (ACCOUNT, {"points": "33", "e_protocol": "no"})


def test_a_new_dongle_keeps_the_active_key() -> None:
    fake = an_office(an_account())

    operating.release(NEW, fake.office, fake.codes, a_request())

    assert (dongle(fake).key_id, dongle(fake).version) == (KEY, 1)


@pytest.mark.parametrize("things", [[], [an_account(erased=True)]])
def test_nothing_is_released_for_what_is_no_account(things: list[Any]) -> None:
    fake = an_office(*things)

    refusal = operating.release(NEW, fake.office, fake.codes, a_request())

    assert refusal == Refusal(RefusalCode.NO_ACCOUNT)
    assert fake.records.all(Dongle) == []


def test_a_repeated_release_is_one_release() -> None:
    fake = desk()

    for _ in range(3):
        operating.release(NEW, fake.office, fake.codes, repeatable("release"))

    assert dongle(fake).version == 2


def test_accounts_are_found_by_name_phone_dongle_and_number() -> None:
    other = an_account(number=OTHER_ACCOUNT, company="Müller")
    fake = desk(other)

    page = operating.accounts_by(fake.office, fake.records, name="mue", after=None, limit=5)

    assert list(page.things) == [other]
    assert operating.accounts_of_dongle(CARAT_ID, fake.office) == [an_account()]
    assert operating.accounts_of_dongle(CaratId("00000000"), fake.office) == []
    assert operating.account_by_number(OTHER_ACCOUNT, fake.office) == [other]
    assert operating.account_of_phone("+436991234567", fake.office) == []


def test_an_order_is_no_older_than_its_request() -> None:
    """A request is never redriven: however long ago an order was placed, the next one is new."""
    fake = desk()
    answered(fake, ORDER)

    later = PlaceOrder(Points(35), NUMBER)
    assert code(fake, later, at=NOON + 40 * DAY) is AnswerCode.ORDERED
