"""Plants that are to be told of: found when due, page by page, and handed out by partition."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import boto3
import pytest

from freischalt.account_ports import Put, Records
from freischalt.adapters import keys, sdk
from freischalt.adapters.dynamodb_due_terms import PAGE, DynamoDbDueTerms
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.plant_items import plant_item
from freischalt.adapters.sqs_term_queue import SqsTermQueue, portion_of
from freischalt.domain.ids import AccountNumber, plant_id
from freischalt.domain.plant import Plant, Told
from freischalt.errors import MalformedMessage
from freischalt.term_notice_ports import DueTerms, Portion
from tests.account_fakes import VIENNA, FakeDueTerms
from tests.conftest import TABLE
from tests.factories import ACCOUNT
from tests.term_factories import PLANT, a_plant, a_term

OVER = datetime(2027, 1, 2, 8, tzinfo=VIENNA)
"""When the trial of `a_plant` has ended, and is told to have."""

MILLISECOND = timedelta(milliseconds=1)
LAST = Told(end=date(2027, 1, 2), days=3)
"""What was told of it before."""


class Book(Protocol):
    due: DueTerms
    records: Records


class InMemory:
    def __init__(self) -> None:
        fake = FakeDueTerms()
        self.due: DueTerms = fake
        self.records: Records = fake.records


class InDynamoDb:
    def __init__(self, client: Any) -> None:
        self.due: DueTerms = DynamoDbDueTerms(client, TABLE)
        self.records: Records = DynamoDbRecords(client, TABLE, VIENNA)


@pytest.fixture(params=["fake", "dynamodb"])
def book(request: pytest.FixtureRequest) -> Book:
    if request.param == "fake":
        return InMemory()
    return InDynamoDb(request.getfixturevalue("dynamodb"))


def written(book: Book, **changes: Any) -> Plant:
    plant = a_plant(**{"told": LAST, **changes})
    book.records.write(Put(replace(plant, version=0)))
    return plant


def pages(book: Book, portion: Portion, now: datetime = OVER) -> list[list[Plant]]:
    page = book.due.page(portion, now=now)
    found = [list(page.things)]
    while page.next:
        page = book.due.page(replace(portion, after=page.next), now=now)
        found.append(list(page.things))
    return found


def due(book: Book, now: datetime = OVER) -> list[Plant]:
    return [
        plant
        for portion in book.due.portions(now=now)
        for page in pages(book, portion, now)
        for plant in page
    ]


def test_a_plant_is_due_from_its_time_on_until_it_was_told(book: Book) -> None:
    plant = written(book)

    assert due(book, OVER - MILLISECOND) == []
    assert due(book) == due(book, OVER + timedelta(days=400)) == [plant]
    book.records.write(Put(replace(plant, told=Told(end=LAST.end, days=0))))
    assert due(book, OVER + timedelta(days=400)) == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"terms": (a_term(),)}, id="renewed"),
        pytest.param({"ended_at": OVER}, id="deleted"),
    ],
)
def test_whoever_writes_a_plant_writes_when_it_is_due(book: Book, changes: dict[str, Any]) -> None:
    plant = written(book)

    book.records.write(Put(replace(plant, **changes)))

    assert due(book) == []


def test_all_partitions_are_looked_into_and_an_accounts_plants_are_together(book: Book) -> None:
    numbers = [AccountNumber(f"K{n:05d}") for n in range(60)]
    ids = {
        written(book, id=plant_id(number, running)).id for number in numbers for running in (1, 2)
    }
    later = written(book, id=PLANT, told=None, trial_from=date(2027, 1, 2))

    portions = list(book.due.portions(now=OVER))

    assert [portion.shard for portion in portions] == [*keys.SHARDS]
    found = [{plant.id for page in pages(book, one) for plant in page} for one in portions]
    assert set().union(*found) == ids
    assert sum(map(len, found)) == len(ids)
    assert all(
        {plant_id(number, 1), plant_id(number, 2)} <= some or not {plant_id(number, 1)} & some
        for number in numbers
        for some in found
    )
    assert later.id not in ids


def test_a_page_goes_on_behind_what_was_told_meanwhile(book: Book) -> None:
    count = PAGE + 5
    plants = [written(book, id=plant_id(ACCOUNT, running)) for running in range(1, count + 1)]
    (portion,) = book.due.portions(now=OVER)

    first = book.due.page(portion, now=OVER)
    for plant in first.things[:9]:
        book.records.write(Put(replace(plant, told=Told(end=LAST.end, days=0))))
    rest = pages(book, replace(portion, after=first.next))

    assert first.next
    found = [plant.id for page in (first.things, *rest) for plant in page]
    assert sorted(found) == sorted(plant.id for plant in plants)


def test_what_this_version_cannot_read_is_told_and_holds_up_nothing(dynamodb: Any) -> None:
    book = InDynamoDb(dynamodb)
    written(book)
    good = written(book, id=plant_id(ACCOUNT, 2))
    dynamodb.update_item(
        TableName=TABLE, Key=keys.plant(PLANT), UpdateExpression="REMOVE created_at"
    )
    told: list[str] = []
    book.due = DynamoDbDueTerms(dynamodb, TABLE, told.append)

    assert due(book) == [good]
    assert told == [f"ACCOUNT#{ACCOUNT}"]


def test_looking_for_what_is_due_reads_one_item_of_a_partition(dynamodb: Any) -> None:
    book = InDynamoDb(dynamodb)
    fill(dynamodb, [a_plant(id=plant_id(ACCOUNT, running), told=LAST) for running in range(1, 50)])
    calls: Counter[str] = Counter()
    read: Counter[str] = Counter()

    def count(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        calls[model.name] += 1
        read["ScannedCount"] += parsed.get("ScannedCount", 0)

    dynamodb.meta.events.register("after-call.dynamodb", count)

    assert len(list(book.due.portions(now=OVER))) == 1
    assert (calls, read) == ({"Query": len(keys.SHARDS)}, {"ScannedCount": 1})


def fill(client: Any, plants: list[Plant]) -> None:
    for plant in plants:
        client.put_item(TableName=TABLE, Item=plant_item(plant, VIENNA, version=1))


# --- the queue


@pytest.fixture
def url(aws: None) -> str:
    return str(boto3.client("sqs").create_queue(QueueName="terms")["QueueUrl"])


@pytest.mark.parametrize("portion", [Portion(shard=0), Portion(shard=15, after='{"PK": "x"}')])
def test_a_message_brings_the_portion_back(url: str, portion: Portion) -> None:

    SqsTermQueue(sdk.client("sqs"), url).put(portion)

    (message,) = boto3.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert portion_of(message["Body"]) == portion


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"shard": 16}', '{"shard": "3"}', '{"shard": 3, "after": 4}', "null"],
)
def test_another_message_is_malformed(body: str) -> None:
    with pytest.raises(MalformedMessage):
        portion_of(body)


def test_a_message_holds_no_more_than_the_place(url: str) -> None:
    SqsTermQueue(sdk.client("sqs"), url).put(Portion(shard=3))

    (message,) = boto3.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == {"shard": 3}
