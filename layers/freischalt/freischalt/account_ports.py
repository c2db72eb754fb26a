"""What accounts, users, locks and their notices need from the world, beside `freischalt.ports`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, Self

from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry
from freischalt.domain.conversation import Sender
from freischalt.domain.ids import AccountNumber, OrderNumber, PlantId
from freischalt.domain.licence import CaratId
from freischalt.domain.locks import LockRecord
from freischalt.domain.notice import Notice

if TYPE_CHECKING:
    from freischalt.domain.plant import Inverter


@dataclass(frozen=True, slots=True)
class Ref[T]:
    """Where one thing of a kind is kept: `Ref(User, (user_id,))`."""

    kind: type[T]
    id: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Put:
    """Store it; it must still be as it was read (its `version`), or not be there at all (0)."""

    thing: Any


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Store nothing, but only if this is still as it was read."""

    thing: Any


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove it, if it is still as it was read."""

    thing: Any


@dataclass(frozen=True, slots=True)
class ChangePhone:
    """Give a phone another account, locks and settings; an order that waits is forgotten.

    Its reply slots change with every text and are left alone; account and revision must be as
    they were read. `freed_at` is when it became nobody's.
    """

    before: Sender
    after: Sender
    freed_at: datetime | None = None

    @classmethod
    def to(cls, account: Account, phone: Sender) -> Self:
        """It is the account's, with what holds for all of its phones."""
        after = replace(
            phone,
            account=account.number,
            locks=account.locks,
            confirms_orders=account.confirms_orders,
        )
        return cls(phone, after)

    @classmethod
    def to_nobody(cls, phone: Sender, now: datetime) -> Self:
        return cls(phone, replace(phone, account=None, locks=(), confirms_orders=False), now)


type Change = Put | Unchanged | Delete | ChangePhone


class Seen(Protocol):
    """What one consistent read has found."""

    def __getitem__[T](self, ref: Ref[T]) -> T | None: ...


@dataclass(frozen=True, slots=True)
class Page[T]:
    """Some of a list, newest first; `next` is where to go on, None at the end."""

    things: Sequence[T]
    next: str | None = None


class Records(Protocol):
    """Everything that has a version, read together and written together."""

    def read(self, *refs: Ref[Any]) -> Seen:
        """One consistent read."""

    def write(self, *changes: Change) -> None:
        """All changes in one transaction. Raises LostRace if anything is not as it was read."""

    def page[T](
        self, kind: type[T], account: AccountNumber, *, after: str | None, limit: int
    ) -> Page[T]:
        """Some of an account's things of one kind, newest first, from the place `after` on."""

    def inverters(self, plant: PlantId, *, after: str | None, limit: int) -> "Page[Inverter]":
        """Some of a plant's inverters by their serials, staged ones among them."""


class Lists(Protocol):
    """An account's lists, newest first, from the place `after` on; a second or so behind."""

    def licences(self, account: AccountNumber, *, after: str | None, limit: int) -> Page[CaratId]:
        """Dongles with a release for the account."""

    def orders(
        self, account: AccountNumber, *, after: str | None, limit: int
    ) -> Page[OrderNumber]: ...

    def named(self, beginning: str, *, after: str | None, limit: int) -> Page[AccountNumber]:
        """Accounts whose name begins so (two characters at least), by name."""

    def trail(self, account: AccountNumber, *, after: str | None, limit: int) -> Page[AuditEntry]:
        """What happened to the account itself."""

    def history(self, carat_id: CaratId, *, after: str | None, limit: int) -> Page[AuditEntry]:
        """What happened to a dongle, whosever release it was about."""

    def switch_trail(self, *, after: str | None, limit: int) -> Page[AuditEntry]:
        """Who switched maintenance on and off."""


class SecretMaker(Protocol):
    """Secrets derived by a key that never leaves its store: nothing usable has to be kept."""

    def secret(self, purpose: str, nonce: str) -> bytes:
        """32 bytes, the same for the same arguments."""


LINK_OPEN = timedelta(minutes=10)


class Handover(Protocol):
    """Files that are too large for an answer."""

    def hand_over(self, name: str, content: bytes) -> str:
        """Keep it for a day or two; the link opens it for LINK_OPEN, for whoever has the link."""


class Hasher(Protocol):
    """Slow hashes of passwords."""

    def hash(self, password: str) -> str: ...

    def matches(self, hash_: str, password: str) -> bool: ...

    @property
    def of_nobody(self) -> str:
        """A hash that no password matches, as slow to try as any other."""


class Totp(Protocol):
    """Time-based one-time passwords (RFC 6238), six digits, thirty seconds."""

    def step(self, secret: bytes, digits: str, now: datetime) -> int | None:
        """The time step that these digits are right for, if one of the last or next fits."""


class Delivery(StrEnum):
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"  # the address is refused for good


class Mailer(Protocol):
    def send(self, *, to: str, mail: "Mail", outbox_id: str) -> Delivery:
        """Send one mail; what may work later raises and is tried again."""


class NoticeBook(Protocol):
    """Notices that must go out, kept as pending until they have."""

    def pending(self, *, before: datetime) -> Iterable[Notice]:
        """Notices due before that moment: made, or claimed and not marked as sent since."""

    def claim(self, notice: Notice, *, by: str, now: datetime, until: datetime) -> bool:
        """Whether it is `by`'s to send until then."""

    def mark_sent(self, notice: Notice, *, now: datetime) -> None:
        """It has left. Marking twice is the same as once."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail; its name is in ASCII."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


class Attachments(Protocol):
    def of(self, notice: Notice) -> tuple[Attachment, ...]:
        """What the notice names: documents of the contract, an invoice. Often nothing."""


class Writer(Protocol):
    """Makes texts from templates; a notice's secrets come beside its details."""

    def mail(self, notice: Notice, secrets: Mapping[str, str]) -> Mail: ...

    def sms(self, notice: Notice, secrets: Mapping[str, str]) -> str:
        """One segment of GSM 03.38."""


class DueLocks(Protocol):
    def due(self, *, now: datetime) -> Iterable[LockRecord]:
        """Locks whose planned end has come and has not been noticed; reads only those."""
