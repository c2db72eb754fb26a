"""What surrounds the functions: a table, a bus that billing listens to, a bucket, the SMS service.

It is filled from the model and read back in the model's own words.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import Any
from uuid import uuid4

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import from_item
from freischalt.adapters.items import dongle_item
from freischalt.domain.conversation import Sender, Service
from freischalt.domain.dongle import Dongle, Release
from freischalt.domain.ids import AccountNumber, KeyId
from freischalt.domain.licence import CaratId, UserInformation
from freischalt.domain.locks import Lock
from local.conversations import Conversations
from local.sms_service import app as sms_service
from reference.check_code import code_of
from tests.contract.promises import sender_item, service_item
from tests.local.live import serving
from tests.proof.model import Model, Owned, Placed

WRITES_A_CALL = 25

type Item = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """What things are called in AWS."""

    table: str
    bus: str
    bucket: str
    key_id: str
    key_arn: str


@dataclass
class Seen:
    """What there is, read from the outside."""

    texts: dict[str, Counter[str]] = field(default_factory=dict)
    messages: dict[str, Item] = field(default_factory=dict)
    owned: dict[tuple[str, str], Owned] = field(default_factory=dict)
    orders: dict[str, Item] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    phones: dict[str, Item] = field(default_factory=dict)
    trail: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    events: list[Item] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)

    @property
    def state(self) -> Any:
        """All that a delivery too many must not change."""
        return (self.texts, self.messages, self.orders, self.phones, self.owned, self.trail)


class World:
    def __init__(self, client: Any, names: Names, conversations: Conversations) -> None:
        """`client` makes a client of the SDK for a service."""
        self.names = names
        self.conversations = conversations
        self.dynamodb = client("dynamodb")
        self._kms = client("kms")
        self._sqs = client("sqs")
        self._s3 = client("s3")
        self._looked_beyond = False
        self._codes: dict[tuple[str, str], str] = {}
        self._billing = self._listen(client("events"))

    def _listen(self, events: Any) -> str:
        """A queue that hears what the vendor's billing would hear."""
        queue: str = self._sqs.create_queue(QueueName=f"billing-{uuid4()}")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        pattern = json.dumps({"source": ["freischalt"], "detail-type": ["OrderPlaced"]})
        rule = {"Name": "billing", "EventBusName": self.names.bus}
        events.put_rule(**rule, EventPattern=pattern)
        target = {"Id": "billing", "Arn": arn["Attributes"]["QueueArn"]}
        events.put_targets(Rule="billing", EventBusName=self.names.bus, Targets=[target])
        return queue

    # --- making it so

    def become(self, model: Model) -> None:
        """Forget everything, and be as the model says."""
        self.conversations.forget()
        wanted = list(self._items_of(model))
        kept = {(item["PK"]["S"], item["SK"]["S"]) for item in wanted}
        gone = [
            {"PK": item["PK"], "SK": item["SK"]}
            for item in self._items()
            if (item["PK"]["S"], item["SK"]["S"]) not in kept
        ]
        writes = [{"DeleteRequest": {"Key": key}} for key in gone]
        writes += [{"PutRequest": {"Item": item}} for item in wanted]
        for some in batched(writes, WRITES_A_CALL, strict=False):
            self.dynamodb.batch_write_item(RequestItems={self.names.table: list(some)})
        if self._looked_beyond:
            list(self._heard())
            for name in self._files():
                self._s3.delete_object(Bucket=self.names.bucket, Key=name)
        self._looked_beyond = False

    def forget(self) -> None:
        """Leave nothing behind."""
        for item in list(self._items()):
            key = {"PK": item["PK"], "SK": item["SK"]}
            self.dynamodb.delete_item(TableName=self.names.table, Key=key)

    def _items_of(self, model: Model) -> Iterator[Item]:
        return items_of(model, KeyId(self.names.key_id))

    def lock(self, phones: list[str]) -> None:
        """Lock the account of these phones until revoked, as its vendor would."""
        for phone in phones:
            self.dynamodb.update_item(
                TableName=self.names.table,
                Key=keys.phone(phone),
                UpdateExpression="SET #locks = :locks ADD revision :one",
                ExpressionAttributeNames={"#locks": "locks"},  # a word of DynamoDB's own
                ExpressionAttributeValues={":locks": {"L": [{"M": {}}]}, ":one": {"N": "1"}},
            )

    # --- looking at it

    def has_answer(self, message_id: str) -> bool:
        """Whether that message has been decided and committed."""
        answer = self.dynamodb.get_item(
            TableName=self.names.table, Key=keys.message(message_id), ConsistentRead=True
        )
        return "answer" in answer.get("Item", {})

    def code(self, what: str, number: str) -> str:
        """The unlock code, by the reference that the vendor's software uses."""
        if (what, number) not in self._codes:
            self._codes[what, number] = self._code(what, number)
        return self._codes[what, number]

    def _code(self, what: str, number: str) -> str:
        dongle_key: bytes = self._kms.generate_mac(
            KeyId=self.names.key_arn,
            MacAlgorithm="HMAC_SHA_256",
            Message=b"dongle|" + number[:8].encode(),
        )["Mac"]
        digits = code_of(number, what, dongle_key)
        return "-".join(digits[start : start + 4] for start in range(0, 16, 4))

    def last_text(self, phone: str) -> str:
        last = self.conversations.last_answer(phone)
        return last.text if last else ""

    def changes(self) -> list[Item]:
        """The stream's records of what is stored: each item as if it had just been put there."""
        now = datetime.now(UTC).timestamp()
        return [
            {
                "eventID": uuid4().hex,
                "eventName": "INSERT",
                "eventSource": "aws:dynamodb",
                "dynamodb": {
                    "ApproximateCreationDateTime": now,
                    "Keys": {"PK": item["PK"], "SK": item["SK"]},
                    "NewImage": item,
                },
            }
            for item in self._items()
            if item["SK"]["S"] in {"MESSAGE", "ORDER"}
        ]

    def look(self, *, beyond_the_table: bool) -> Seen:
        """What there is; events and files only if somebody may have made some."""
        seen = Seen()
        if beyond_the_table:
            self._looked_beyond = True
            seen.events, seen.files = list(self._heard()), self._files()
        for entry in self.conversations.sent():
            outbox_id = entry.context["outbox"]
            seen.texts.setdefault(outbox_id, Counter())[entry.text] += 1
        seen.opted_out = set(self.conversations.opted_out())
        for wire in self._items():
            self._read(from_item(wire), seen)
        seen.placed.sort(key=lambda order: order.message)
        return seen

    def _read(self, item: Item, seen: Seen) -> None:
        kind, _, id_ = item["PK"].partition("#")
        match item["SK"].partition("#")[0]:
            case "MESSAGE":
                seen.messages[id_] = item
            case "PHONE":
                seen.phones[id_] = item
            case "ORDER":
                seen.orders[id_] = item
                seen.placed.append(_placed(item))
            case "DONGLE":
                for account, release in item["releases"].items():
                    seen.owned[account, id_] = Owned(
                        release["points"], release.get("e", False), release.get("info")
                    )
            case "AUDIT":
                cause = item["actor"].partition(":")[2]
                seen.trail[item["event"], id_, cause] += 1
            case _:
                seen.others.add(kind)

    def _items(self) -> Iterator[Item]:
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.names.table, ConsistentRead=True
        )
        for page in pages:
            yield from page["Items"]

    def _heard(self) -> Iterator[Item]:
        while messages := self._sqs.receive_message(
            QueueUrl=self._billing, MaxNumberOfMessages=10
        ).get("Messages"):
            for message in messages:
                self._sqs.delete_message(
                    QueueUrl=self._billing, ReceiptHandle=message["ReceiptHandle"]
                )
                yield json.loads(message["Body"])["detail"]

    def _files(self) -> dict[str, str]:
        listed = self._s3.list_objects_v2(Bucket=self.names.bucket).get("Contents", [])
        return {
            file["Key"]: self._s3.get_object(Bucket=self.names.bucket, Key=file["Key"])["Body"]
            .read()
            .decode("utf-8-sig")
            for file in listed
        }


