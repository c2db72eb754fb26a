"""In-memory ports. The contract tests hold them to the same promises as the real adapters."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from freischalt.adapters.pending_items import CLOCKS_DIFFER
from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry
from freischalt.domain.conversation import (
    Effects,
    HandledMessage,
    InboundSms,
    Sender,
    Service,
    Snapshot,
)
from freischalt.domain.dongle import Dongle
from freischalt.domain.ids import AccountNumber, ImportId, KeyId, OrderNumber
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.licence import CaratId, LicenceNumber, LicenceType
from freischalt.domain.limits import DAY
from freischalt.domain.order import Order
from freischalt.domain.release_file import Grants, ImportProgress, ImportState
from freischalt.domain.unlock_code import (
    confirmation_code,
    confirmation_input,
    dongle_key_input,
    unlock_code,
)
from freischalt.errors import AccountExists, LostRace
from freischalt.ports import Sending
from freischalt.use_cases.desk import Desk, Policy
from tests.factories import KEY, a_policy
from tests.reference import hmac_sha256


@dataclass
class FakeMessages:
    """Fits `Messages`; a test fills the dictionaries."""

    service: Service = field(default_factory=Service)
    senders: dict[str, Sender] = field(default_factory=dict)
    dongles: dict[CaratId, Dongle] = field(default_factory=dict)
    messages: dict[str, HandledMessage] = field(default_factory=dict)
    orders: dict[OrderNumber, Order] = field(default_factory=dict)
    reads: int = 0
    commits: int = 0

    def read(self, *, phone: str, message_id: str, carat_id: CaratId | None) -> Snapshot:
        self.reads += 1
        return Snapshot(
            self.service,
            self.senders.get(phone, Sender(phone=phone)),
            self.messages.get(message_id),
            self.dongle(carat_id) if carat_id else None,
        )

    def dongle(self, carat_id: CaratId) -> Dongle:
        return self.dongles.get(carat_id, Dongle(carat_id=carat_id))

    def commit(
        self, sms: InboundSms, seen: Snapshot, effects: Effects, *, attempt: str, now: datetime
    ) -> None:
        before = self.messages.get(sms.id)
        if before and before.answer:
            if before.attempt == attempt:
                return
            raise LostRace
        stored = self.senders.get(sms.sender, Sender(phone=sms.sender))
        after = self._answered_sender(stored, seen.sender, effects, now)
        for dongle in (effects.unchanged, effects.changed):
            if dongle and self.dongle(dongle.carat_id).version != dongle.version:
                raise LostRace
        if effects.order and effects.order.number in self.orders:
            raise LostRace
        self.senders[sms.sender] = after
        self.messages[sms.id] = HandledMessage(
            answer=effects.answer,
            attempt=attempt,
            committed_at=now,
            answered=False,
            apologised=bool(before and before.apologised),
        )
        if effects.changed:
            changed = replace(effects.changed, version=effects.changed.version + 1)
            self.dongles[changed.carat_id] = changed
        if effects.order:
            self.orders[effects.order.number] = effects.order
        self.commits += 1

    def _answered_sender(
        self, stored: Sender, seen: Sender, effects: Effects, now: datetime
    ) -> Sender:
        if effects.slot is None:
            turned_away = stored.turned_away_at
            if stored.account or (turned_away and now - turned_away < DAY):
                raise LostRace
            return replace(stored, turned_away_at=now)
        after = self._with_slot(stored, seen, effects.slot, now)
        if effects.confirmation:
            if stored.confirmation != seen.confirmation:
                raise LostRace
            after = replace(after, confirmation=effects.confirmation)
        return after

    @staticmethod
    def _with_slot(stored: Sender, seen: Sender, slot: int, now: datetime) -> Sender:
        if stored.revision != seen.revision or stored.slots.get(slot) != seen.slots.get(slot):
            raise LostRace
        return replace(stored, slots={**stored.slots, slot: now})

    def commit_apology(
        self, sms: InboundSms, seen: Snapshot, *, slot: int, attempt: str, now: datetime
    ) -> None:
        before = self.messages.get(sms.id)
        if before and (before.apologised or before.answered):
            raise LostRace
        self.senders[sms.sender] = self._with_slot(self.senders[sms.sender], seen.sender, slot, now)
        known = seen.message if seen.message and seen.message.answer else None
        self.messages[sms.id] = HandledMessage(
            answer=before.answer if before else None,
            attempt=known.attempt if known else attempt,
            committed_at=known.committed_at if known else now,
            answered=False,
            apologised=True,
        )

    def mark_answered(self, message_id: str, *, now: datetime) -> None:
        known = self.messages.get(message_id)
        if known and known.answer:
            self.messages[message_id] = replace(known, answered=True)


class FakeOrderNumbers:
    """Fits `OrderNumbers`."""

    def __init__(self) -> None:
        self._given = 0

    def take(self, year: int) -> OrderNumber:
        self._given += 1
        return OrderNumber(f"{year}-{self._given:06d}")


class FakeCodeMaker:
    """Fits `CodeMaker`: the real codes, from master keys that lie here."""

    def __init__(self, ring: KeyRing | None = None) -> None:
        self.ring = ring or KeyRing.read(f"{KEY}=active=arn:fake")
        self.calls = 0

    def key_for_new_dongles(self) -> KeyId:
        return self.ring.active.id

    def unlock_code(self, number: LicenceNumber, asked: LicenceType, key_id: KeyId) -> str:
        return unlock_code(self.dongle_key(number.carat_id, key_id), number, asked)

    def confirmation_code(self, nonce: str, key_id: KeyId) -> str:
        return confirmation_code(self._mac(confirmation_input(nonce), key_id))

    def dongle_key(self, carat_id: CaratId, key_id: KeyId) -> bytes:
        return self._mac(dongle_key_input(carat_id), key_id)

    def _mac(self, message: bytes, key_id: KeyId) -> bytes:
        self.calls += 1
        return hmac_sha256(self.ring.key(key_id).arn.encode(), message)


@dataclass
class FakeSms:
    """Fits `SmsSender`; `sent` holds (to, text, outbox id)."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    opted_out: set[str] = field(default_factory=set)

    def send(self, *, to: str, text: str, outbox_id: str) -> Sending:
        if to in self.opted_out:
            return Sending.UNDELIVERABLE
        self.sent.append((to, text, outbox_id))
        return Sending.SENT

    def opt_out(self, phone: str) -> None:
        self.opted_out.add(phone)

    @property
    def texts(self) -> list[str]:
        return [text for _, text, _ in self.sent]


