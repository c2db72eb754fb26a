"""Lists of inverters on DynamoDB and S3: stored, killed anywhere, with ten thousand rows."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from freischalt.account_ports import Put, Ref
from freischalt.adapters import sdk
from freischalt.adapters.dynamodb_inverter_lists import DynamoDbDueLists
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.openpyxl_sheets import OpenpyxlSheets
from freischalt.adapters.s3_handover import SIGNED
from freischalt.adapters.s3_list_files import S3ListFiles, S3ListUploads, file_name, list_of
from freischalt.domain.inverter_list import (
    ABANDONED_AFTER,
    EXPIRES_AFTER,
    LARGEST_FILE,
    InverterList,
    ListState,
)
from freischalt.domain.plant import Plant
from freischalt.list_ports import Upload
from freischalt.use_cases import import_inverters
from freischalt.use_cases.import_inverters import ListDesk, end_due_lists, import_list
from freischalt.use_cases.office import Office
from local.ministack import CREDENTIALS, REGION, MiniStack
from local.processes import a_free_port
from tests.account_factories import ANNA, a_user, an_account
from tests.account_fakes import VIENNA, FakeOffice
from tests.conftest import TABLE, create_table
from tests.factories import ACCOUNT, NOON
from tests.list_factories import LIST, FakeListFiles, a_list, excel, good_rows, serials
from tests.term_factories import PLANT, TERMS, a_plant

BUCKET = "lists"


# --- what is stored


def test_lists_are_due_until_they_have_come_to_their_end(dynamodb: Any) -> None:
    records, book = DynamoDbRecords(dynamodb, TABLE, VIENNA), DynamoDbDueLists(dynamodb, TABLE)
    checking = a_list().begun("0f", 2, NOON + timedelta(hours=1))
    lists = {
        "waiting": a_list(),
        "checking": checking,
        "refused": checking.refused((), NOON),
        "cleared": checking.refused((), NOON).cleared(),
        "published": checking.published(NOON),
        "expired": a_list().expired(NOON),
    }
    for number, list_ in enumerate(lists.values()):
        records.write(Put(replace(list_, id=f"{LIST[:-1]}{number}", version=0)))

    def due(at: datetime) -> set[str]:
        return {list(lists)[int(each.id[-1])] for each in book.due(now=at)}

    assert due(NOON + EXPIRES_AFTER - timedelta(milliseconds=1)) == set()
    assert due(NOON + EXPIRES_AFTER) == {"waiting"}
    assert due(NOON + ABANDONED_AFTER) == {"waiting"}
    assert due(NOON + ABANDONED_AFTER + timedelta(hours=1)) == {"waiting", "checking", "refused"}


def test_what_has_ended_is_forgotten_after_a_time(dynamodb: Any) -> None:
    records = DynamoDbRecords(dynamodb, TABLE, VIENNA)
    records.write(Put(replace(a_list().expired(NOON), version=0)))

    (item,) = dynamodb.scan(TableName=TABLE)["Items"]

    kept = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC) - NOON
    assert kept == timedelta(days=90)
    assert "due" not in item


# --- killed anywhere


class Killed(BaseException):
    """As if the process had ended here: nothing may catch it."""


class Calls:
    """Counts every call of a client, and kills at the n-th: before it is sent, or after."""

    def __init__(self, client: Any, kill_at: int | None = None, *, after: bool = False) -> None:
        self._events = client.meta.events
        self._name = f"{'after' if after else 'before'}-call.dynamodb.*"
        self._kill_at = kill_at
        self.made: list[str] = []
        self._events.register(self._name, self)

    def __call__(self, **told: Any) -> None:
        self.made.append(told["model"].name)
        if len(self.made) == self._kill_at:
            raise Killed

    def end(self) -> None:
        self._events.unregister(self._name, self)


@dataclass
class World:
    """A table with an office; `secrets` and files are in memory."""

    client: Any
    files: FakeListFiles

    @classmethod
    def of(cls, client: Any, *things: Any) -> "World":
        world = cls(client, FakeListFiles())
        empty = a_plant(inverters=0, power_w=0, trial_from=None)
        for thing in (empty, an_account(users=(ANNA,)), a_user(), a_list(), *things):
            world.office.records.write(Put(replace(thing, version=0)))
        return world

    @property
    def office(self) -> Office:
        records = DynamoDbRecords(self.client, TABLE, VIENNA, wait=lambda _: None)
        return replace(FakeOffice(terms=TERMS).office, records=records)

    @property
    def desk(self) -> ListDesk:
        return ListDesk(office=self.office, files=self.files, sheets=OpenpyxlSheets)

    def run(self) -> InverterList:
        ended = import_list(ACCOUNT, LIST, self.desk, now=NOON)
        assert ended
        return ended

    def read[T](self, kind: type[T], *id_: str) -> T:
        ref = Ref(kind, id_)
        found = self.office.records.read(ref)[ref]
        assert found
        return found

    def items(self) -> dict[tuple[str, str], Any]:
        pages = self.client.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
        return {(i["PK"]["S"], i["SK"]["S"]): i for page in pages for i in page["Items"]}

    def begin_again(self, items: dict[tuple[str, str], Any]) -> None:
        """The table with these items alone."""
        now = self.items()
        for key in now.keys() - items.keys():
            self.client.delete_item(
                TableName=TABLE, Key={"PK": now[key]["PK"], "SK": now[key]["SK"]}
            )
        for key, item in items.items():
            if now.get(key) != item:
                self.client.put_item(TableName=TABLE, Item=item)

    def counting(self) -> set[str]:
        plant, after = self.read(Plant, PLANT), None
        found: set[str] = set()
        while True:
            page = self.office.records.inverters(PLANT, after=after, limit=1_000)
            found |= {each.serial for each in page.things if each.counts(plant)}
            if page.next is None:
                return found
            after = page.next


@pytest.fixture
def world(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(import_inverters, "ROWS_A_CHUNK", 2)
    return World.of(dynamodb)


def calls_of(run: Callable[[], object], world: World) -> list[str]:
    calls = Calls(world.client)
    run()
    calls.end()
    return calls.made


def killed_at(number: int, run: Callable[[], object], world: World, *, after: bool) -> bool:
    """Whether there was such a call."""
    calls = Calls(world.client, number, after=after)
    try:
        run()
    except Killed:
        return True
    finally:
        calls.end()
    return False


ROWS = 3


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_list_that_is_killed_at_any_call_comes_to_the_same_end(
    world: World, *, after: bool
) -> None:
    begun, rows = world.items(), good_rows(serials(ROWS), world.office)
    world.files.leave(excel(*rows))
    made = calls_of(world.run, world)
    wanted = world.items()
    assert made.count("TransactWriteItems") == 1 + 2 + 1

    for number in range(1, len(made) + 1):
        world.begin_again(begun)
        assert killed_at(number, world.run, world, after=after)
        published = world.read(InverterList, ACCOUNT, LIST).state is ListState.PUBLISHED
        assert world.counting() == (set(serials(ROWS)) if published else set())

        assert world.run().state is ListState.PUBLISHED
        assert world.items() == wanted, number


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_list_that_is_given_up_leaves_nothing_wherever_it_is_killed(
    world: World, *, after: bool
) -> None:
    rows, late = good_rows(serials(ROWS), world.office), NOON + 2 * ABANDONED_AFTER
    world.files.leave(excel(*rows))
    made = calls_of(world.run, world)
    last = len(made) - made[::-1].index("TransactWriteItems")
    world.begin_again({})
    world = World.of(world.client)
    world.files.leave(excel(*rows))
    assert killed_at(last, world.run, world, after=False)  # all rows are staged
    begun = world.items()

    def give_up() -> None:
        end_due_lists(DynamoDbDueLists(world.client, TABLE), world.desk, now=late, failed=fail)

    made = calls_of(give_up, world)
    wanted = world.items()
    assert not [key for key in wanted if key[1].startswith(("INVERTER#", "SERIAL"))]
    for number in range(1, len(made) + 1):
        world.begin_again(begun)
        assert killed_at(number, give_up, world, after=after)
        assert world.counting() == set()

        give_up()
        assert world.items() == wanted, number


def fail(list_id: str, error: Exception) -> None:
    raise AssertionError(list_id) from error


# --- what is uploaded


@pytest.fixture
def bucket(aws: None) -> str:
    boto3.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return BUCKET


def test_a_file_is_read_as_it_was_left(bucket: str) -> None:
    client = sdk.client("s3")
    files = S3ListFiles(client, bucket)

    assert files.read(ACCOUNT, LIST) is None
    client.put_object(Bucket=bucket, Key=file_name(ACCOUNT, LIST), Body=b"content")

    assert files.read(ACCOUNT, LIST) == b"content"


def test_a_bucket_that_is_not_there_is_no_file_that_is_gone(aws: None) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        S3ListFiles(sdk.client("s3"), "elsewhere").read(ACCOUNT, LIST)


def test_a_form_is_for_one_file_of_a_size_for_a_time(aws: None) -> None:
    uploads = S3ListUploads(lambda: sdk.client("s3", **SIGNED), BUCKET)

    upload = uploads.invite(ACCOUNT, LIST)

    policy = json.loads(b64decode(upload.fields["policy"]))
    until = datetime.fromisoformat(policy["expiration"]) - datetime.now(UTC)
    conditions = policy["conditions"]
    assert upload.url == f"https://{BUCKET}.s3.{REGION}.amazonaws.com/"
    assert {"key": f"lists/{ACCOUNT}/{LIST}.xlsx"} in conditions
    assert ["content-length-range", 1, LARGEST_FILE] in conditions
    assert {"bucket": BUCKET} in conditions
    assert timedelta(minutes=9) < until <= timedelta(minutes=10)
    assert upload.fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


# --- very many rows: on MiniStack, since moto copies the table for each transaction


@pytest.fixture(scope="module")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    folder = tmp_path_factory.mktemp("ministack")
    with MiniStack(a_free_port(), folder, keep_state=False) as running:
        yield running


@pytest.fixture
def session(ministack: MiniStack) -> Callable[..., Any]:
    made = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )

    def client(service: str, **options: Any) -> Any:
        return made.client(service, endpoint_url=ministack.endpoint, **options)  # type: ignore[call-overload]

    return client


def test_a_thousand_rows_count_all_at_once(
    session: Callable[..., Any], template: dict[str, Any]
) -> None:
    client = session("dynamodb")
    create_table(client, template)
    world = World.of(client)
    world.files.leave(excel(*good_rows(serials(1_000), world.office)))
    assert killed_at(40, world.run, world, after=True)
    assert world.counting() == set()

    assert world.run().state is ListState.PUBLISHED

    plant = world.read(Plant, PLANT)
    assert (plant.inverters, plant.power_w) == (1_000, 1_000 * 4_200)
    assert len(world.counting()) == 1_000


# --- from the form to the queue


def test_a_file_of_the_right_size_and_name_reaches_the_queue(
    session: Callable[..., Any],
) -> None:
    s3, sqs = session("s3", config=Config(**SIGNED_BY_PATH)), session("sqs")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    queue = sqs.create_queue(QueueName="lists")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    told = {"QueueArn": arn["QueueArn"], "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [told]}
    )
    upload = S3ListUploads(lambda: s3, BUCKET).invite(ACCOUNT, LIST)

    too_large = post(upload, b"x" * (LARGEST_FILE + 1))
    elsewhere = post(Upload(upload.url, {**upload.fields, "key": "lists/10002/x.xlsx"}), b"x")
    good = post(upload, b"content")

    assert (too_large, elsewhere, good) == (400, 403, 204)
    assert S3ListFiles(s3, BUCKET).read(ACCOUNT, LIST) == b"content"
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    bodies = [json.loads(message["Body"]) for message in messages]
    keys = [record["s3"]["object"]["key"] for body in bodies for record in body.get("Records", ())]
    assert [list_of(key) for key in keys] == [(ACCOUNT, LIST)]


SIGNED_BY_PATH: dict[str, Any] = {**SIGNED, "s3": {"addressing_style": "path"}}
"""Loopback has no names of buckets."""


def post(upload: Upload, content: bytes) -> int:
    """As a browser does; the status."""
    answer = httpx.post(upload.url, data=dict(upload.fields), files={"file": content})
    return answer.status_code
