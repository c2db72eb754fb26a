"""A fetch or an order races a lock: never an effect after the lock's commit.

In a third of them the lock commits exactly between the read and the transaction; in the others both
run at once, and whoever began its transaction after the lock was committed must be refused.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC
from itertools import cycle
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from freischalt.account_ports import Put
from freischalt.adapters.dynamodb_messages import DynamoDbMessages
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_requests import DynamoDbRequests
from freischalt.clock import pause, utc_now
from freischalt.domain.account import Account
from freischalt.domain.answer import AnswerCode
from freischalt.domain.ids import AccountNumber
from freischalt.domain.licence import CaratId, LicenceNumber, Points
from freischalt.domain.locks import LockReason
from freischalt.domain.refusal import Refusal
from freischalt.domain.request import Request
from freischalt.domain.sms_grammar import Fetch, PlaceOrder
from freischalt.use_cases.answer_request import Answered, answer_request
from freischalt.use_cases.answer_sms import answer_sms
from freischalt.use_cases.desk import Counter as Counters
from freischalt.use_cases.desk import Desk
from freischalt.use_cases.locking import NewLock, set_lock
from freischalt.use_cases.office import Office
from local.ministack import CREDENTIALS, REGION, MiniStack
from local.processes import a_free_port
from tests.account_fakes import FakeSecrets
from tests.conftest import TABLE, create_table
from tests.contract.promises import DynamoDbStore
from tests.factories import a_dongle, a_policy, a_release, a_sender, a_sms
from tests.fakes import FakeCodeMaker, FakeOrderNumbers, FakeSms

pytestmark = pytest.mark.e2e

TRIES = int(os.environ.get("FREISCHALT_TRIES", "400"))  # a thousand take a minute
AT_ONCE = 4
WAYS = [
    (words, target, over)
    for words in ("fetch", "order")
    for target in ("account", "licence")
    for over in ("sms", "http")
]


@pytest.fixture(scope="module")
def dynamodb(tmp_path_factory: pytest.TempPathFactory, template: dict[str, Any]) -> Iterator[Any]:
    """DynamoDB that keeps its word on transactions, as moto does not."""
    folder: Path = tmp_path_factory.mktemp("ministack")
    with MiniStack(a_free_port(), folder, keep_state=False) as ministack:
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        config = Config(max_pool_connections=2 * AT_ONCE)
        client = session.client("dynamodb", endpoint_url=ministack.endpoint, config=config)
        create_table(client, template)
        yield client


@dataclass
class Try:
    """One account with a phone and a dongle of its own; when it was locked, and when it tried."""

    number: int
    between: bool
    locked_at: float = float("inf")
    commits: list[float] = field(default_factory=list)
    refused: bool = False

    @property
    def account(self) -> AccountNumber:
        return AccountNumber(f"T{self.number}")

    @property
    def phone(self) -> str:
        return f"+43660{self.number:07d}"

    @property
    def carat_id(self) -> CaratId:
        return CaratId(f"{self.number + 1:08X}")


class Watched:
    """A client that tells when a transaction begins, and what happens just before it."""

    def __init__(self, client: Any, one: Try, before_first: Any) -> None:
        self._client = client
        self._one = one
        self._before_first = before_first

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        if not self._one.commits and self._one.between:
            self._before_first()
        self._one.commits.append(time.monotonic())
        return self._client.transact_write_items(**request)


def put(client: Any, one: Try) -> None:
    store = DynamoDbStore(client)
    release = a_release(points=31, user_information=None)
    store.put_sender(replace(a_sender(), phone=one.phone, account=one.account, revision=1))
    store.put_dongle(
        replace(a_dongle(), carat_id=one.carat_id, releases={one.account: release}, version=1)
    )
    DynamoDbRecords(client, TABLE, UTC).write(
        Put(Account(number=one.account, company="T", created_at=utc_now(), phones=(one.phone,)))
    )


def lock(client: Any, one: Try, target: str) -> None:
    office = Office(
        records=DynamoDbRecords(client, TABLE, UTC),
        secrets=FakeSecrets(),
        catalogue=a_policy().catalogue,
        time_zone=UTC,
        pause=pause,
    )
    new = NewLock(
        account=one.account,
        carat_id=one.carat_id if target == "licence" else None,
        reason=LockReason.SECURITY,
    )
    request = Request(
        id=f"{one.number:032x}",
        nonce=f"{one.number:032x}",
        fingerprint="",
        repeatable=False,
        actor="x",
        at=utc_now(),
    )
    done = set_lock(new, office, request)
    assert not isinstance(done, Refusal)
    one.locked_at = time.monotonic()


def attempt(client: Any, one: Try, words: str, over: str) -> bool:
    """Whether it took effect."""
    number = LicenceNumber.of(f"{one.carat_id}90ABCDEF")
    if over == "sms":
        text = f"cl.5.{number}" if words == "fetch" else f"Ich bestelle verbindlich 33P {number}"
        desk = Desk(
            messages=DynamoDbMessages(client, TABLE, a_policy().time_zone),
            numbers=Numbers(),
            codes=FakeCodeMaker(),
            sms=FakeSms(),
            policy=a_policy(),
            pause=pause,
        )
        sms = replace(
            a_sms(text),
            id=f"m{one.number}",
            sender=one.phone,
            arrived_at=utc_now(),
            queued_at=utc_now(),
        )
        code = answer_sms(sms, desk, now=utc_now(), attempt=f"a{one.number}").answer
    else:
        counter = Counters(
            messages=DynamoDbRequests(client, TABLE, a_policy().time_zone),
            numbers=Numbers(),
            codes=FakeCodeMaker(),
            policy=a_policy(),
            pause=pause,
        )
        command = Fetch(Points(5), number) if words == "fetch" else PlaceOrder(Points(33), number)
        request = Request(
            id=f"r{one.number}",
            nonce="",
            fingerprint="",
            repeatable=False,
            actor="user:x",
            at=utc_now(),
        )
        answered = answer_request(command, one.account, counter, request)
        assert isinstance(answered, Answered)
        code = answered.answer.code
    assert code in {AnswerCode.CODE, AnswerCode.ORDERED, AnswerCode.LOCKED}
    return code is not AnswerCode.LOCKED


class Numbers(FakeOrderNumbers):
    """Numbers that no two tries share."""

    _next = iter(range(1, 1_000_000))
    _turn = threading.Lock()

    def take(self, year: int) -> Any:
        with self._turn:
            return f"{year}-{next(self._next):06d}"


def test_nothing_takes_effect_after_a_lock_was_committed(dynamodb: Any) -> None:
    ends: Counter[str] = Counter()
    ways = cycle(WAYS)
    plan = [(Try(number, between=number % 3 == 0), *next(ways)) for number in range(TRIES)]

    def play(one: Try, words: str, target: str, over: str) -> None:
        put(dynamodb, one)
        if one.between:
            watched = Watched(dynamodb, one, lambda: lock(dynamodb, one, target))
            took_effect = attempt(watched, one, words, over)
            assert not took_effect, (one, words, target, over)
            ends["locked in between"] += 1
            return
        with ThreadPoolExecutor(1) as locker:
            locked = locker.submit(lock, dynamodb, one, target)
            took_effect = attempt(Watched(dynamodb, one, None), one, words, over)
            locked.result()
        began = one.commits[-1] if one.commits else one.locked_at
        if took_effect:
            assert began < one.locked_at, (one, words, target, over)
        ends["took effect" if took_effect else "refused"] += 1

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for done in [threads.submit(play, *one) for one in plan]:
            done.result()

    assert ends.total() == TRIES
    assert ends["locked in between"] >= TRIES // 4 >= 100
    assert min(ends["took effect"], ends["refused"]) > 10, ends  # both were really at it
