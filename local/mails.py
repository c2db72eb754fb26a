"""The e-mails that were sent: MiniStack keeps them instead of sending them.

MiniStack forgets what it has sent when it stops, and tags at once; `mended_ministack.py` makes it
keep both.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx

OUTBOX_TAG = "outbox"
LONGEST_ADDRESS = 254  # characters: more fit into no SMTP command
PATIENCE = 5  # seconds


class MailsError(Exception):
    """MiniStack does not say what was sent. The message is for developers."""


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail to one address. `outbox_id` is what the sender has tagged it with."""

    to: str
    sender: str
    subject: str
    text: str
    html: str | None
    at: datetime
    outbox_id: str | None


type Mails = Callable[[], Awaitable[list[Mail]]]
"""Gives every mail, oldest first, or raises MailsError."""


def mails_of(endpoint: str) -> Mails:
    """Build a function that asks the MiniStack there."""
    http = httpx.AsyncClient(
        base_url=endpoint,
        timeout=PATIENCE,
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),  # it may be another one by the next call
    )

    async def ask() -> list[Mail]:
        try:
            answer = await http.get("/_ministack/ses/messages")
        except httpx.TransportError as failure:
            raise MailsError(f"the local AWS does not answer: {failure}") from failure
        if answer.status_code != HTTPStatus.OK:
            raise MailsError(f"the local AWS answers {answer.status_code}")
        accounts = answer.json()["messages"].values()
        mails = [mail for account in accounts for kept in account for mail in _mails(kept)]
        return sorted(mails, key=lambda mail: mail.at)

    return ask


def address(value: str) -> str | None:
    """Give the rule that the address breaks. As loose as the tool needs it: it only looks up.

    >>> address("a@b.example"), address("a.b.example"), address("a" * 255 + "@b.example")
    (None, 'address', 'max_length')
    """
    if len(value) > LONGEST_ADDRESS:
        return "max_length"
    return None if value.count("@") == 1 else "address"


def _mails(kept: dict[str, Any]) -> list[Mail]:
    """One for each address that it went to."""
    tags = {tag["Name"]: tag["Value"] for tag in kept.get("EmailTags") or []}
    return [
        Mail(
            to=to,
            sender=kept["Source"],
            subject=kept["Subject"],
            text=kept["BodyText"],
            html=kept["BodyHtml"] or None,
            at=datetime.fromtimestamp(kept["Timestamp"], UTC),
            outbox_id=tags.get(OUTBOX_TAG),
        )
        for to in kept["To"]
    ]
