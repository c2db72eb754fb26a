"""The load run itself: what it offers, what it takes for right, and what it counts as waiting."""

import random
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from freischalt.domain.licence import LicenceNumber, licence_type
from local.inbound_sms import InboundSms
from tests.factories import KEY
from tests.fakes import FakeCodeMaker
from tests.load.answers import Answer
from tests.load.check import Check
from tests.load.mix import DELIVERED_TWICE, MIX, Customers, Kind, Text
from tests.load.offer import Offering, timetable
from tests.load.step import Step

SEED = 7
CODES = FakeCodeMaker()


def some_texts(count: int) -> list[Text]:
    return Customers(count, SEED).write(count)


# --- what is offered


def test_the_mix_is_as_declared_and_always_the_same() -> None:
    texts = some_texts(2_000)

    assert sum(MIX.values()) == pytest.approx(1)
    for kind, share in MIX.items():
        assert sum(text.kind is kind for text in texts) / 2_000 == pytest.approx(share, abs=0.03)
    assert texts == some_texts(2_000)
    assert len({text.id for text in texts}) == 2_000


def test_no_phone_texts_more_often_than_it_is_answered() -> None:
    senders = [text.sms.origination_number for text in some_texts(2_000)]

    assert max(map(senders.count, set(senders))) <= 30


def test_a_share_comes_twice_and_each_within_the_time() -> None:
    texts = some_texts(1_000)

    deliveries = timetable(texts, 10, random.Random(SEED))  # noqa: S311 - no secrets

    assert len(deliveries) / 1_000 == pytest.approx(1 + DELIVERED_TWICE, abs=0.03)
    assert {delivery.text.id for delivery in deliveries} == {text.id for text in texts}
    assert all(0 <= delivery.due <= 10 for delivery in deliveries)


def test_a_slow_topic_does_not_slow_the_offer_down() -> None:
    """The first is not taken before all others have been."""
    deliveries = timetable(some_texts(20), 1, random.Random(SEED), evenly=True)  # noqa: S311
    left, first = threading.Semaphore(0), threading.Lock()

    def publish(_: InboundSms) -> None:
        if first.acquire(blocking=False):
            for _other in deliveries[1:]:
                assert left.acquire(timeout=30)
        else:
            left.release()

    with Offering(deliveries, publish, time.time()) as offering:
        while not offering.is_over:
            time.sleep(0.01)

    assert set(offering.published) == set(deliveries)
    assert offering.stopped_at is None


def test_what_was_stopped_offers_nothing_more() -> None:
    deliveries = timetable(some_texts(20), 60, random.Random(SEED), evenly=True)  # noqa: S311

    with Offering(deliveries, lambda _: None, time.time()) as offering:
        offering.stop()

    assert len(offering.published) <= 1
    assert offering.stopped_at


# --- what is right


def fetch() -> tuple[Text, Answer]:
    text = next(text for text in some_texts(20) if text.kind is Kind.FETCH)
    asked = licence_type(text.type)
    assert asked
    code = CODES.unlock_code(LicenceNumber.of(text.number), asked, KEY)
    said = f'OK: Ihr Freischalt-Code lautet "{code}"'
    return text, Answer(0, text.sms.origination_number, said)


def order() -> tuple[Text, Answer]:
    text = next(text for text in some_texts(20) if text.kind is Kind.ORDER)
    said = f"OK: Bestellung 2026-000001, {text.type}. Code mit cl.{text.type}.{text.number}"
    return text, Answer(0, text.sms.origination_number, said)


def test_one_right_answer_and_one_order_are_right() -> None:
    (fetched, code), (ordered, number) = fetch(), order()
    answers = {fetched.id: [code], ordered.id: [number]}

    assert not Check(CODES, KEY, {ordered.id: ["2026-000001"]}).faults([fetched, ordered], answers)


@pytest.mark.parametrize(
    ("answers", "orders"),
    [
        pytest.param([], ["2026-000001"], id="no-answer"),
        pytest.param([{}, {}], ["2026-000001"], id="the-same-answer-twice"),
        pytest.param([{"text": "OK"}], ["2026-000001"], id="another-answer"),
        pytest.param([{"phone": "+43"}], ["2026-000001"], id="another-phone"),
        pytest.param([{}], [], id="no-order"),
        pytest.param([{}], ["2026-000001", "2026-000002"], id="two-orders"),
        pytest.param([{}], ["2026-000002"], id="another-number"),
    ],
)
def test_all_else_is_a_fault(answers: list[dict[str, Any]], orders: list[str]) -> None:
    text, right = order()

    said = [right._replace(**changes) for changes in answers]
    faults = Check(CODES, KEY, {text.id: orders}).faults([text], {text.id: said})

    assert faults.keys() == {text.id}


def test_another_dongles_code_and_an_order_of_nobodys_are_faults() -> None:
    text, right = fetch()
    other = replace(text, number="9" + text.number[1:])

    faults = Check(CODES, KEY, {"m9": ["2026-000001"]}).faults([other], {text.id: [right]})

    assert faults.keys() == {text.id, "m9"}


# --- what is counted


def a_step(left: dict[str, float]) -> Step:
    """Ten texts, one each second from 100 on."""
    return Step(
        rate=1,
        begin=100,
        seconds=10,
        published=[],
        due={str(n): 100.0 + n for n in range(10)},
        left=left,
        seen_until=130,
        published_late=0,
        cut_short=False,
        errors=0,
        dead_letters=0,
        watched=30,
        used={},
        machine_cpu=0,
    )


def test_a_step_that_keeps_up() -> None:
    step = a_step({str(n): 100.5 + n for n in range(10)})

    assert (step.served, step.waiting, step.oldest) == (1, 0, 0.5)
    assert (step.waited(50), step.waited(99)) == (0.5, 0.5)
    assert step.keeps_up


def test_a_step_that_does_not_counts_from_when_a_text_was_due() -> None:
    step = a_step({str(n): 100.0 + 3 * n for n in range(9)})

    assert step.served == 0.4  # at 100, 103, 106 and 109
    assert step.waiting == 6
    assert step.oldest == 6  # the fifth was due at 104 and has no answer at 110
    assert step.waited(99) > 20  # the last one was seen to wait for 21 s
    assert not step.keeps_up
