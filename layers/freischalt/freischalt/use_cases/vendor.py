"""What the vendor does at the desk: accounts, phones, releases, keys, dead letters.

Whatever loses a race is decided again on what is stored then, at most five times.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.dongle import Dongle, Grant, Release, granted
from freischalt.domain.ids import AccountNumber, ImportId, KeyId
from freischalt.domain.licence import CaratId
from freischalt.domain.phone_check import MOST_PHONES
from freischalt.errors import (
    AccountUnknown,
    DongleUnknown,
    LostRace,
    PhoneTaken,
    TooManyPhones,
    TooManyRaces,
)
from freischalt.ports import CodeMaker, Pause
from freischalt.vendor_ports import DeadLetter, DeadLetters, VendorDesk

RACES = 5
LETTERS_A_CALL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does it, when, and an id that no other act has."""

    id: str
    actor: str
    at: datetime


def _decide[T](once: Callable[[], T], pause: Pause) -> T:
    for attempt in range(RACES):
        try:
            return once()
        except LostRace:
            pause(attempt)
    raise TooManyRaces("others keep changing the same things; nothing was written, try again")


def known_account(number: AccountNumber, *, desk: VendorDesk) -> Account:
    """Raises AccountUnknown."""
    account = desk.account(number)
    if account is None:
        raise AccountUnknown(f"there is no account {number}")
    return account


# --- phones


def register_phone(number: str, account: AccountNumber, *, desk: VendorDesk, pause: Pause) -> bool:
    """Whether that changed anything. Raises AccountUnknown, PhoneTaken."""

    def once() -> bool:
        owner = known_account(account, desk=desk)
        phone = desk.phone(number)
        if phone.account == account:
            return False
        if phone.account is not None:
            raise PhoneTaken(f"{number} is registered to account {phone.account}")
        if len(owner.phones) >= MOST_PHONES:
            raise TooManyPhones(f"account {account} has {MOST_PHONES} phones already")
        desk.register(phone, replace(owner, phones=(*owner.phones, number), changed_by=None))
        return True

    return _decide(once, pause)


def release_phone(
    number: str, *, desk: VendorDesk, pause: Pause, now: datetime
) -> AccountNumber | None:
    """The account that it was registered to, if any."""

    def once() -> AccountNumber | None:
        phone = desk.phone(number)
        if phone.account is None:
            return None
        owner = known_account(phone.account, desk=desk)
        kept = tuple(other for other in owner.phones if other != number)
        desk.unregister(phone, replace(owner, phones=kept, changed_by=None), now=now)
        return phone.account

    return _decide(once, pause)


# --- releases


@dataclass(frozen=True, slots=True)
class Granting:
    """A release before (None: there was none) and after a grant."""

    before: Release | None
    after: Release


def make_release(
    carat_id: CaratId,
    account: AccountNumber,
    grant: Grant,
    *,
    act: Act,
    desk: VendorDesk,
    codes: CodeMaker,
    pause: Pause,
) -> Granting:
    """Grant it, and note that in the audit trail. Raises AccountUnknown."""
    known_account(account, desk=desk)

    def once() -> Granting:
        stored, service = desk.dongle(carat_id)
        dongle = stored.folded(service.unpublished)
        before = dongle.releases.get(account)
        after = granted(before, grant)
        changed = replace(
            dongle.with_release(account, after),
            key_id=dongle.key_id or codes.key_for_new_dongles(),
        )
        desk.write(changed, _entry(act, carat_id, Event.GRANTED, grant.details, account))
        return Granting(before, after)

    return _decide(once, pause)


@dataclass(frozen=True, slots=True)
class Overview:
    """A dongle as it counts now, and the imports whose grants for it wait to be published."""

    dongle: Dongle
    waiting: tuple[ImportId, ...]


def show_release(carat_id: CaratId, *, desk: VendorDesk, pause: Pause) -> Overview:
    """Raises DongleUnknown."""
    stored, service = _decide(lambda: desk.dongle(carat_id), pause)
    if not stored.version:
        raise DongleUnknown(f"nothing was ever released or exported for {carat_id}")
    dongle = stored.folded(service.unpublished)
    return Overview(dongle, tuple(sorted(dongle.staged)))


# --- keys


@dataclass(frozen=True, slots=True)
class ExportedKey:
    key_id: KeyId
    dongle_key: bytes


def export_dongle_key(
    carat_id: CaratId, *, act: Act, desk: VendorDesk, codes: CodeMaker, pause: Pause
) -> ExportedKey:
    """The key, once its export is on the audit trail; a new dongle keeps the active master key.

    Raises KeyNotInRing.
    """

    def once() -> ExportedKey:
        dongle, _ = desk.dongle(carat_id)
        key_id = dongle.key_id or codes.key_for_new_dongles()
        dongle_key = codes.dongle_key(carat_id, key_id)
        changed = None if dongle.key_id else replace(dongle, key_id=key_id)
        desk.write(changed, _entry(act, carat_id, Event.KEY_EXPORTED, {"key_id": key_id}))
        return ExportedKey(key_id, dongle_key)

    return _decide(once, pause)


def _entry(
    act: Act,
    carat_id: CaratId,
    event: Event,
    details: dict[str, str],
    account: AccountNumber | None = None,
) -> AuditEntry:
    return AuditEntry(
        carat_id=carat_id,
        at=act.at,
        id=act.id,
        event=event,
        actor=act.actor,
        account=account,
        details=details,
    )


# --- dead letters


@dataclass(frozen=True, slots=True)
class Redriven:
    """The message's id in the dead-letter queue, and the one that it has now."""

    before: str
    after: str


def redrive(letters: DeadLetters, *, at_most: int) -> Iterator[Redriven]:
    """Send each back, then delete it: a crash between the two repeats it, which changes nothing.

    Ends when none is left, or none but what this very run has sent back and what failed again.
    """
    sent: set[str] = set()
    while len(sent) < at_most:
        received = letters.receive(min(LETTERS_A_CALL, at_most - len(sent)))
        fresh = [letter for letter in received if letter.id not in sent]
        letters.leave([letter for letter in received if letter.id in sent])
        if not fresh:
            return
        for letter in fresh:
            after = letters.send_back(letter)
            letters.delete(letter)
            sent.add(after)
            yield Redriven(letter.id, after)


def look_at(letters: DeadLetters, *, at_most: int) -> list[DeadLetter]:
    """The dead letters, oldest first, left where they are."""
    found: list[DeadLetter] = []
    try:
        while len(found) < at_most:
            received = letters.receive(min(LETTERS_A_CALL, at_most - len(found)))
            if not received:
                break
            found += received
    finally:
        letters.leave(found)
    return sorted(found, key=lambda letter: (letter.sent_at, letter.id))
