"""Many workers at once over one DynamoDB that keeps its word on transactions, as moto does not."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from freischalt.adapters.dynamodb_order_numbers import DynamoDbOrderNumbers
from freischalt.clock import pause
from freischalt.domain.answer import AnswerCode
from freischalt.domain.conversation import InboundSms, Sender
from freischalt.domain.dongle import Dongle, Release
from freischalt.domain.ids import OrderNumber
from freischalt.errors import StillInHand, TooManyRaces
from freischalt.use_cases.answer_sms import answer_sms
from freischalt.use_cases.desk import Desk, Ending, Outcome
from local.ministack import CREDENTIALS, REGION, MiniStack
from local.processes import a_free_port
from tests.conftest import create_table
from tests.contract.promises import DynamoDbStore
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    NOON,
    NUMBER,
    OTHER_NUMBER,
    PHONE,
    a_dongle,
    a_policy,
    a_release,
    a_sender,
    a_sms,
)
from tests.fakes import FakeCodeMaker, FakeSms

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.e2e

AT_ONCE = 8
ALL_AT_ONCE = 16
THRICE = pytest.mark.parametrize("again", range(3))
COLLEAGUES = [f"+4366012345{last}" for last in range(50, 55)]
FETCH = f"cl.31.{NUMBER}"
ORDER = f"Ich bestelle verbindlich 5P {NUMBER}"
DELIVERIES = 200  # of one message, before a test gives up


@pytest.fixture(scope="module")
def dynamodb_of_ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator["DynamoDBClient"]:
    folder = tmp_path_factory.mktemp("ministack")
    with MiniStack(a_free_port(), folder, keep_state=False) as ministack:
        yield boto3.client(
            "dynamodb",
            endpoint_url=ministack.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(max_pool_connections=ALL_AT_ONCE),
        )


@dataclass
class Office:
    """Workers that share a table and an outbox; each takes order numbers from blocks of its own."""

    store: DynamoDbStore
    sms: FakeSms = field(default_factory=FakeSms)
    mine: threading.local = field(default_factory=threading.local)

    def deliver(self, texts: Sequence[InboundSms], *, workers: int = AT_ONCE) -> list[Outcome]:
        """Deliver all at once, each again and again until it is done."""
        start = threading.Barrier(workers)
        with ThreadPoolExecutor(workers, initializer=self._begin, initargs=(start,)) as threads:
            return list(threads.map(self._handle, texts))

    def _begin(self, start: threading.Barrier) -> None:
        self.mine.desk = Desk(
            messages=self.store.messages,
            numbers=DynamoDbOrderNumbers(self.store.client, self.store.table),
            codes=FakeCodeMaker(),
            sms=self.sms,
            policy=a_policy(),
            pause=pause,
        )
        start.wait()

    def _handle(self, sms: InboundSms) -> Outcome:
        for _ in range(DELIVERIES):
            try:
                return answer_sms(sms, self.mine.desk, now=NOON, attempt=uuid4().hex)
            except (StillInHand, TooManyRaces):
                time.sleep(0.02)
        raise AssertionError(f"{sms.id} was never done")

    @property
    def dongle(self) -> Dongle:
        return self.store.messages.dongle(CARAT_ID)

    def sender(self, phone: str = PHONE) -> Sender:
        return self.store.messages.read(phone=phone, message_id="-", carat_id=None).sender


@pytest.fixture
def office(dynamodb_of_ministack: "DynamoDBClient", template: dict[str, Any]) -> Office:
    """An empty table with some phones of one account."""
    table = f"desk-{uuid4().hex}"
    create_table(dynamodb_of_ministack, template, table)
    office = Office(DynamoDbStore(dynamodb_of_ministack, table))
    for phone in (PHONE, *COLLEAGUES):
        office.store.put_sender(a_sender(phone))
    return office


@THRICE
@pytest.mark.parametrize("text", [FETCH, ORDER, "Guten Morgen"])
def test_a_message_delivered_to_sixteen_workers_has_one_effect(
    office: Office, text: str, again: int
) -> None:
    if text == FETCH:
        office.store.put_dongle(a_dongle())

    outcomes = office.deliver([a_sms(text)] * ALL_AT_ONCE, workers=ALL_AT_ONCE)

    endings = Counter(outcome.ending for outcome in outcomes)
    assert endings == {Ending.ANSWERED: 1, Ending.ANSWERED_BEFORE: ALL_AT_ONCE - 1}
    assert len(office.sms.sent) == len(office.sender().slots) == 1
    assert len(office.store.orders()) == (text == ORDER)
    assert office.dongle.version == {FETCH: 2, ORDER: 1}.get(text, 0)


@THRICE
def test_the_same_wish_in_eight_texts_of_an_account_is_ordered_once(
    office: Office, again: int
) -> None:
    words = ("5P", "5", "5P für", "5 fuer")
    texts = [
        a_sms(f"Ich bestelle verbindlich {one} {NUMBER}", sender=phone, id=f"{phone}/{one}")
        for phone in COLLEAGUES[:2]
        for one in words
    ]

    outcomes = office.deliver(texts)

    assert Counter(outcome.answer for outcome in outcomes) == {
        AnswerCode.ORDERED: 1,
        AnswerCode.ALREADY_RELEASED: 7,
    }
    (order,) = office.store.orders().values()
    assert office.dongle.version == 1
    assert office.dongle.releases == {ACCOUNT: Release(points=5)}
    assert [recent.order_number for recent in office.dongle.recent_orders] == [order.number]
    assert len(office.sms.sent) == len(texts)


@THRICE
def test_an_order_that_a_gateway_repeats_under_new_ids_is_placed_once_and_confirmed_each_time(
    office: Office, again: int
) -> None:
    texts = [
        a_sms(text, id=f"{text}/{number}")
        for text in (ORDER, ORDER.lower())
        for number in range(AT_ONCE // 2)
    ]

    office.deliver(texts)

    (number,) = office.store.orders()
    assert set(office.sms.texts) == {f"OK: Bestellung {number}, 5P. Code mit cl.5P.{NUMBER}"}
    assert len(office.sms.sent) == AT_ONCE
    assert office.dongle.version == 1


@THRICE
def test_a_release_is_bound_to_one_user_information_however_many_ask_at_once(
    office: Office, again: int
) -> None:
    office.store.put_dongle(a_dongle({ACCOUNT: a_release()}))
    numbers = (NUMBER, OTHER_NUMBER)
    texts = [
        a_sms(
            f"cl.{('31', 'E')[place // 2 % 2]}.{numbers[place % 2]}",
            sender=COLLEAGUES[place % 5],
            id=f"m{place}",
        )
        for place in range(40)
    ]

    outcomes = office.deliver(texts)

    bound = office.dongle.releases[ACCOUNT].user_information
    answers = Counter(
        (sms.text[-8:] == bound, sms.text[3] == "E", outcome.answer)
        for sms, outcome in zip(texts, outcomes, strict=True)
    )
    assert bound in {number.user_information for number in numbers}
    assert answers == {
        (True, False, AnswerCode.CODE): 10,
        (True, True, AnswerCode.CODE): 10,
        (False, False, AnswerCode.USER_INFORMATION_CHANGED): 10,
        (False, True, AnswerCode.USER_INFORMATION_MISMATCH): 10,
    }
    assert len({text for text in office.sms.texts if text.startswith("OK: ")}) == 2
    release = office.dongle.releases[ACCOUNT]
    assert (release.fetched_points, release.fetched_e) == (31, True)
    assert office.dongle.version == 3  # the first fetch of points, and of E


@THRICE
def test_sixty_texts_of_one_phone_at_once_get_thirty_answers(office: Office, again: int) -> None:
    office.store.put_dongle(a_dongle())
    texts = [a_sms((FETCH, "HILFE")[place % 2], id=f"m{place}") for place in range(60)]

    outcomes = office.deliver(texts)

    endings = Counter(outcome.ending for outcome in outcomes)
    assert endings == {Ending.ANSWERED: 30, Ending.OVER_THE_LIMIT: 30}
    assert len({outbox_id for _, _, outbox_id in office.sms.sent}) == len(office.sms.sent) == 30
    assert office.sender().slots.keys() == set(range(30))


def test_four_allocators_never_give_the_same_order_number(office: Office) -> None:
    start = threading.Barrier(4)

    def take_sixty(_worker: int) -> list[OrderNumber]:
        numbers = DynamoDbOrderNumbers(office.store.client, office.store.table)
        start.wait()
        return [numbers.take(2026) for _ in range(60)]

    with ThreadPoolExecutor(4) as threads:
        taken = [number for numbers in threads.map(take_sixty, range(4)) for number in numbers]

    assert len(set(taken)) == len(taken) == 240
