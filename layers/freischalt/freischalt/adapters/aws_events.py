"""Events as AWS hands them to the functions, read into our own shapes.

Inbound texts come as SNS notifications in SQS messages, or straight from SNS. Changes of the table
are in `stream_events`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from freischalt.adapters.items import moment
from freischalt.domain.conversation import InboundSms
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
