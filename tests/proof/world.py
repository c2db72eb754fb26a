"""What surrounds the functions: a table, a bus that billing listens to, a bucket, the SMS service.

It is filled from the model and read back in the model's own words.
"""

import asyncio
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Any
from uuid import uuid4

import openpyxl

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import from_item
from freischalt.adapters.items import dongle_item
from freischalt.domain.conversation import Sender, Service
from freischalt.domain.dongle import Dongle, Release
from freischalt.domain.ids import AccountNumber, KeyId, PlantId
from freischalt.domain.licence import CaratId, UserInformation
from freischalt.domain.user import user_id
from local.conversations import Conversations
from local.mails import Mail, mails_of
from reference.check_code import code_of
from tests.contract.promises import sender_item, service_item
from tests.proof.model import Model
from tests.proof.papers import Names as Ids
from tests.proof.papers import Papers, digest_of, picture_of, secret_text
from tests.proof.plants import NEW_SERIAL
from tests.proof.provider import Provider
from tests.proof.seen import Seen
from tests.proof.stream import changes
from tests.proof.term_papers import REPAIR, WITHDRAWAL, payment_id
from tests.proof.terms import LISTED, OF_THE_LIST, account_of, activation_code

WRITES_A_CALL = 25
type Item = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """What things are called in AWS."""

    table: str
    bus: str
    bucket: str
    invoices: str
    lists: str
    key_id: str
    key_arn: str
    secret_key: str
    queues: Mapping[str, str]
    """Of questions about VAT IDs, by the service that is asked."""
    terms: str
    """The queue of plants that are to be told of."""