def items_of(model: Model, key_id: KeyId) -> Iterator[Item]:
    yield service_item(Service(maintenance=model.maintenance))
    for number, phone in model.phones.items():
        yield sender_item(
            Sender(
                phone=number,
                account=None if phone.account is None else AccountNumber(phone.account),
                revision=1,
                confirms_orders=phone.asks,
                locks=tuple(Lock(until) for until in model.locks.get(phone.account or "", ())),
                slots=dict(enumerate(phone.replies)),
            )
        )
    for (account, carat_id), owned in model.owned.items():
        user = None if owned.user is None else UserInformation(owned.user)
        dongle = Dongle(
            carat_id=CaratId(carat_id),
            version=1,
            key_id=key_id,
            releases={
                AccountNumber(account): Release(
                    owned.points, e_protocol=owned.e, user_information=user
                )
            },
        )
        yield dongle_item(dongle, version=dongle.version)


def _placed(order: Item) -> Placed:
    return Placed(
        message=order["message_id"],
        account=order["account"],
        kind=order["kind"],
        what=order["type"].removesuffix("P"),
        number=order["licence_number"],
        cents=order["net_cents"],
    )


@contextmanager
def the_sms_service(folder: Path) -> Iterator[tuple[str, Conversations]]:
    """The stand-in's address, and what it remembers."""
    with (
        Conversations(folder / "conversations.sqlite3") as conversations,
        serving(sms_service(conversations)) as (url,),
    ):
        yield url, conversations
