"""The deployed desk, every permission enforced: to text, to invoke, to take permissions from."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import boto3
import httpx

from freischalt.account_ports import Put, Ref
from freischalt.adapters import keys
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.kms_secret_maker import KmsSecretMaker
from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber, OrderNumber
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.user import Language
from freischalt.domain.vat import VatService
from freischalt.domain.vat_standing import VatStanding
from local.ministack import CREDENTIALS, REGION
from local.stack import LocalStack
from tests.conftest import ROOT
from tests.privilege.calls import Call, Record
from tests.privilege.grants import Json, anywhere, without
from tests.waiting_checks import let_wait

PATIENCE = 60.0  # a text that fails on a busy machine comes again after 30 s
NOTICED = "+436771234567"


def eventually[T](probe: Callable[[], T], *, seconds: float = PATIENCE) -> T:
    """What the probe returns as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (found := probe()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.1)
    return found


def event(name: str) -> Json:
    read: Json = json.loads((ROOT / "events" / f"{name}.json").read_text("utf-8"))
    return read


def text_event(phone: str, text: str) -> Json:
    """events/receive_sms.fetch.json, as a new text of this phone that arrives now."""
    now = datetime.now(UTC)
    adapted = event("receive_sms.fetch")
    (record,) = adapted["Records"]
    notification = json.loads(record["body"])
    sms = json.loads(notification["Message"])
    sms |= {"originationNumber": phone, "messageBody": text, "inboundMessageId": str(uuid4())}
    notification |= {"Message": json.dumps(sms), "Timestamp": now.isoformat()}
    record["body"] = json.dumps(notification)
    record["attributes"]["SentTimestamp"] = str(round(now.timestamp() * 1000))
    return adapted