@dataclass
class FakeOrders:
    """Fits `Outbox` and `OrderBook`."""

    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Vienna"))
    orders: dict[OrderNumber, Order] = field(default_factory=dict)
    published: set[OrderNumber] = field(default_factory=set)
    claims: dict[OrderNumber, tuple[str, datetime]] = field(default_factory=dict)

    def pending(self, *, before: datetime) -> Iterable[Order]:
        return [
            order
            for number, order in self.orders.items()
            if number not in self.published and self._due(order) < before
        ]

    def _due(self, order: Order) -> datetime:
        return self.claims.get(order.number, ("", order.placed_at))[1]

    def claim(self, order: Order, *, by: str, now: datetime, until: datetime) -> bool:
        other = self.claims.get(order.number, ("", now))[0] != by
        if order.number in self.published or (other and self._due(order) > now + CLOCKS_DIFFER):
            return False
        self.claims[order.number] = (by, until)
        return True

    def mark_published(self, order: Order, *, now: datetime) -> None:
        self.published.add(order.number)

    def of_month(self, year: int, month: int) -> Iterable[Order]:
        for order in self.orders.values():
            placed = order.placed_at.astimezone(self.time_zone)
            if (placed.year, placed.month) == (year, month):
                yield order


@dataclass
class FakeBus:
    """Fits `EventBus`; refuses the orders that it is told to refuse."""

    taken: list[Order] = field(default_factory=list)
    refuses: set[OrderNumber] = field(default_factory=set)

    def publish(self, orders: Sequence[Order]) -> set[OrderNumber]:
        good = [order for order in orders if order.number not in self.refuses]
        self.taken += good
        return {order.number for order in good}


