"""One message and all that its answer depends on: what was read, and what is to be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from freischalt.domain.answer import Answer
from freischalt.domain.dongle import Dongle
from freischalt.domain.ids import AccountNumber, ImportId, KeyId, OrderNumber
from freischalt.domain.licence import LicenceNumber, LicenceType
from freischalt.domain.locks import Lock
from freischalt.domain.order import Order
from freischalt.domain.sms_grammar import normal

if TYPE_CHECKING:
    from freischalt.domain.account import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundSms:
    """A text as AWS End User Messaging hands it on; `arrived_at` is when it reached our topic.

    `id` is the same in every repeated delivery. `queued_at` is when it entered the queue: long
    after it arrived only if it was redriven.
    """

    id: str
    sender: str
    text: str
    arrived_at: datetime
    queued_at: datetime

    @property
    def fingerprint(self) -> str:
        """A digest of sender and text, equal for what counts as the same text again."""
        same = f"{self.sender}|{normal(self.text)}"
        return sha256(same.encode(errors="replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """An order that waits for `JA 4711`; the digits are derived from `nonce` and `key_id`."""

    nonce: str
    key_id: KeyId
    type: LicenceType
    number: LicenceNumber
    fingerprint: str
    until: datetime
    wrong_tries: int = 0
    order_number: OrderNumber | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A phone. `revision` changes with account, locks and settings, never with `slots`.

    `account` is None for a phone that is on no account; `turned_away_at` then is its last reply.
    """

    phone: str
    account: AccountNumber | None = None
    revision: int = 0
    locks: tuple[Lock, ...] = ()
    confirms_orders: bool = False
    slots: Mapping[int, datetime] = field(default_factory=dict)
    confirmation: Confirmation | None = None
    turned_away_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledMessage:
    """What is known of an earlier delivery; `answer` is None if only an apology was sent.

    `fingerprint` is what a request over HTTP asked for.
    """

    answer: Answer | None
    attempt: str
    committed_at: datetime
    answered: bool
    apologised: bool
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """The vendor's switch, and the imports that are being written and do not count yet."""

    maintenance: bool = False
    unpublished: frozenset[ImportId] = frozenset()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the decision needs, from one consistent read; no dongle if the text names none.

    `account` is that of a request over HTTP; a text's read has none.
    """

    service: Service
    sender: Sender
    message: HandledMessage | None
    dongle: Dongle | None
    account: "Account | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What one answer changes, written in one transaction or not at all.

    `slot` is the sender's reply slot (None: an unregistered sender, noted as turned away);
    `unchanged` is a dongle that must still be as read; `changed` one that is stored anew.
    """

    answer: Answer
    slot: int | None
    unchanged: Dongle | None = None
    changed: Dongle | None = None
    order: Order | None = None
    confirmation: Confirmation | None = None
