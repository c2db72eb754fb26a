"""In-memory ports. The contract tests hold them to the same promises as the real adapters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from freischalt.adapters.dynamodb_orders import CLOCKS_DIFFER
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
from freischalt.domain.ids import KeyId, OrderNumber
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.licence import CaratId, LicenceNumber, LicenceType
from freischalt.domain.limits import DAY
from freischalt.domain.order import Order
from freischalt.domain.unlock_code import (
    confirmation_code,
    confirmation_input,
    dongle_key_input,
    unlock_code,
)
from freischalt.errors import LostRace
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
        fresh = HandledMessage(
            answer=None, attempt=attempt, committed_at=now, answered=False, apologised=False
        )
        self.messages[sms.id] = replace(before or fresh, apologised=True)

    def mark_answered(self, message_id: str, *, now: datetime) -> None:
        self.messages[message_id] = replace(self.messages[message_id], answered=True)


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

    entries: dict[tuple[str, datetime, str], AuditEntry] = field(default_factory=dict)

    def add(self, entry: AuditEntry) -> None:
        self.entries.setdefault((entry.carat_id, entry.at, entry.id), entry)

    def of(self, carat_id: CaratId) -> Iterable[AuditEntry]:
        return [entry for key, entry in sorted(self.entries.items()) if entry.carat_id == carat_id]


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
