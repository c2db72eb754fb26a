"""What one phone can cost, guess or hold up, however it tries: also with many texts at once.

"At once" is the worst case, made certain: every worker has read before the first of them writes.
`tests/e2e/test_races.py` has real threads.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freischalt.adapters.aws_events import LONGEST_TEXT, Delivery, deliveries
from freischalt.domain.answer import AnswerCode
from freischalt.domain.conversation import InboundSms, Snapshot
from freischalt.domain.licence import CaratId
from freischalt.domain.limits import HOUR
from freischalt.errors import MalformedMessage
from freischalt.ports import Messages
from freischalt.use_cases.answer_sms import answer_sms
from freischalt.use_cases.apologise import apologise
from freischalt.use_cases.desk import Ending, Outcome
from tests.contract.promises import DynamoDbStore, FakeStore, Store
from tests.factories import (
    NOON,
    NUMBER,
    OTHER_PHONE,
    OWN_NUMBER,
    PHONE,
    STRANGER,
    a_policy,
    a_sender,
    a_sms,
)
from tests.fakes import FakeDesk, FakeMessages

ORDER = f"Ich bestelle verbindlich 5P {NUMBER}"
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["fake", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    """A store where one phone is registered, and asks before it orders."""
    kept: Store
    if request.param == "fake":
        kept = FakeStore()
    else:
        kept = DynamoDbStore(request.getfixturevalue("dynamodb"))
    kept.put_sender(a_sender(confirms_orders=True))
    return kept


class ReadTogether:
    """The first read of each message shows what was there before any of them was handled."""

    def __init__(self, messages: Messages, texts: Iterable[InboundSms]) -> None:
        self._messages = messages
        self._first = {
            sms.id: messages.read(phone=sms.sender, message_id=sms.id, carat_id=None)
            for sms in texts
        }

    def read(self, *, phone: str, message_id: str, carat_id: CaratId | None) -> Snapshot:
        first = self._first.pop(message_id, None)
        return first or self._messages.read(phone=phone, message_id=message_id, carat_id=carat_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messages, name)


def at_once(store: Store, texts: Sequence[InboundSms]) -> list[Outcome]:
    """How each text ended, if all were read before the first was handled."""
    desk = replace(FakeDesk().desk, messages=ReadTogether(store.messages, texts))
    return [answer_sms(sms, desk, now=sms.arrived_at, attempt=sms.id) for sms in texts]


def texts(words: str, count: int, sender: str = PHONE) -> list[InboundSms]:
    return [a_sms(words, id=f"{words}{n}", sender=sender) for n in range(count)]


def asked_to_confirm(store: Store) -> str:
    """Order, and give the four digits that the customer is asked for."""
    fake = FakeDesk()
    sms = a_sms(ORDER, id="order")
    answer_sms(sms, replace(fake.desk, messages=store.messages), now=NOON, attempt="order")
    return fake.sms.texts[0][-4:]


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 10_000:04d}"


# --- replies


def test_of_forty_texts_at_once_thirty_are_answered(store: Store) -> None:
    outcomes = at_once(store, texts("HILFE", 40))

    endings = Counter(outcome.ending for outcome in outcomes)
    assert endings == {Ending.ANSWERED: 30, Ending.OVER_THE_LIMIT: 10}


def test_of_ten_texts_at_once_a_stranger_gets_one_answered(store: Store) -> None:
    outcomes = at_once(store, texts("HILFE", 10, STRANGER))

    endings = Counter(outcome.ending for outcome in outcomes)
    assert endings == {Ending.ANSWERED: 1, Ending.TURNED_AWAY_BEFORE: 9}


@given(st.lists(st.integers(min_value=0, max_value=200), min_size=4, max_size=20).map(sorted))
def test_in_any_hour_a_phone_gets_its_replies_and_not_one_more(minutes: list[int]) -> None:
    fake = FakeDesk(
        messages=FakeMessages(senders={PHONE: a_sender()}), policy=a_policy(replies_an_hour=3)
    )
    answered: list[int] = []

    for n, minute in enumerate(minutes):
        sms = a_sms("HILFE", id=f"m{n}", at=NOON + minute * MINUTE)
        outcome = answer_sms(sms, fake.desk, now=sms.arrived_at, attempt="a")
        in_this_hour = [one for one in answered if (minute - one) * MINUTE < HOUR]
        assert (outcome.ending is Ending.ANSWERED) == (len(in_this_hour) < 3)
        if outcome.ending is Ending.ANSWERED:
            answered.append(minute)


def test_a_phone_past_its_limit_silences_nobody_else() -> None:
    senders = {phone: a_sender(phone) for phone in (PHONE, OTHER_PHONE)}
    store = FakeStore()
    store.fake.senders |= senders
    at_once(store, texts("HILFE", 31))

    (outcome,) = at_once(store, texts("hilfe", 1, OTHER_PHONE))

    assert outcome.ending is Ending.ANSWERED


def test_apologies_are_replies_and_past_the_limit_there_is_none() -> None:
    fake = FakeDesk(
        messages=FakeMessages(senders={PHONE: a_sender()}), policy=a_policy(replies_an_hour=2)
    )

    sorry = [
        apologise(a_sms("HILFE", id=f"m{n}"), fake.desk, now=NOON, attempt="a") for n in range(3)
    ]
    outcome = answer_sms(a_sms("HILFE"), fake.desk, now=NOON, attempt="b")

    assert sorry == [True, True, False]
    assert outcome.ending is Ending.OVER_THE_LIMIT
    assert len(fake.sms.sent) == 2


# --- confirmations


def test_of_five_wrong_guesses_at_once_three_are_tries_and_end_the_order(store: Store) -> None:
    digits = asked_to_confirm(store)

    wrong = at_once(store, texts(f"JA {other_than(digits)}", 5))
    (right,) = at_once(store, texts(f"JA {digits}", 1))

    assert Counter(outcome.answer for outcome in wrong) == {
        AnswerCode.WRONG_CONFIRMATION: 3,
        AnswerCode.NOTHING_TO_CONFIRM: 2,
    }
    assert right.answer is AnswerCode.NOTHING_TO_CONFIRM
    assert not store.orders()


def test_the_right_digits_five_times_at_once_are_one_order(store: Store) -> None:
    digits = asked_to_confirm(store)

    outcomes = at_once(store, texts(f"JA {digits}", 5))

    assert [outcome.answer for outcome in outcomes] == [AnswerCode.ORDERED] * 5
    assert len(store.orders()) == 1


def test_the_same_order_asked_for_again_gives_no_new_tries(store: Store) -> None:
    wrong = other_than(asked_to_confirm(store))

    at_once(store, texts(f"JA {wrong}", 2))
    (again,) = at_once(store, texts(ORDER, 1))
    guesses = at_once(store, texts(f"ja {wrong}", 2))

    assert again.answer is AnswerCode.CONFIRM
    assert [outcome.answer for outcome in guesses] == [
        AnswerCode.WRONG_CONFIRMATION,
        AnswerCode.NOTHING_TO_CONFIRM,
    ]


def test_whoever_fakes_a_number_has_twenty_two_guesses_an_hour() -> None:
    """Of 10,000; and the phone whose number it is hears of it thirty times."""
    fake = FakeDesk(messages=FakeMessages(senders={PHONE: a_sender(confirms_orders=True)}))
    answers: Counter[AnswerCode | None] = Counter()
    digits = "0000"

    for n in range(60):
        words = f"JA {other_than(digits)}" if n % 4 else ORDER  # as few orders as there can be
        outcome = answer_sms(a_sms(words, id=f"m{n}"), fake.desk, now=NOON, attempt="a")
        answers[outcome.answer] += 1
        if outcome.answer is AnswerCode.CONFIRM:
            digits = fake.sms.texts[-1][-4:]

    assert answers == {AnswerCode.CONFIRM: 8, AnswerCode.WRONG_CONFIRMATION: 22, None: 30}


# --- who is answered at all


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("+436601234567", Ending.ANSWERED),
        ("+423660123456", Ending.COUNTRY_NOT_SERVED),  # Liechtenstein begins almost like Austria
        ("+420601234567", Ending.COUNTRY_NOT_SERVED),
        ("+43", Ending.COUNTRY_NOT_SERVED),
        ("+43660123456789012", Ending.COUNTRY_NOT_SERVED),
        ("+43660123456\n", Ending.COUNTRY_NOT_SERVED),
        ("+4366012345６７", Ending.COUNTRY_NOT_SERVED),
        ("436601234567", Ending.COUNTRY_NOT_SERVED),
        (OWN_NUMBER, Ending.OWN_NUMBER),
    ],
)
def test_only_phones_of_served_countries_are_answered(sender: str, expected: Ending) -> None:
    (outcome,) = at_once(FakeStore(), texts("HILFE", 1, sender))

    assert outcome.ending is expected


# --- how much of a text is read


@pytest.fixture
def delivery(event: Callable[[str], Any]) -> Callable[..., Delivery]:
    """A delivery whose text says this."""

    def make(**fields: str) -> Delivery:
        sqs = event("receive_sms.fetch")
        envelope = json.loads(sqs["Records"][0]["body"])
        envelope["Message"] = json.dumps({**json.loads(envelope["Message"]), **fields})
        sqs["Records"][0]["body"] = json.dumps(envelope)
        (made,) = deliveries(sqs)
        return made

    return make


@pytest.mark.parametrize("length", [LONGEST_TEXT - 1, LONGEST_TEXT, LONGEST_TEXT + 1, 200_000])
def test_no_more_of_a_text_is_read_than_an_sms_can_hold(
    length: int, delivery: Callable[..., Delivery]
) -> None:
    assert len(delivery(messageBody="x" * length).sms().text) == min(length, 1_600)


@pytest.mark.parametrize(
    ("field", "length"),
    [("messageBody", 300_001), ("originationNumber", 129), ("inboundMessageId", 129)],
)
def test_what_no_sms_can_hold_is_no_sms(
    field: str, length: int, delivery: Callable[..., Delivery]
) -> None:
    with pytest.raises(MalformedMessage, match="longer than"):
        delivery(**{field: "x" * length}).sms()
