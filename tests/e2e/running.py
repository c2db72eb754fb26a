"""The running local stack, as reached by a phone, by the vendor's tool and by an operator."""

import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from uuid import uuid4

import boto3
import httpx
from botocore.config import Config
from typer.testing import CliRunner

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import from_item
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_vendor_desk import DynamoDbVendorDesk
from freischalt.adapters.eventbridge_bus import EventBridgeBus
from freischalt.adapters.kms_code_maker import KmsCodeMaker
from freischalt.clock import pause, utc_now
from freischalt.domain.account import Account
from freischalt.domain.dongle import Grant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.licence import CaratId
from freischalt.use_cases.publish_orders import sweep
from freischalt.use_cases.vendor import Act, export_dongle_key, make_release, register_phone
from freischalt_cli.main import app as vendors_tool
from local.build import build
from local.demo import load
from local.inbound_sms import InboundSms
from local.ministack import ACCOUNT, CREDENTIALS, REGION
from local.stack import SERVICE_NUMBER, STACK, LocalStack, Ports

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import (
        EventSourceMappingConfigurationTypeDef,
        ScalingConfigTypeDef,
    )
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

AT_ONCE = 16
SOON = 30.0  # seconds; an answer takes 50 ms, a cold start on a busy machine some seconds

# An unanswered text comes back after this time instead of the template's 30 s, so that no test has
# to wait for it. Longer than the function may run (5 s), as it must be.
VISIBILITY_SECONDS = 8


class Sent(NamedTuple):
    """One text that left; `outbox_id` is the id of the message that it answers."""

    phone: str
    text: str
    outbox_id: str


def note(text: str) -> None:
    """Shown when the test fails, or with -s."""
    print(text)  # noqa: T201


