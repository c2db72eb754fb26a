"""What is to be asked about VAT IDs: found when due, claimed by one, queued by service."""

import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import boto3
import pytest
from botocore.exceptions import ClientError

from freischalt.account_ports import Delete, Put, Records, Ref
from freischalt.adapters import keys, sdk
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_vat_dues import DynamoDbVatDues
from freischalt.adapters.sqs_vat_queue import SqsVatQueue
from freischalt.adapters.vat_items import due_item
from freischalt.domain.ids import AccountNumber
from freischalt.domain.vat import VatService
from freischalt.domain.vat_record import VatDue
from freischalt.use_cases.check_vat import CLAIMED_FOR, hand_out_all_due
from freischalt.vat_ports import VatDues
from tests.account_factories import DAY, HOUR, MINUTE, a_due
from tests.account_fakes import VIENNA, FakeVatDues, FakeVatQueue
from tests.conftest import TABLE
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT

MILLISECOND = timedelta(milliseconds=1)

ACCOUNTS = int(os.environ.get("FREISCHALT_ACCOUNTS", "2000"))  # 100,000 take a minute


class Book(Protocol):
    dues: VatDues
    records: Records


class InMemory:
    def __init__(self) -> None:
        fake = FakeVatDues()
        self.dues: VatDues = fake
        self.records: Records = fake.records


class InDynamoDb:
    def __init__(self, client: Any) -> None:
        self.dues: VatDues = DynamoDbVatDues(client, TABLE)
        self.records: Records = DynamoDbRecords(client, TABLE, VIENNA)


@pytest.fixture(params=["fake", "dynamodb"])
def book(request: pytest.FixtureRequest) -> Book:
    if request.param == "fake":
        return InMemory()
    return InDynamoDb(request.getfixturevalue("dynamodb"))


def written(book: Book, **changes: Any) -> VatDue:
    due = a_due(**changes)
    book.records.write(Put(replace(due, version=0)))
    return due


def pending(book: Book, before: datetime) -> set[str]:
    return {due.account for due in book.dues.pending(before=before)}


def claim(book: Book, due: VatDue, by: str = "a", now: datetime = NOON) -> bool:
    return book.dues.claim(due, by=by, now=now, until=now + CLAIMED_FOR)


def stored(book: Book) -> VatDue | None:
    ref = Ref(VatDue, (ACCOUNT,))
    return book.records.read(ref)[ref]


# --- what is due


def test_a_question_is_pending_from_its_time_on_until_it_is_gone(book: Book) -> None:
    due = written(book)

    assert pending(book, NOON) == set()
    assert list(book.dues.pending(before=NOON + MILLISECOND)) == [due]
    book.records.write(Delete(due))
    assert pending(book, NOON + 400 * DAY) == set()


def test_all_partitions_are_asked_and_what_comes_later_waits(book: Book) -> None:
    due = {written(book, account=AccountNumber(f"K{n:012d}")).account for n in range(60)}
    later = written(book, account=AccountNumber("later"), at=NOON + HOUR)

    assert len({keys.due_vat(number) for number in due}) == len(keys.SHARDS)
    assert pending(book, NOON + MINUTE) == due
    assert pending(book, NOON + DAY) == due | {later.account}


def test_a_claimed_question_is_ones_alone_until_the_claim_runs_out(book: Book) -> None:
    due = written(book)

    assert claim(book, due, "a")
    assert not claim(book, due, "b")
    assert claim(book, due, "a", NOON + MINUTE)  # its own again
    assert pending(book, NOON + MINUTE + CLAIMED_FOR) == set()
    assert pending(book, NOON + 2 * MINUTE + CLAIMED_FOR) == {ACCOUNT}
    assert claim(book, due, "b", NOON + MINUTE + CLAIMED_FOR)
    assert not claim(book, due, "a", NOON + MINUTE + CLAIMED_FOR)


def test_clocks_that_differ_by_a_minute_claim_all_the_same(book: Book) -> None:
    assert claim(book, written(book, at=NOON + MINUTE))
    later = written(book, account=OTHER_ACCOUNT, at=NOON + MINUTE + MILLISECOND)
    assert not claim(book, later)


def test_a_question_that_is_put_off_is_nobodys(book: Book) -> None:
    due = written(book)
    claim(book, due)
    held = stored(book)
    assert held == replace(due, at=NOON + CLAIMED_FOR)

    book.records.write(Put(replace(held, at=NOON + 5 * MINUTE)))

    assert pending(book, NOON + 6 * MINUTE) == {ACCOUNT}
    assert not claim(book, due, "a")
    assert claim(book, due, "b", NOON + 5 * MINUTE)


