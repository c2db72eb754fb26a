"""Events as AWS hands them to the functions, read into our own shapes.

Inbound texts come as SNS notifications in SQS messages, or straight from SNS. Table changes come
from the stream as items on the wire.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from freischalt.adapters.attribute_values import from_item
from freischalt.adapters.items import EPOCH, MILLISECOND, STAGED, moment, order_of
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.conversation import InboundSms
from freischalt.domain.licence import CaratId, LicenceNumber
from freischalt.domain.order import Order
from freischalt.errors import MalformedMessage

LONGEST_TEXT = 1600
LONGEST_NOTIFICATION = 300_000
LONGEST_ID = 128


@dataclass(frozen=True, slots=True)
class Delivery:
    """One SQS record: its id for the answer to SQS, how often it was received, the raw text."""

    record_id: str
    receives: int
    record: Mapping[str, Any]

    def sms(self) -> InboundSms:
        """Raises MalformedMessage that names the field and the rule."""
        try:
            envelope = json.loads(self.record["body"])
            queued_at = moment(int(self.record["attributes"]["SentTimestamp"]))
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedMessage("body: not an SNS notification") from error
        return _sms(envelope, queued_at)


def deliveries(event: Mapping[str, Any]) -> list[Delivery]:
    """The records of an event from SQS."""
    return [
        Delivery(
            record["messageId"],
            int(record["attributes"]["ApproximateReceiveCount"]),
            record,
        )
        for record in event["Records"]
    ]


def comes_from_sns(event: Mapping[str, Any]) -> bool:
    return any(record.get("EventSource") == "aws:sns" for record in event["Records"])


def sms_of_sns(event: Mapping[str, Any]) -> list[InboundSms]:
    """The texts of an event straight from SNS. Raises MalformedMessage."""
    return [_sms(record["Sns"], None) for record in event["Records"]]


def _sms(notification: Any, queued_at: datetime | None) -> InboundSms:
    """Read an SNS notification whose `Message` is a two-way SMS payload."""
    if not isinstance(notification, Mapping):
        raise MalformedMessage("body: not an SNS notification")
    try:
        payload = json.loads(_text(notification, "Message", LONGEST_NOTIFICATION))
        arrived_at = datetime.fromisoformat(_text(notification, "Timestamp", 40))
    except ValueError as error:
        raise MalformedMessage("Message or Timestamp: not readable") from error
    if not isinstance(payload, Mapping):
        raise MalformedMessage("Message: not a JSON object")
    message_id = _text(payload, "inboundMessageId", LONGEST_ID)
    if not message_id:
        raise MalformedMessage("inboundMessageId: empty")
    if arrived_at.tzinfo is None:
        arrived_at = arrived_at.replace(tzinfo=UTC)
    return InboundSms(
        id=message_id,
        sender=_text(payload, "originationNumber", LONGEST_ID),
        text=_text(payload, "messageBody", LONGEST_NOTIFICATION)[:LONGEST_TEXT],
        arrived_at=arrived_at,
        queued_at=queued_at or arrived_at,
    )


def _text(values: Mapping[str, Any], field: str, longest: int) -> str:
    value = values.get(field)
    if not isinstance(value, str):
        raise MalformedMessage(f"{field}: not a text")
    if len(value) > longest:
        raise MalformedMessage(f"{field}: longer than {longest} characters")
    return value


# --- the table's stream


def placed_order(record: Mapping[str, Any]) -> Order | None:
    """The order, if one was placed. Raises MalformedMessage if this version cannot read it."""
    change = record["dynamodb"]
    if record["eventName"] != "INSERT" or change["Keys"]["SK"]["S"] != "ORDER":
        return None
    try:
        return order_of(change["NewImage"])
    except (KeyError, ValueError) as error:
        raise MalformedMessage(f"{change['Keys']['PK']['S']}: not readable") from error


def audit_entries(record: Mapping[str, Any]) -> list[AuditEntry]:
    """What one change of the table means for the audit trail: often nothing.

    Raises MalformedMessage if this version cannot read it.
    """
    try:
        return list(_audit_entries(record))
    except (KeyError, ValueError) as error:
        key = record["dynamodb"]["Keys"]["PK"]["S"]
        raise MalformedMessage(f"{key}: not readable") from error


def _audit_entries(record: Mapping[str, Any]) -> Iterator[AuditEntry]:
    change = record["dynamodb"]
    new, old = change.get("NewImage"), from_item(change.get("OldImage") or {})
    if not new:
        return
    match change["Keys"]["SK"]["S"]:
        case "MESSAGE" if "answer" in new and "answer" not in old:
            yield from _retrieved(change["Keys"]["PK"]["S"], from_item(new))
        case "ORDER" if not old:
            yield _ordered(order_of(new))
        case "DONGLE":
            at = EPOCH + int(change["ApproximateCreationDateTime"] * 1000) * MILLISECOND
            yield from _staged(change["Keys"]["PK"]["S"], from_item(new), old, at)


def _retrieved(message_key: str, message: Mapping[str, Any]) -> Iterator[AuditEntry]:
    answer = message["answer"]
    if answer["code"] != "CODE":
        return
    message_id = message_key.partition("#")[2]
    yield AuditEntry(
        carat_id=LicenceNumber.of(answer["number"]).carat_id,
        at=moment(message["committed_at"]),
        id=message_id,
        event=Event.RETRIEVED,
        actor=f"sms:{message_id}",
        account=message["account"],
        details={
            "type": answer["type"],
            "licence_number": answer["number"],
            "key_id": answer["key_id"],
        },
    )


def _ordered(order: Order) -> AuditEntry:
    return AuditEntry(
        carat_id=order.licence_number.carat_id,
        at=order.placed_at,
        id=order.number,
        event=Event.ORDERED,
        actor=f"sms:{order.message_id}",
        account=order.account,
        details={
            "order_number": order.number,
            "kind": order.kind.value,
            "type": str(order.type),
            "licence_number": str(order.licence_number),
            "net_cents": str(order.net_cents),
        },
    )


def _staged(
    dongle_key: str, new: Mapping[str, Any], old: Mapping[str, Any], at: datetime
) -> Iterator[AuditEntry]:
    for name in sorted(new.keys() - old.keys()):
        if not name.startswith(STAGED):
            continue
        import_id = name.removeprefix(STAGED)
        for account, grant in new[name].items():
            yield AuditEntry(
                carat_id=CaratId(dongle_key.partition("#")[2]),
                at=at,
                id=f"{import_id}#{account}",
                event=Event.GRANT_STAGED,
                actor=f"import:{import_id}",
                account=account,
                details={
                    "points": str(grant["points"]),
                    "e_protocol": "yes" if grant.get("e") else "no",
                },
            )