@dataclass
class FakeExports:
    """Fits `Exports`."""

    files: dict[str, bytes] = field(default_factory=dict)

    def write(self, name: str, content: bytes) -> None:
        self.files[name] = content


@dataclass
class FakeAuditTrail:
    """Fits `AuditTrail`."""

    entries: dict[tuple[str | None, datetime, str], AuditEntry] = field(default_factory=dict)

    def add(self, entry: AuditEntry) -> None:
        self.entries.setdefault((entry.carat_id, entry.at, entry.id), entry)

    def of(self, carat_id: CaratId) -> Iterable[AuditEntry]:
        return [entry for key, entry in sorted(self.entries.items()) if entry.carat_id == carat_id]


@dataclass
class FakeVendorDesk:
    """Fits `VendorDesk`, beside the messages that it changes."""

    messages: FakeMessages = field(default_factory=FakeMessages)
    accounts: dict[AccountNumber, Account] = field(default_factory=dict)
    trail: FakeAuditTrail = field(default_factory=FakeAuditTrail)

    def account(self, number: AccountNumber) -> Account | None:
        return self.accounts.get(number)

    def add_account(self, account: Account) -> None:
        new = replace(account, version=1)
        if self.accounts.setdefault(account.number, new) != new:
            raise AccountExists

    def phone(self, number: str) -> Sender:
        return self.messages.senders.get(number, Sender(phone=number))

    def register(self, phone: Sender, account: Account) -> None:
        stored = self._as_seen(phone, account)
        self._store(account)
        self.messages.senders[phone.phone] = replace(
            stored,
            account=account.number,
            revision=phone.revision + 1,
            locks=account.locks,
            confirms_orders=account.confirms_orders,
            confirmation=None,
            turned_away_at=None,
        )

    def unregister(self, phone: Sender, account: Account, *, now: datetime) -> None:
        stored = self._as_seen(phone, account)
        self._store(account)
        self.messages.senders[phone.phone] = replace(
            stored,
            account=None,
            revision=phone.revision + 1,
            locks=(),
            confirms_orders=False,
            confirmation=None,
        )

    def _as_seen(self, phone: Sender, account: Account) -> Sender:
        stored, known = self.phone(phone.phone), self.accounts.get(account.number)
        seen = (phone.account, phone.revision)
        if known is None or known.version != account.version:
            raise LostRace
        if (stored.account, stored.revision) != seen:
            raise LostRace
        return stored

    def _store(self, account: Account) -> None:
        self.accounts[account.number] = replace(account, version=account.version + 1)

    def dongle(self, carat_id: CaratId) -> tuple[Dongle, Service]:
        return self.messages.dongle(carat_id), self.messages.service

    def write(self, dongle: Dongle | None, entry: AuditEntry) -> None:
        if (entry.carat_id, entry.at, entry.id) in self.trail.entries:
            raise LostRace
        if dongle:
            if self.messages.dongle(dongle.carat_id).version != dongle.version:
                raise LostRace
            changed = replace(dongle, version=dongle.version + 1)
            self.messages.dongles[dongle.carat_id] = changed
        self.trail.add(entry)

    def service(self) -> Service:
        return self.messages.service

    def switch_maintenance(self, *, on: bool, by: str, at: datetime) -> bool:
        was = self.messages.service
        self.messages.service = replace(was, maintenance=on)
        return was.maintenance is not on


