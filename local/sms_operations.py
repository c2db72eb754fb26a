"""The four operations that the product uses, on requests that are valid already.

Each takes a request and gives the result, both as the service's model names their members. A wrong
opt-out list is refused, as by the service: ours has one, known by its name or its ARN.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from local.conversations import Conversations
from local.segments import count
from local.sms_errors import invalid, not_found
from local.sms_refusals import opted_out, refusal

type Request = dict[str, Any]
type Result = dict[str, Any]

logger = logging.getLogger(__name__)

LIST_ARN = "arn:aws:sms-voice:eu-central-1:000000000000:opt-out-list/"


class Operations:
    """The service, over what the conversations keep; `now` dates what is sent."""

    def __init__(
        self, conversations: Conversations, opt_out_list: str, now: Callable[[], datetime]
    ) -> None:
        self._now = now
        self._conversations = conversations
        self._list = opt_out_list
        self.by_name: dict[str, Callable[[Request], Result]] = {
            "SendTextMessage": self.send_text_message,
            "PutOptedOutNumber": self.put_opted_out_number,
            "DeleteOptedOutNumber": self.delete_opted_out_number,
            "DescribeOptedOutNumbers": self.describe_opted_out_numbers,
        }

    def send_text_message(self, request: Request) -> Result:
        phone = e164(request["DestinationPhoneNumber"])
        if self._conversations.is_opted_out(phone):
            raise opted_out()
        if (refused := refusal(phone)) is not None:
            raise refused
        message_id, text = str(uuid4()), request.get("MessageBody")
        if text is None:  # the model does not require it, but there is nothing to send
            raise invalid("MISSING_PARAMETER", "no text", {"MessageBody": "is required"})
        context = request.get("Context") or {}
        if not request.get("DryRun"):
            self._conversations.add(
                *(phone, "out", text, self._now(), message_id, context.get("outbox")),
                context=context,
            )
            logger.info("sent %s in %d segments", message_id, count(text).segments)
        return {"MessageId": message_id}

    def put_opted_out_number(self, request: Request) -> Result:
        self._check_list(request)
        phone = e164(request["OptedOutNumber"])
        since = self._conversations.opt_out(phone)
        return self._list_members() | _opted_out(phone, since)

    def delete_opted_out_number(self, request: Request) -> Result:
        self._check_list(request)
        phone = e164(request["OptedOutNumber"])
        since = self._conversations.opted_out().get(phone)
        if since is None:
            raise not_found("opted-out-number", phone)
        self._conversations.opt_in(phone)
        return self._list_members() | _opted_out(phone, since)

    def describe_opted_out_numbers(self, request: Request) -> Result:
        """Page through the list; the token is the last number of the page before."""
        self._check_list(request)
        listed = self._conversations.opted_out()
        asked = [e164(number) for number in request.get("OptedOutNumbers") or listed]
        for phone in asked:
            if phone not in listed:
                raise not_found("opted-out-number", phone)
        # ours were all opted out over the API, never by the network: no phone has this set
        if any("true" in wanted["Values"] for wanted in request.get("Filters") or []):
            asked = []
        after, size = request.get("NextToken") or "", request.get("MaxResults") or 100
        left = sorted(phone for phone in asked if phone > after)
        page = left[:size]
        more = {"NextToken": page[-1]} if len(left) > size else {}
        numbers = [_opted_out(phone, listed[phone]) for phone in page]
        return self._list_members() | {"OptedOutNumbers": numbers} | more

    def _check_list(self, request: Request) -> None:
        name = request["OptOutListName"]
        if name.rsplit("/", 1)[-1] != self._list:
            raise not_found("opt-out-list", name)

    def _list_members(self) -> Result:
        return {"OptOutListArn": LIST_ARN + self._list, "OptOutListName": self._list}


def e164(number: str) -> str:
    """The service takes numbers with and without the plus sign; we keep them with it."""
    return "+" + number.removeprefix("+")


def _opted_out(phone: str, since: datetime) -> Result:
    seconds = since.timestamp()
    return {"OptedOutNumber": phone, "OptedOutTimestamp": seconds, "EndUserOptedOut": False}