class Desk:
    """Whoever asks here is the account's administrator; the functions have their roles."""

    def __init__(self, stack: LocalStack, outputs: dict[str, str], record: Record) -> None:
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        self._stack = stack
        self._table = outputs["TableName"]
        self._record = record
        self._names: dict[str, str] = {}
        self._phone = httpx.Client(base_url=stack.phone)
        self.api = httpx.Client(base_url=stack.api, timeout=PATIENCE)
        self._lambda = session.client("lambda", endpoint_url=stack.endpoint)
        self._scheduler = session.client("scheduler", endpoint_url=stack.endpoint)
        self._sqs = session.client("sqs", endpoint_url=stack.endpoint)
        self._iam = session.client("iam", endpoint_url=stack.endpoint)
        self._dynamodb = session.client("dynamodb", endpoint_url=stack.endpoint)
        self._kms = session.client("kms", endpoint_url=stack.endpoint)
        self._s3 = session.client("s3", endpoint_url=stack.endpoint)
        self.pay = httpx.Client(base_url=stack.pay)
        self.records = DynamoDbRecords(self._dynamodb, self._table, UTC)
        self.secrets = KmsSecretMaker(self._kms, outputs["SecretKeyArn"])

    def close(self) -> None:
        for http in (self._phone, self.api, self.pay):
            http.close()
        for client in (self._lambda, self._scheduler, self._sqs, self._iam, self._dynamodb):
            client.close()
        self._kms.close()
        self._s3.close()

    # --- over the phone, all the way

    def text(self, phone: str, text: str) -> str:
        """Send it, and wait for the answer."""
        before = len(self.answers(phone))
        self.send(phone, text)
        return eventually(lambda: self.answers(phone)[before:])[-1]

    def send(self, phone: str, text: str) -> None:
        self._phone.post("/messages", json={"from": phone, "text": text}).raise_for_status()

    def answers(self, phone: str) -> list[str]:
        entries = self._phone.get("/messages", params={"phone": phone}).raise_for_status().json()
        return [entry["text"] for entry in entries if entry["direction"] == "out"]

    def digits(self, phone: str) -> str:
        """The digits that the last answer asks for."""
        (asked,) = re.findall(r"JA ([0-9]{4})$", self.answers(phone)[-1])
        return str(asked)

    def has_opted_out(self, phone: str) -> bool:
        answer = self._phone.get("/opt-outs", params={"phone": phone}).raise_for_status()
        return bool(answer.json()["optedOut"])

    # --- by mail

    def mail(self, to: str) -> str:
        """The text of the first mail to that address, once there is one."""

        def mails() -> list[Json]:
            answer = self._phone.get("/mails", params={"to": to}).raise_for_status()
            return list(answer.json())

        return str(eventually(mails)[0]["text"])

    # --- what is stored

    def published(self) -> list[OrderNumber]:
        """The orders that have left, oldest first."""
        orders = [item for item in self._items() if "published_at" in item]
        return sorted(OrderNumber(item["number"]["S"]) for item in orders)

    def trail(self) -> set[str]:
        """What kinds of things happened, as far as the audit trail knows."""
        return {item["event"]["S"] for item in self._items() if item["SK"]["S"].startswith("AUDIT")}

    def _items(self) -> list[Json]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._table)
        return [item for page in pages for item in page["Items"]]

    def orders(self) -> dict[OrderNumber, Json]:
        """Every order's item, by its number."""
        return {
            OrderNumber(item["number"]["S"]): item
            for item in self._items()
            if item["SK"]["S"] == "ORDER"
        }

    def item(self, key: keys.Key) -> Json:
        found: Json = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)[
            "Item"
        ]
        return found

    def has_item(self, key: keys.Key) -> bool:
        read = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return "Item" in read

    def leave_file(self, bucket: str, name: str, content: bytes) -> None:
        """In what template.yaml calls so."""
        self._s3.put_object(Bucket=self.name(bucket), Key=name, Body=content)

    def change_item(self, key: keys.Key, **values: Json) -> None:
        """As no call could: to let time pass."""
        self._dynamodb.put_item(TableName=self._table, Item=self.item(key) | values)

    def leave_behind(self, order: OrderNumber) -> None:
        """Let it look as if it had never been published, an age ago: only the sweep finds it."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key=keys.order(order),
            UpdateExpression="SET due = :due, due_at = :then REMOVE published_at, claimed_by",
            ExpressionAttributeValues={":due": {"S": keys.outbox(order)}, ":then": {"N": "0"}},
        )

    def put_notice(self, kind: NoticeKind) -> Notice:
        """A mail or a text of an hour ago, which the stream brings at once."""
        id_ = uuid4().hex
        notice = Notice(
            id=id_,
            kind=kind,
            to=NOTICED if kind is NoticeKind.SMS_PHONE_CODE else f"{id_}@example.org",
            language=Language.GERMAN,
            created_at=datetime.now(UTC) - timedelta(hours=1),
            details={"user": "u", "name": "Anna", "nonce": id_},
        )
        self.records.write(Put(notice))
        return notice

    def leave_notice_behind(self, notice: Notice) -> None:
        """The same for a notice, whole again: one that was sent has forgotten to whom."""
        version = int(self.item(keys.notice(notice.id))["version"]["N"])
        self.records.write(Put(replace(notice, version=version)))

    def is_sent(self, notice: Notice) -> bool:
        return "sent_at" in self.item(keys.notice(notice.id))

    # --- VAT checks

    def vat(self, account: AccountNumber) -> VatStanding | None:
        ref = Ref(Account, (account,))
        found = self.records.read(ref)[ref]
        return found.vat if found else None

    def vat_check_is_due(
        self, account: AccountNumber, service: VatService, *, in_seconds: float = 0
    ) -> None:
        """Let a check wait for its next try, whatever has been."""
        at = datetime.now(UTC) + timedelta(seconds=in_seconds)
        let_wait(self.records, account, service, at)

    def was_handed_out(self, account: AccountNumber) -> bool:
        """Whether a question to VIES about it waits; takes all that wait."""
        queue, found = self.name("ViesQueue"), False
        while messages := self._sqs.receive_message(QueueUrl=queue).get("Messages"):
            for message in messages:
                self._sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                found |= json.loads(message["Body"]) == {"account": account}
        return found

    def open_circuit(self, service: VatService, *, since: datetime) -> None:
        """As a registry that is down leaves it."""
        opened = {"state": {"S": "OPEN"}, "opened_at": {"N": str(int(since.timestamp()))}}
        key = {"PK": {"S": keys.CIRCUITS}, "SK": {"S": service.value}}
        self._dynamodb.put_item(TableName=self._table, Item=key | opened)

    def circuit_is_closed(self, service: VatService) -> bool:
        key: keys.Key = {"PK": {"S": keys.CIRCUITS}, "SK": {"S": service.value}}
        return bool(self.item(key)["state"]["S"] == "CLOSED")

    # --- one function, without what leads to it

    def name(self, function: str) -> str:
        """The deployed name of what template.yaml calls so."""
        if function not in self._names:
            self._names[function] = self._stack.deployment.physical_id(function)
        return self._names[function]

    def switch_off_triggers(self) -> None:
        for mapping in self._lambda.list_event_source_mappings()["EventSourceMappings"]:
            self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        for schedule in self._scheduler.list_schedules()["Schedules"]:
            told = self._scheduler.get_schedule(Name=schedule["Name"])
            self._scheduler.update_schedule(
                Name=told["Name"],
                ScheduleExpression=told["ScheduleExpression"],
                FlexibleTimeWindow=told["FlexibleTimeWindow"],
                Target=told["Target"],
                State="DISABLED",
            )

    def start_anew(self, function: str) -> None:
        """In a new process, which remembers no secret that it was told."""
        told = self._lambda.get_function_configuration(FunctionName=self.name(function))
        variables = told["Environment"]["Variables"]
        self._lambda.update_function_configuration(
            FunctionName=self.name(function), Environment={"Variables": variables}
        )

    def does(self, function: str, event: Json) -> bool:
        """Whether the function did what the event asks for."""
        answer = self._lambda.invoke(FunctionName=self.name(function), Payload=json.dumps(event))
        result: Any = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            return False
        return not isinstance(result, dict) or not (
            result.get("batchItemFailures")
            or result.get("statusCode", HTTPStatus.OK) >= HTTPStatus.BAD_REQUEST
            or result.get("isAuthorized") is False
        )

    @contextmanager
    def without(self, role: str, action: str) -> Iterator[None]:
        """Take this permission from the role for a while."""
        name, policy = self._policy(role)
        cut = without(policy, action)
        assert cut != policy
        self._put(role, name, cut)
        try:
            yield
        finally:
            self._put(role, name, policy)

    def allow_anywhere(self, role: str, action: str) -> None:
        """Let what the role may do be on every resource, on no condition."""
        name, policy = self._policy(role)
        self._put(role, name, anywhere(policy, action))

    def _policy(self, role: str) -> tuple[str, Json]:
        (name,) = self._iam.list_role_policies(RoleName=self.name(role))["PolicyNames"]
        read: Any = self._iam.get_role_policy(RoleName=self.name(role), PolicyName=name)
        return name, read["PolicyDocument"]

    def _put(self, role: str, name: str, policy: Json) -> None:
        self._iam.put_role_policy(
            RoleName=self.name(role), PolicyName=name, PolicyDocument=json.dumps(policy)
        )

    def new_calls(self) -> list[Call]:
        """What the functions called since the last time that anybody asked."""
        return self._record.new()