@dataclass
class FakeImports:
    """Fits `Imports`, beside the messages and the accounts that it changes."""

    desk: FakeVendorDesk = field(default_factory=FakeVendorDesk)
    imports: dict[ImportId, ImportProgress] = field(default_factory=dict)

    def unknown(self, accounts: Collection[AccountNumber]) -> set[AccountNumber]:
        return set(accounts) - self.desk.accounts.keys()

    def progress(self, import_id: ImportId) -> ImportProgress | None:
        return self.imports.get(import_id)

    def begin(self, import_id: ImportId, *, rows: int, chunks: int, now: datetime) -> None:
        self._only_if(import_id not in self.imports)
        self._unpublished(self._unpublished_now | {import_id})
        self.imports[import_id] = ImportProgress(ImportState.WRITING, 0)

    def stage(self, import_id: ImportId, chunk: int, grants: Grants, *, key_id: KeyId) -> None:
        self._only_if(self.progress(import_id) == ImportProgress(ImportState.WRITING, chunk))
        dongles = [self.desk.messages.dongle(carat_id) for carat_id in grants]
        self._only_if(all(import_id not in dongle.staged for dongle in dongles))
        for dongle in dongles:
            self.desk.messages.dongles[dongle.carat_id] = replace(
                dongle,
                version=dongle.version + 1,
                key_id=dongle.key_id or key_id,
                staged={**dongle.staged, import_id: grants[dongle.carat_id]},
            )
        self.imports[import_id] = ImportProgress(ImportState.WRITING, chunk + 1)

    def publish(self, import_id: ImportId, *, chunks: int, now: datetime) -> None:
        self._only_if(self.progress(import_id) == ImportProgress(ImportState.WRITING, chunks))
        self._unpublished(self._unpublished_now - {import_id})
        self.imports[import_id] = ImportProgress(ImportState.PUBLISHED, chunks)

    def give_up(self, import_id: ImportId) -> None:
        known = self.progress(import_id)
        self._only_if(known and known.state is ImportState.WRITING)
        if known:
            self.imports[import_id] = replace(known, state=ImportState.DISCARDING)

    def unstage(self, import_id: ImportId, chunk: int, dongles: Collection[CaratId]) -> None:
        last = ImportProgress(ImportState.DISCARDING, chunk + 1)
        self._only_if(self.progress(import_id) == last)
        stored = [self.desk.messages.dongle(carat_id) for carat_id in dongles]
        self._only_if(all(import_id in dongle.staged for dongle in stored))
        for dongle in stored:
            kept = {id_: grants for id_, grants in dongle.staged.items() if id_ != import_id}
            self.desk.messages.dongles[dongle.carat_id] = replace(
                dongle, version=dongle.version + 1, staged=kept
            )
        self.imports[import_id] = ImportProgress(ImportState.DISCARDING, chunk)

    def forget(self, import_id: ImportId) -> None:
        self._only_if(self.progress(import_id) == ImportProgress(ImportState.DISCARDING, 0))
        self._unpublished(self._unpublished_now - {import_id})
        del self.imports[import_id]

    @property
    def _unpublished_now(self) -> frozenset[ImportId]:
        return self.desk.messages.service.unpublished

    def _unpublished(self, imports: frozenset[ImportId]) -> None:
        messages = self.desk.messages
        messages.service = replace(messages.service, unpublished=imports)

    @staticmethod
    def _only_if(holds: object) -> None:
        if not holds:
            raise LostRace


@dataclass
class FakeDesk:
    """A desk made of fakes, and the fakes to look into."""

    messages: FakeMessages = field(default_factory=FakeMessages)
    numbers: FakeOrderNumbers = field(default_factory=FakeOrderNumbers)
    codes: FakeCodeMaker = field(default_factory=FakeCodeMaker)
    sms: FakeSms = field(default_factory=FakeSms)
    policy: Policy = field(default_factory=a_policy)
    pauses: list[int] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        return Desk(
            messages=self.messages,
            numbers=self.numbers,
            codes=self.codes,
            sms=self.sms,
            policy=self.policy,
            pause=self.pauses.append,
        )
