"""A text from a phone, in the shape in which AWS End User Messaging publishes it.

https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


class PublishError(Exception):
    """The text did not reach the topic. The message is for developers; it holds no text."""


@dataclass(frozen=True, slots=True)
class InboundSms:
    """`origination_number` is the person's. `previous_published_message_id`: the last answer's."""

    origination_number: str
    message_body: str
    inbound_message_id: str
    previous_published_message_id: str | None = None

    def payload(self, *, service_number: str, aws_account: str) -> str:
        """Give the JSON that stands in the SNS envelope's `Message`.

        >>> print(InboundSms("+436601234567", "HILFE", "m-1").payload(
        ...     service_number="+436649477338", aws_account="000000000000"))
        ... # doctest: +NORMALIZE_WHITESPACE
        {"originationNumber":"+436601234567","destinationNumber":"+436649477338","messageKeyword":"KEYWORD_000000000000","messageBody":"HILFE","inboundMessageId":"m-1"}
        """
        fields = {
            "originationNumber": self.origination_number,
            "destinationNumber": service_number,
            "messageKeyword": f"KEYWORD_{aws_account}",
            "messageBody": self.message_body,
            "inboundMessageId": self.inbound_message_id,
        }
        if self.previous_published_message_id is not None:
            fields["previousPublishedMessageId"] = self.previous_published_message_id
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


type Publish = Callable[[InboundSms], Awaitable[str] | str]
"""Sends a text to the service and gives the topic's id for it, or raises PublishError."""
