"""What the vendor's tool needs from the world, beside `freischalt.ports`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry
from freischalt.domain.conversation import Sender, Service
from freischalt.domain.dongle import Dongle
from freischalt.domain.ids import AccountNumber, ImportId, KeyId
from freischalt.domain.licence import CaratId
from freischalt.domain.release_file import Grants, ImportProgress


class VendorDesk(Protocol):
    """Accounts, phones, dongles and the switch, as the vendor changes them.

    What is written must still be as it was read (its `version` or `revision`), else LostRace.
    """

    def account(self, number: AccountNumber) -> Account | None: ...

    def add_account(self, account: Account) -> None:
        """Raises AccountExists."""

    def phone(self, number: str) -> Sender: ...

    def register(self, phone: Sender, account: Account) -> None:
        """Store the account, and the phone as one of it with its locks and settings."""

    def unregister(self, phone: Sender, account: Account, *, now: datetime) -> None:
        """Store the account, and the phone as one of nobody."""

    def dongle(self, carat_id: CaratId) -> tuple[Dongle, Service]:
        """Both as of one moment: what is staged counts or not by the switch's word."""

    def write(self, dongle: Dongle | None, entry: AuditEntry) -> None:
        """Store the dongle (if it changes) and the entry together."""

    def service(self) -> Service: ...

    def switch_maintenance(self, *, on: bool, by: str, at: datetime) -> bool:
        """Whether it was the other way before; the switch's trail names who and when."""


class Imports(Protocol):
    """Imports of releases: staged beside the releases chunk by chunk, published by one write.

    Each step is done once, whoever tries: LostRace says to look at the progress again.
    """

    def unknown(self, accounts: Collection[AccountNumber]) -> set[AccountNumber]:
        """Those that are no accounts."""

    def progress(self, import_id: ImportId) -> ImportProgress | None: ...

    def begin(self, import_id: ImportId, *, rows: int, chunks: int, now: datetime) -> None:
        """Tell all readers that what will be staged under this id does not count yet."""

    def stage(self, import_id: ImportId, chunk: int, grants: Grants, *, key_id: KeyId) -> None:
        """Stage the next chunk; a dongle without a master key gets `key_id`."""

    def publish(self, import_id: ImportId, *, chunks: int, now: datetime) -> None:
        """From this write on everything staged counts."""

    def give_up(self, import_id: ImportId) -> None:
        """No more chunks will be staged, and it will never be published."""

    def unstage(self, import_id: ImportId, chunk: int, dongles: Collection[CaratId]) -> None:
        """Take the last chunk back that is still staged."""

    def forget(self, import_id: ImportId) -> None:
        """Nothing is staged any more: readers need not know of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that could not be handled. `receipt` is what deleting it asks for."""

    id: str
    receipt: str
    sent_at: datetime
    receives: int
    body: str = field(repr=False)
    attributes: Mapping[str, Any] = field(repr=False)


class DeadLetters(Protocol):
    def receive(self, at_most: int) -> Sequence[DeadLetter]:
        """Some of them, unseen by others for a minute; none if none is left."""

    def send_back(self, letter: DeadLetter) -> str:
        """Into the queue that it came from, with body and attributes; the id it has there."""

    def delete(self, letter: DeadLetter) -> None: ...

    def leave(self, letters: Sequence[DeadLetter]) -> None:
        """They can be received again at once."""