class World:
    def __init__(
        self, client: Any, names: Names, conversations: Conversations, provider: Provider
    ) -> None:
        """`client` makes a client of the SDK for a service."""
        self.names = names
        self.conversations = conversations
        self.provider = provider
        self.dynamodb = client("dynamodb")
        self._ask_for_mails = mails_of(self.dynamodb.meta.endpoint_url)
        self._kms = client("kms")
        self._sqs = client("sqs")
        self._s3 = client("s3")
        self._looked_beyond = False
        self._codes: dict[tuple[str, str], str] = {}
        self._papers = Papers(Model({}))
        self._began: dict[tuple[str, str], Item] = {}
        self._mails_before = 0
        self._questions: Counter[tuple[str, str]] = Counter()
        self._portions: set[int] = set()
        self._billing = self._listen(client("events"))

    def _listen(self, events: Any) -> str:
        """A queue that hears what the vendor's billing would hear."""
        queue: str = self._sqs.create_queue(QueueName=f"billing-{uuid4()}")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        pattern = json.dumps(
            {
                "source": ["freischalt"],
                "detail-type": ["OrderPlaced", "OrderEnded", "InvoiceIssued"],
            }
        )
        rule = {"Name": "billing", "EventBusName": self.names.bus}
        events.put_rule(**rule, EventPattern=pattern)
        target = {"Id": "billing", "Arn": arn["Attributes"]["QueueArn"]}
        events.put_targets(Rule="billing", EventBusName=self.names.bus, Targets=[target])
        return queue

    # --- making it so

    def become(self, model: Model) -> None:
        """Forget everything, and be as the model says."""
        self.conversations.forget()
        self._papers = Papers(model)
        wanted = list(self._items_of(model))
        self._began = {(item["PK"]["S"], item["SK"]["S"]): item for item in wanted}
        gone = [
            {"PK": item["PK"], "SK": item["SK"]}
            for item in self._items()
            if (item["PK"]["S"], item["SK"]["S"]) not in self._began
        ]
        writes = [{"DeleteRequest": {"Key": key}} for key in gone]
        writes += [{"PutRequest": {"Item": item}} for item in wanted]
        for some in batched(writes, WRITES_A_CALL, strict=False):
            self.dynamodb.batch_write_item(RequestItems={self.names.table: list(some)})
        if self._looked_beyond:
            list(self._heard())
            self.questions()
            self.portions()
            for bucket in (self.names.bucket, self.names.invoices):
                for name in self._names_in(bucket):
                    self._s3.delete_object(Bucket=bucket, Key=name)
        if model.accounts.terms.orders:
            self.provider.begin()
        for id_, list_ in model.accounts.terms.lists.items():
            self._s3.put_object(
                Bucket=self.names.lists,
                Key=f"lists/{account_of(OF_THE_LIST)}/{id_}.xlsx",
                Body=self._spreadsheet(list_.serials),
            )
        self._looked_beyond = False
        self._portions = set()
        for name in self._papers.files():
            self._s3.put_object(Bucket=self.names.invoices, Key=name, Body=b"%PDF-1.7")
            self._looked_beyond = True
        self._questions = Counter()
        self._mails_before = len(self._all_mails()) if model.accounts.people else 0

    def _spreadsheet(self, serials: tuple[str, ...]) -> bytes:
        """A list of inverters, as a customer uploads it."""
        book, content = openpyxl.Workbook(write_only=True), io.BytesIO()
        sheet = book.create_sheet()
        sheet.append(["Seriennummer", "Aktivierungscode", "Typ"])
        for serial in serials:
            sheet.append([serial, self.activation_code(serial), LISTED])
        book.save(content)
        return content.getvalue()

    def activation_code(self, serial: str) -> str:
        """What is printed on the inverter."""
        return activation_code(self._secret("activation", "v1"), serial)

    def forget(self) -> None:
        """Leave nothing behind."""
        for item in list(self._items()):
            key = {"PK": item["PK"], "SK": item["SK"]}
            self.dynamodb.delete_item(TableName=self.names.table, Key=key)

    def _items_of(self, model: Model) -> Iterator[Item]:
        yield from items_of(model, KeyId(self.names.key_id), self._papers)
        yield from self._papers.items()

    def lock(self, account: str, phones: list[str]) -> None:
        """Lock the account and these phones of it until revoked, as its vendor would."""
        locked = [(keys.phone(phone), "revision") for phone in phones]
        if ("ACCOUNT#" + account, "ACCOUNT") in self._began:
            locked.append((keys.account(AccountNumber(account)), "version"))
        for key, version in locked:
            self.dynamodb.update_item(
                TableName=self.names.table,
                Key=key,
                UpdateExpression=f"SET #locks = :locks ADD {version} :one",
                ExpressionAttributeNames={"#locks": "locks"},  # a word of DynamoDB's own
                ExpressionAttributeValues={":locks": {"L": [{"M": {}}]}, ":one": {"N": "1"}},
            )

    # --- who calls, and what they were sent

    def principal(self, who: str, account: str) -> dict[str, str]:
        return self._papers.principal(who, account)

    def token(self, who: str, account: str) -> str:
        return self._papers.token(who, account)

    def shown(self, model: Model) -> dict[str, str]:
        """What was mailed, texted or shown before, by the name that a request has for it."""
        accounts, nonce = model.accounts, self._papers.nonce
        shown = {"lock": self._papers.lock_id(0)}
        if accounts.terms.plants:
            shown["code"] = self.activation_code(NEW_SERIAL)
            shown |= {"repair": REPAIR, "withdrawal": WITHDRAWAL, "payment": payment_id(0)}
            shown["order"] = next(iter(accounts.terms.orders), "")
            charged = (each for one in accounts.terms.orders.values() for each in one.charges)
            shown["charge"] = next(charged, "")
            day = datetime.now(model.zone).date()
            shown["today"] = day.isoformat()
            shown["in_ten_days"] = (day + timedelta(days=10)).isoformat()
        for name, person in accounts.people.items():
            if person.entered:
                shown["validation"] = self.link(user_id(name), "validation", nonce)
            if person.reset:
                shown["reset"] = self.link(user_id(name), "reset", nonce)
        if accounts.checks:
            shown["digits"] = self.digits(nonce)
        for key in accounts.keys:
            shown["key"] = digest_of(key.name)[:16]
        return shown

    def link(self, user: str, purpose: str, nonce: str) -> str:
        return f"{user}.{secret_text(self._secret(purpose, nonce))}"

    def digits(self, nonce: str) -> str:
        return f"{int.from_bytes(self._secret('phone-code', nonce)) % 1_000_000:06d}"

    def _secret(self, purpose: str, nonce: str) -> bytes:
        secret: bytes = self._kms.generate_mac(
            KeyId=self.names.secret_key,
            MacAlgorithm="HMAC_SHA_256",
            Message=f"freischalt/secret/v1|{purpose}|{nonce}".encode(),
        )["Mac"]
        return secret

    # --- looking at it

    def has_answer(self, message_id: str) -> bool:
        """Whether that message has been decided and committed."""
        answer = self.dynamodb.get_item(
            TableName=self.names.table, Key=keys.message(message_id), ConsistentRead=True
        )
        return "answer" in answer.get("Item", {})

    def requests_answered(self) -> int:
        """How many fetches and orders over HTTP have been decided and committed."""
        return sum(
            item["SK"]["S"] == "MESSAGE" and "/" in item["PK"]["S"] and "answer" in item
            for item in self._items()
        )

    def has_pending(self) -> bool:
        """Whether a notice waits to be sent, or billing to be told."""
        kinds = {"NOTICE", "EVENT"}
        return any(item["SK"]["S"] in kinds and "due" in item for item in self._items())

    def part_of(self, account: str) -> int:
        """The part in which its plants are found when something is to be told of them."""
        return int(keys.due_term(PlantId(f"{account}-1")).partition("#")[2])

    def portions(self) -> set[int]:
        """In which parts plants were to be told of since the beginning."""
        self._looked_beyond = True
        self._portions |= {body["shard"] for body in self._taken_from(self.names.terms)}
        return self._portions

    def questions(self) -> Counter[tuple[str, str]]:
        """Which service was to be asked about which account since the beginning, and how often."""
        self._looked_beyond = True
        for service, queue in self.names.queues.items():
            for body in self._taken_from(queue):
                self._questions[service, body["account"]] += 1
        return self._questions

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

    def changes(self, function: str) -> list[Item]:
        """What the stream hands to the function of all that has changed since the beginning."""
        return list(changes(self._items(), self._began, function))

    def look(self, *, beyond_the_table: bool) -> Seen:
        """What there is; events and files only if somebody may have made some."""
        seen = Seen()
        if beyond_the_table:
            self._looked_beyond = True
            seen.events, seen.files = list(self._heard()), self._files()
            seen.invoices = self._invoices()
            seen.portions = self.portions().copy()
        for entry in self.conversations.sent():
            outbox_id = entry.context["outbox"]
            seen.texts.setdefault(outbox_id, Counter())[entry.text] += 1
        seen.opted_out = set(self.conversations.opted_out())
        items = [from_item(wire) for wire in self._items()]
        names = Ids.among(items, self._papers.callers)
        for item in items:
            seen.read(item, names)
        seen.picture = picture_of(items, names)
        if beyond_the_table and seen.dues:
            seen.questions = self.questions().copy()
        if seen.notices or self._mails_before:
            for mail in self._all_mails()[self._mails_before :]:
                seen.mails.setdefault(mail.outbox_id or "", []).append(mail)
        if seen.pages:
            seen.at_the_provider = self.provider.pages()
        seen.placed.sort(key=lambda order: order.message)
        return seen

    def _all_mails(self) -> list[Mail]:
        """Since MiniStack began."""

        async def ask() -> list[Mail]:
            return await self._ask_for_mails()

        return asyncio.run(ask())

    def _items(self) -> Iterator[Item]:
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.names.table, ConsistentRead=True
        )
        for page in pages:
            yield from page["Items"]

    def _heard(self) -> Iterator[Item]:
        for body in self._taken_from(self._billing):
            yield body["detail"]

    def _taken_from(self, queue: str) -> Iterator[Item]:
        while messages := self._sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                self._sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                yield json.loads(message["Body"])

    def _names_in(self, bucket: str) -> list[str]:
        listed = self._s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return [file["Key"] for file in listed]

    def _content(self, bucket: str, name: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=bucket, Key=name)["Body"].read()
        return content

    def _files(self) -> dict[str, str]:
        bucket = self.names.bucket
        return {
            name: self._content(bucket, name).decode("utf-8-sig") for name in self._names_in(bucket)
        }

    def _invoices(self) -> dict[str, bytes]:
        bucket = self.names.invoices
        return {name: self._content(bucket, name) for name in self._names_in(bucket)}


def items_of(model: Model, key_id: KeyId, papers: Papers | None = None) -> Iterator[Item]:
    """The switch, the phones and the dongles."""
    papers = papers or Papers(model)
    yield service_item(Service(maintenance=model.maintenance))
    for number, phone in model.phones.items():
        yield sender_item(
            Sender(
                phone=number,
                account=None if phone.account is None else AccountNumber(phone.account),
                revision=1,
                confirms_orders=phone.asks,
                locks=tuple(papers.locks_on(phone.account)) if phone.account else (),
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
                    owned.points,
                    e_protocol=owned.e,
                    user_information=user,
                    locks=tuple(papers.locks_on(account, carat_id)),
                )
            },
        )
        yield dongle_item(dongle, version=dongle.version)