def test_a_claim_takes_nothing_from_whoever_has_read_before(book: Book) -> None:
    """Its version stays: the answer to an older message is still kept."""
    due = written(book)
    claim(book, due)

    book.records.write(Delete(due))

    assert stored(book) is None


def test_what_is_gone_can_be_claimed_by_nobody(book: Book) -> None:
    assert not claim(book, a_due())
    due = written(book)
    claim(book, due)
    book.records.write(Delete(due))

    for by in ("a", "b"):
        assert not claim(book, due, by, NOON + DAY)
    assert stored(book) is None


@pytest.mark.parametrize("how", ["another service", "no service"])
def test_what_this_version_cannot_read_is_told_and_holds_up_nothing(
    dynamodb: Any, how: str
) -> None:
    book = InDynamoDb(dynamodb)
    written(book)
    good = written(book, account=OTHER_ACCOUNT)
    values = {"ExpressionAttributeValues": {":other": {"S": "?"}}} if how[0] == "a" else {}
    dynamodb.update_item(
        TableName=TABLE,
        Key=keys.vat_due(ACCOUNT),
        UpdateExpression="SET service = :other" if values else "REMOVE service",
        **values,
    )
    told: list[str] = []

    def read(unreadable: Callable[[str], None]) -> list[VatDue]:
        return list(DynamoDbVatDues(dynamodb, TABLE, unreadable).pending(before=NOON + DAY))

    assert read(told.append) == [good]
    assert told == [f"ACCOUNT#{ACCOUNT}"]
    with pytest.raises(ValueError, match=f"ACCOUNT#{ACCOUNT}"):
        list(book.dues.pending(before=NOON + DAY))


def test_handing_out_reads_what_is_due_and_no_more(dynamodb: Any) -> None:
    """Fifty of all accounts are due."""
    book = InDynamoDb(dynamodb)
    due = {f"D{n:04d}" for n in range(50)}
    waiting = [f"W{n:06d}" for n in range(ACCOUNTS - len(due))]
    fill(dynamodb, [a_due(account=AccountNumber(number)) for number in due])
    fill(dynamodb, [a_due(account=AccountNumber(number), at=NOON + DAY) for number in waiting])
    calls: Counter[str] = Counter()
    read: Counter[str] = Counter()

    def count(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        calls[model.name] += 1
        for name in ("ScannedCount", "Count"):
            read[name] += parsed.get(name, 0)

    dynamodb.meta.events.register("after-call.dynamodb", count)

    handed = hand_out_all_due(book.dues, FakeVatQueue(), by="a", now=NOON + MINUTE)

    assert (set(handed), len(handed)) == (due, 50)
    assert calls == {"Query": len(keys.SHARDS), "UpdateItem": 50}
    assert read == {"ScannedCount": 50, "Count": 50}


def fill(client: Any, dues: list[VatDue]) -> None:
    """Straight into moto's table: two thousand calls would take a minute."""
    from moto.core.models import DEFAULT_ACCOUNT_ID  # noqa: PLC0415
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415

    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][client.meta.region_name].tables[TABLE]
    for due in dues:
        table.put_item(due_item(due, version=1))


# --- the queues


@pytest.fixture
def sqs(aws: None) -> Any:
    return sdk.client("sqs")


@pytest.fixture
def queues(sqs: Any) -> dict[VatService, str]:
    return {
        service: boto3.client("sqs").create_queue(QueueName=service.value)["QueueUrl"]
        for service in VatService
    }


def messages(sqs: Any, url: str) -> list[Any]:
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    return list(got.get("Messages", []))


@pytest.mark.parametrize("service", VatService)
def test_each_service_has_its_own_queue_and_a_message_has_the_number_alone(
    sqs: Any, queues: dict[VatService, str], service: VatService
) -> None:
    SqsVatQueue(sqs, queues).put(a_due(service=service))

    (message,) = messages(sqs, queues[service])
    assert json.loads(message["Body"]) == {"account": ACCOUNT}
    assert "MessageAttributes" not in message
    (other,) = set(VatService) - {service}
    assert messages(sqs, queues[other]) == []


def test_a_queue_that_takes_nothing_is_told(sqs: Any, queues: dict[VatService, str]) -> None:
    gone = {**queues, VatService.EVATR: f"{queues[VatService.EVATR]}-gone"}

    with pytest.raises(ClientError):
        SqsVatQueue(sqs, gone).put(a_due())