def wait_until[T](look: Callable[[], T], what: str, *, seconds: float = SOON) -> T:
    """What `look` gives, as soon as that is true."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)
    return seen


class Running:
    """A deployed stack with the demo data; `with running(...)` starts and stops one."""

    def __init__(self, stack: LocalStack, outputs: Mapping[str, str]) -> None:
        self.stack = stack
        self.outputs = outputs
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )

        def client(service: Any) -> Any:
            config = Config(max_pool_connections=AT_ONCE, retries={"mode": "standard"})
            return session.client(service, endpoint_url=stack.endpoint, config=config)

        self.dynamodb: DynamoDBClient = client("dynamodb")
        self.events: EventBridgeClient = client("events")
        self.functions: LambdaClient = client("lambda")
        self.kms: KMSClient = client("kms")
        self._logs: CloudWatchLogsClient = client("logs")
        self.sns: SNSClient = client("sns")
        self.sqs: SQSClient = client("sqs")
        self._http = httpx.Client(timeout=SOON)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    # --- the customer

    def text(self, phone: str, words: str) -> str:
        """Text it on the phone; the message's id."""
        given = {"from": phone, "text": words}
        accepted = self._http.post(f"{self.stack.phone}/messages", json=given)
        assert accepted.status_code == 202, accepted.text
        return str(accepted.json()["messageId"])

    def conversation(self, phone: str) -> list[dict[str, Any]]:
        shown = self._http.get(f"{self.stack.phone}/messages", params={"phone": phone})
        assert shown.status_code == 200, shown.text
        return list(shown.json())

    def answers(self, phone: str) -> list[str]:
        return [one["text"] for one in self.conversation(phone) if one["direction"] == "out"]

    def ask(self, phone: str, words: str) -> str:
        """Text it and read the one answer, which is one segment."""
        before = len(self.conversation(phone))
        self.text(phone, words)
        (text, answer) = wait_until(
            lambda: self._since(phone, before), f"the answer to {words!r} on {phone}"
        )
        assert (text["direction"], text["text"]) == ("in", words)
        assert (answer["direction"], answer["segments"]) == ("out", 1)
        return str(answer["text"])

    def _since(self, phone: str, before: int) -> list[dict[str, Any]]:
        new = self.conversation(phone)[before:]
        return new if len(new) > 1 else []

    def is_opted_out(self, phone: str) -> bool:
        answer = self._http.get(f"{self.stack.phone}/opt-outs", params={"phone": phone})
        return bool(answer.json()["optedOut"])

    def opt_in(self, phone: str) -> None:
        done = self._http.delete(f"{self.stack.phone}/opt-outs", params={"phone": phone})
        assert done.status_code == 204, done.text

    def sent(self) -> list[Sent]:
        """Every text that left, oldest first."""
        sent = self._http.get(f"{self.stack.sms}/_sent").json()
        return [Sent(one["phone"], one["text"], one["context"]["outbox"]) for one in sent]

    def publish(self, sms: InboundSms) -> None:
        """Deliver a text as AWS does; the same one again is a repeated delivery."""
        payload = sms.payload(service_number=SERVICE_NUMBER, aws_account=ACCOUNT)
        self.sns.publish(TopicArn=self.outputs["InboundSmsTopicArn"], Message=payload)

    def logged(self, since: int = 0) -> str:
        """Every line of every function, and of the phone and the API's local address.

        `since` is in milliseconds. MiniStack gives 10,000 lines and names no further page.
        """
        lines: dict[tuple[str, int, str], None] = {}  # one of the last page comes again
        while True:
            events = self._logs.filter_log_events(
                logGroupName=f"/freischalt/{STACK}", startTime=since
            )["events"]
            page = [(one["logStreamName"], one["timestamp"], one["message"]) for one in events]
            if lines.keys() >= set(page):
                break
            lines |= dict.fromkeys(page)
            since = page[-1][1]
        told = [message for _, _, message in lines]
        return "\n".join([*told, (self.stack.folder / "servers.log").read_text()])

    # --- the vendor

    def create_account(self, number: str, phones: Sequence[str]) -> AccountNumber:
        account, desk = AccountNumber(number), self._desk
        desk.add_account(Account(number=account, company=f"Kunde {number}", created_at=utc_now()))
        for phone in phones:
            register_phone(phone, account, desk=desk, pause=pause)
        return account

    def release(self, carat_id: str, account: str, grant: Grant) -> None:
        make_release(
            CaratId(carat_id),
            AccountNumber(account),
            grant,
            act=_act(),
            desk=self._desk,
            codes=self._codes,
            pause=pause,
        )

    def dongle_key(self, carat_id: str) -> bytes:
        exported = export_dongle_key(
            CaratId(carat_id), act=_act(), desk=self._desk, codes=self._codes, pause=pause
        )
        return exported.dongle_key

    def tool(self, *arguments: str) -> str:
        """What the vendor's tool says to these arguments, once it has done what they ask."""
        environment = {
            **{name: None for name in os.environ if name.startswith("AWS_")},
            **CREDENTIALS,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.stack.endpoint,
            "FREISCHALT_STACK": STACK,
        }
        done = CliRunner(env=environment).invoke(vendors_tool, arguments)
        assert done.exit_code == 0, done.output
        return done.stdout

    @contextmanager
    def maintenance(self) -> Iterator[None]:
        assert self.tool("maintenance", "on") == "Maintenance is on.\n"
        try:
            yield
        finally:
            assert self.tool("maintenance", "off") == "Maintenance is off.\n"

    @property
    def _desk(self) -> DynamoDbVendorDesk:
        return DynamoDbVendorDesk(self.dynamodb, self.outputs["TableName"])

    @property
    def records(self) -> DynamoDbRecords:
        return DynamoDbRecords(self.dynamodb, self.outputs["TableName"], UTC)

    @property
    def _codes(self) -> KmsCodeMaker:
        return KmsCodeMaker(self.kms, KeyRing.read(self.outputs["KeyRing"]))

    # --- the operator

    @contextmanager
    def function_stopped(self, logical_id: str) -> Iterator[None]:
        self.stop_function(logical_id)
        try:
            yield
        finally:
            self.start_function(logical_id)

    def stop_function(self, logical_id: str) -> None:
        """No event reaches it any more: its event source mapping is disabled."""
        self._switch(logical_id, on=False)

    def start_function(self, logical_id: str) -> None:
        self._switch(logical_id, on=True)

    def _switch(self, logical_id: str, *, on: bool) -> None:
        mapping = self._mapping(logical_id)["UUID"]
        self.functions.update_event_source_mapping(UUID=mapping, Enabled=on)
        wanted = "Enabled" if on else "Disabled"
        wait_until(
            lambda: self._mapping(logical_id)["State"] == wanted, f"{logical_id} is {wanted}"
        )

    @contextmanager
    def at_most(self, workers: int, logical_id: str) -> Iterator[None]:
        """Fewer workers at once than the template allows."""
        mapping = self._mapping(logical_id)
        before = mapping["ScalingConfig"]
        fewer: ScalingConfigTypeDef = {"MaximumConcurrency": workers}
        self.functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig=fewer)
        try:
            yield
        finally:
            self.functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig=before)

    # --- the time

    def now(self) -> datetime:
        return self.stack.clock.now()

    def move_clock(self, *, days: int = 0, hours: int = 0) -> datetime:
        """What time it is then. Never of a stack that other tests share: what they have would end.

        Schedules that were missed start within seconds: wait for what they do.
        """
        by = {"days": days, "hours": hours}
        moved = self._http.post(f"{self.stack.phone}/clock", json=by)
        assert moved.status_code == 200, moved.text
        return datetime.fromisoformat(moved.json()["now"])

    def _mapping(self, logical_id: str) -> "EventSourceMappingConfigurationTypeDef":
        name = self.stack.deployment.physical_id(logical_id)
        (mapping,) = self.functions.list_event_source_mappings(FunctionName=name)[
            "EventSourceMappings"
        ]
        return mapping

    def return_unanswered_texts_after(self, seconds: int) -> None:
        self.sqs.set_queue_attributes(
            QueueUrl=self.outputs["InboundSmsQueueUrl"],
            Attributes={"VisibilityTimeout": str(seconds)},
        )

    def sweep_outbox(self, *, in_time: timedelta) -> None:
        """What SweepOutbox will do after that time."""
        sweep(
            by="test",
            bus=EventBridgeBus(self.events, self.outputs["EventBusName"]),
            outbox=DynamoDbOrders(self.dynamodb, self.outputs["TableName"]),
            now=utc_now() + in_time,
        )

    def waiting(self, output: str = "InboundSmsQueueUrl") -> int:
        """How many messages are in a queue, those in somebody's hand too."""
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.outputs[output],
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )["Attributes"]
        return sum(int(count) for count in attributes.values())

    # --- what is stored

    def item(self, key: keys.Key) -> dict[str, Any] | None:
        answer = self.dynamodb.get_item(
            TableName=self.outputs["TableName"], Key=key, ConsistentRead=True
        )
        return from_item(answer["Item"]) if "Item" in answer else None

    def items(self, noun: str) -> dict[str, dict[str, Any]]:
        """All items of a kind by their id: `items("ORDER")["2026-000123"]`."""
        return {item["PK"].partition("#")[2]: item for item in self._scan() if item["SK"] == noun}

    def audit_events(self, accounts: Collection[str]) -> Counter[str]:
        """How often each kind of event is on the audit trails of these accounts."""
        return Counter(
            item["event"]
            for item in self._scan()
            if item["SK"].startswith(keys.AUDIT) and item.get("account") in accounts
        )

    def _scan(self) -> Iterator[dict[str, Any]]:
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.outputs["TableName"], ConsistentRead=True
        )
        for page in pages:
            yield from map(from_item, page["Items"])


@contextmanager
def running(folder: Path, ports: Ports, *, keep_state: bool) -> Iterator[Running]:
    """Start, build, deploy and load the demo data, as `make run` does; stop as Ctrl-C does."""
    built = build()
    with LocalStack(folder, ports, keep_state=keep_state) as stack:
        outputs = stack.deploy(built)
        load(stack.endpoint, outputs)
        with Running(stack, outputs) as started:
            yield started


def all_at_once[T](act: Callable[[T], object], things: Sequence[T]) -> None:
    """Do it to each thing in many threads; raise what the first to fail has raised."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in threads.map(act, things):
            pass


def _act() -> Act:
    return Act(id=uuid4().hex, actor="vendor:e2e", at=utc_now())
