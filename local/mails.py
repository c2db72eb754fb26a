"""The e-mails that were sent: MiniStack keeps them instead of sending them.

MiniStack forgets what it has sent when it stops, and tags and attachments at once;
`mended_ministack.py` makes it keep all of it.
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
    """An e-mail to one address. `outbox_id` is what the sender has tagged it with.

    `attachments` are the names of files; `id` and their place among these find one.
    """

    to: str
    sender: str
    subject: str
    text: str
    html: str | None
    at: datetime
    outbox_id: str | None
    attachments: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    media_type: str
    content: bytes


type Mails = Callable[[], Awaitable[list[Mail]]]
"""Gives every mail, oldest first, or raises MailsError."""


type FindAttachment = Callable[[str, int], Awaitable[Attachment | None]]
"""Gives a mail's attachment by the mail's id and its number from 0, or raises MailsError."""


def mails_of(endpoint: str) -> Mails:
    """Build a function that asks the MiniStack there."""
    ask_ministack = _asking(endpoint)

    async def ask() -> list[Mail]:
        answer = await ask_ministack({})
        if answer.status_code != HTTPStatus.OK:
            raise MailsError(f"the local AWS answers {answer.status_code}")
        accounts = answer.json()["messages"].values()
        mails = [mail for account in accounts for kept in account for mail in _mails(kept)]
        return sorted(mails, key=lambda mail: mail.at)

    return ask


def attachments_of(endpoint: str) -> FindAttachment:
    """Build a function that asks the MiniStack there."""
    ask_ministack = _asking(endpoint)

    async def find(id_: str, number: int) -> Attachment | None:
        answer = await ask_ministack({"id": id_, "attachment": str(number)})
        if answer.status_code != HTTPStatus.OK:
            return None
        return Attachment(answer.headers["Content-Type"], answer.content)

    return find


def _asking(endpoint: str) -> Callable[[dict[str, str]], Awaitable[httpx.Response]]:
    http = httpx.AsyncClient(
        base_url=endpoint,
        timeout=PATIENCE,
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),  # it may be another one by the next call
    )

    async def ask(query: dict[str, str]) -> httpx.Response:
        try:
            return await http.get("/_ministack/ses/messages", params=query)
        except httpx.TransportError as failure:
            raise MailsError(f"the local AWS does not answer: {failure}") from failure

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
            attachments=tuple(each["FileName"] for each in kept.get("Attachments") or []),
            id=kept["MessageId"],
        )
        for to in kept["To"]
    ]
