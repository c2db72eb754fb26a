"""What is texted under load: the mix as data, and the texts that it makes.

A fetch is for a dongle that nobody has fetched for yet. A repeated fetch is one of those again,
from any phone of the account. Each order is for a dongle of its own, so that each one counts.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from uuid import UUID

from local.inbound_sms import InboundSms


class Kind(StrEnum):
    """A kind of text, by the answer that is due."""

    FETCH = "fetch"
    REPEATED_FETCH = "repeated fetch"
    ORDER = "order"
    NOT_RELEASED = "not released"
    HELP = "help"
    UNREGISTERED = "unregistered"


MIX = {
    Kind.FETCH: 0.30,
    Kind.REPEATED_FETCH: 0.30,
    Kind.ORDER: 0.15,
    Kind.NOT_RELEASED: 0.10,
    Kind.HELP: 0.10,
    Kind.UNREGISTERED: 0.05,
}
DELIVERED_TWICE = 0.10

ACCOUNTS = tuple(f"4{n:04d}" for n in range(12))
TEXTS_A_PHONE = 15  # of the 30 that are answered within an hour: accounts do not text equally often
TYPES = ("1", "5P", "31", "E")
SOLD = range(1, 100, 2)


@dataclass(frozen=True)
class Text:
    """One message; type and number are those that it asks for."""

    kind: Kind
    sms: InboundSms
    type: str = ""
    number: str = ""

    @property
    def id(self) -> str:
        return self.sms.inbound_message_id

    @property
    def carat_id(self) -> str:
        return self.number[:8]


class Customers:
    """Those who write the texts; the same ones for the same seed."""

    def __init__(self, texts: int, seed: int) -> None:
        """There are phones for so many texts, warming up included."""
        self.chance = random.Random(seed)  # noqa: S311 - no secrets
        phones = 1 + texts // len(ACCOUNTS) // TEXTS_A_PHONE
        self.phones = {
            account: [f"+43660{account}{n:04d}" for n in range(phones)] for account in ACCOUNTS
        }
        self._turns = {account: count() for account in ACCOUNTS}
        self._dongles = count(0xA0000000)
        self._strangers = count()
        self._fetches: dict[str, list[Text]] = {account: [] for account in ACCOUNTS}

    def write(self, texts: int) -> list[Text]:
        kinds = self.chance.choices(list(MIX), list(MIX.values()), k=texts)
        return [self._write(kind, self.chance.choice(ACCOUNTS)) for kind in kinds]

    def released(self) -> Iterator[tuple[str, str]]:
        """What must be released before the texts written so far are sent: Carat-ID and account."""
        for account, fetches in self._fetches.items():
            yield from ((fetch.carat_id, account) for fetch in fetches)

    def _write(self, kind: Kind, account: str) -> Text:
        phones = self.phones[account]
        phone = phones[next(self._turns[account]) % len(phones)]
        match kind:
            case Kind.FETCH:
                fetch = self._about(kind, phone, account, self.chance.choice(TYPES))
                self._fetches[account].append(fetch)
                return fetch
            case Kind.REPEATED_FETCH if self._fetches[account]:
                first = self.chance.choice(self._fetches[account])
                return replace(first, kind=kind, sms=self._sms(phone, first.sms.message_body))
            case Kind.REPEATED_FETCH:
                return self._write(Kind.FETCH, account)
            case Kind.ORDER:
                return self._about(kind, phone, account, f"{self.chance.choice(SOLD)}P")
            case Kind.NOT_RELEASED:
                return self._about(kind, phone, account, self.chance.choice(TYPES))
            case Kind.HELP:
                return Text(kind, self._sms(phone, "HILFE"))
            case Kind.UNREGISTERED:
                stranger = f"+43699{next(self._strangers):07d}"  # who is answered once a day
                return self._about(kind, stranger, "", self.chance.choice(TYPES))

    def _about(self, kind: Kind, phone: str, account: str, type_: str) -> Text:
        """A text about a dongle of its own."""
        number = f"{next(self._dongles):08X}ABC{account or 0:0>5}"
        words = "Ich bestelle verbindlich {} {}" if kind is Kind.ORDER else "cl.{}.{}"
        return Text(kind, self._sms(phone, words.format(type_, number)), type_, number)

    def _sms(self, phone: str, words: str) -> InboundSms:
        return InboundSms(phone, words, str(UUID(int=self.chance.getrandbits(128), version=4)))
