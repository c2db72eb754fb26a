"""The deployed desk, every permission enforced: to text, to invoke, to take permissions from."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import boto3
import httpx

from freischalt.adapters import keys
from freischalt.domain.ids import OrderNumber
from local.ministack import CREDENTIALS, REGION
from local.stack import LocalStack
from tests.conftest import ROOT
from tests.privilege.calls import Call, Record
from tests.privilege.grants import Json, without

PATIENCE = 60.0  # a text that fails on a busy machine comes again after 30 s


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

    def __init__(self, stack: LocalStack, table: str, record: Record) -> None:
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        self._stack = stack
        self._table = table
        self._record = record
        self._names: dict[str, str] = {}
        self._phone = httpx.Client(base_url=stack.phone)
        self._lambda = session.client("lambda", endpoint_url=stack.endpoint)
        self._iam = session.client("iam", endpoint_url=stack.endpoint)
        self._dynamodb = session.client("dynamodb", endpoint_url=stack.endpoint)

    def close(self) -> None:
        for client in (self._phone, self._lambda, self._iam, self._dynamodb):
            client.close()

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

    def leave_behind(self, order: OrderNumber) -> None:
        """Let it look as if it had never been published, an age ago: only the sweep finds it."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key=keys.order(order),
            UpdateExpression="SET due = :due, due_at = :then REMOVE published_at",
            ExpressionAttributeValues={":due": {"S": keys.outbox(order)}, ":then": {"N": "0"}},
        )

    # --- one function, without what leads to it

    def name(self, function: str) -> str:
        """The deployed name of what template.yaml calls so."""
        if function not in self._names:
            self._names[function] = self._stack.deployment.physical_id(function)
        return self._names[function]

    def switch_off_triggers(self) -> None:
        for mapping in self._lambda.list_event_source_mappings()["EventSourceMappings"]:
            self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    def does(self, function: str, event: Json) -> bool:
        """Whether the function did what the event asks for."""
        answer = self._lambda.invoke(FunctionName=self.name(function), Payload=json.dumps(event))
        result: Any = json.loads(answer["Payload"].read())
        left = isinstance(result, dict) and result.get("batchItemFailures")
        return not (answer.get("FunctionError") or left)

    @contextmanager
    def without(self, role: str, action: str) -> Iterator[None]:
        """Take this permission from the role for a while."""
        role = self.name(role)
        (name,) = self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        policy: Any = self._iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        cut = without(policy, action)
        assert cut != policy
        self._put(role, name, cut)
        try:
            yield
        finally:
            self._put(role, name, policy)

    def _put(self, role: str, name: str, policy: Json) -> None:
        self._iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))

    def new_calls(self) -> list[Call]:
        """What the functions called since the last time that anybody asked."""
        return self._record.new()
