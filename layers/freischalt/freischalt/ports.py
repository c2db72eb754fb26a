"""What the use cases need from the world. Each port has one adapter and one fake, one contract."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from freischalt.domain.audit import AuditEntry
from freischalt.domain.conversation import Effects, InboundSms, Snapshot
from freischalt.domain.dongle import Dongle
from freischalt.domain.ids import KeyId, OrderNumber
from freischalt.domain.licence import CaratId, LicenceNumber, LicenceType
from freischalt.domain.order import Order

type Clock = Callable[[], datetime]
"""The time, aware, in UTC."""

type Pause = Callable[[int], None]
"""Waits a short random time before try number n."""


class Messages(Protocol):
    """Messages, their senders and the dongles they name."""

    def read(self, *, phone: str, message_id: str, carat_id: CaratId | None) -> Snapshot:
        """One consistent read of everything; what is not stored comes as its empty value."""

    def dongle(self, carat_id: CaratId) -> Dongle:
        """The dongle that a confirmed order names (its text does not)."""

    def commit(
        self, sms: InboundSms, seen: Snapshot, effects: Effects, *, attempt: str, now: datetime
    ) -> None:
        """Write all effects and the message's record in one transaction.

        Raises LostRace if anything that was seen has changed; then nothing was written. If this
        very attempt had written it already (a lost reply), that is success.
        """

    def commit_apology(
        self, sms: InboundSms, seen: Snapshot, *, slot: int, attempt: str, now: datetime
    ) -> None:
        """Note that this message gets answer 14 now, and only once. Raises LostRace."""

    def mark_answered(self, message_id: str, *, now: datetime) -> None:
        """The text has left. Marking twice is the same as once."""


class OrderNumbers(Protocol):
    def take(self, year: int) -> OrderNumber:
        """A number that nobody else has or will have: neither ascending nor free of gaps."""


class CodeMaker(Protocol):
    """Makes codes from master keys that never leave their store. A vendor's own fits here."""

    def key_for_new_dongles(self) -> KeyId:
        """The active key of the ring."""

    def unlock_code(self, number: LicenceNumber, asked: LicenceType, key_id: KeyId) -> str:
        """The same code for the same arguments, for ever. Raises KeyNotInRing."""

    def confirmation_code(self, nonce: str, key_id: KeyId) -> str:
        """Four digits, the same for the same arguments. Raises KeyNotInRing."""

    def dongle_key(self, carat_id: CaratId, key_id: KeyId) -> bytes:
        """The 32 bytes that are burnt into the dongle. Raises KeyNotInRing."""


class Sending(StrEnum):
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"  # opted out, or its number or country is blocked: final


class SmsSender(Protocol):
    def send(self, *, to: str, text: str, outbox_id: str) -> Sending:
        """Send one text; what may work later, or needs the vendor, raises and is tried again."""

    def opt_out(self, phone: str) -> None:
        """Put the phone on the service's own opt-out list, so that nothing is sent any more."""


class ForBilling(Protocol):
    """An order, or anything else that billing is told."""

    @property
    def id(self) -> str: ...


class Outbox[T: ForBilling](Protocol):
    """What must reach billing, kept as pending until it has."""

    def pending(self, *, before: datetime) -> Iterable[T]:
        """What is due before that moment: placed, or claimed and not marked as published since."""

    def claim(self, thing: T, /, *, by: str, now: datetime, until: datetime) -> bool:
        """Whether it is `by`'s to publish until then: it is pending, and no other's claim holds."""

    def mark_published(self, thing: T, /, *, now: datetime) -> None:
        """The event has left. Marking twice is the same as once."""


class EventBus[T: ForBilling](Protocol):
    def publish(self, things: Sequence[T], /) -> Collection[str]:
        """Hand them over as events, an order as `OrderPlaced`; the ids of those that were taken."""


class OrderBook(Protocol):
    def of_month(self, year: int, month: int) -> Iterable[Order]:
        """Every order placed in that month of the vendor's calendar, in no particular order."""


class Exports(Protocol):
    def write(self, name: str, content: bytes) -> None:
        """Store a file for the vendor; writing the same name again replaces it."""


class AuditTrail(Protocol):
    def add(self, entry: AuditEntry) -> None:
        """Append an entry; the same entry again changes nothing."""

    def of(self, carat_id: CaratId) -> Iterable[AuditEntry]:
        """Everything that happened to one dongle, oldest first."""
