"""In-memory ports of accounts; the contract tests hold them to what the adapters promise."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from freischalt.account_ports import (
    Change,
    ChangePhone,
    Delete,
    Delivery,
    Mail,
    Page,
    Put,
    Ref,
)
from freischalt.adapters import keys
from freischalt.adapters.codecs import CODECS
from freischalt.adapters.jinja_writer import JinjaWriter
from freischalt.adapters.keys import SHARDS, due_term, folded, term_shard
from freischalt.adapters.notice_attachments import NoticeAttachments
from freischalt.adapters.packaged_documents import PackagedDocuments
from freischalt.adapters.pending_items import CLOCKS_DIFFER
from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry
from freischalt.domain.catalogue import Catalogue
from freischalt.domain.conversation import (
    Effects,
    HandledMessage,
    InboundSms,
    Sender,
    Service,
    Snapshot,
)
from freischalt.domain.dongle import Dongle
from freischalt.domain.ids import AccountNumber, OrderNumber, PlantId, UserId
from freischalt.domain.licence import CaratId
from freischalt.domain.locks import LockRecord
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.order import Order
from freischalt.domain.plant import Inverter, Plant
from freischalt.domain.repair_order import RepairOrder, RepairState
from freischalt.domain.sign_in import SignInAttempts
from freischalt.domain.term_catalogue import TermCatalogue
from freischalt.domain.term_notices import next_due_of
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.token import LinkToken, read_link
from freischalt.domain.vat import VatAnswer, VatQuestion, VatReading, VatService
from freischalt.domain.vat_ladder import VatPolicy
from freischalt.domain.vat_record import VatDue
from freischalt.errors import LostRace
from freischalt.term_notice_ports import Portion
from freischalt.use_cases.desk import Counter, Policy
from freischalt.use_cases.office import Office
from freischalt.use_cases.send_notices import PostOffice, secrets_of
from tests.account_factories import DOCUMENTED
from tests.fakes import FakeCodeMaker, FakeOrderNumbers, FakeSms
from tests.reference import hmac_sha256
from tests.term_factories import TERMS

VIENNA = ZoneInfo("Europe/Vienna")
SITE = "https://freischalt.example.org"
SELLER_VAT_ID = "DE136695976"
"""A German seller: eVatR is asked about foreign numbers, VIES about German ones."""

MOST_AT_ONCE = 100
"""What one read or one transaction of DynamoDB takes."""

type Place = tuple[type, tuple[str, ...]]

EMPTY: dict[type, Callable[..., Any]] = {
    Dongle: lambda carat_id: Dongle(carat_id=CaratId(carat_id)),
    Sender: lambda phone: Sender(phone=phone),
    Service: Service,
    SignInAttempts: lambda user: SignInAttempts(user=UserId(user)),
}
"""What is read of these where nothing is stored."""


class FakeSeen:
    """Fits `Seen`."""

    def __init__(self, found: Mapping[Place, Any]) -> None:
        self._found = found

    def __getitem__[T](self, ref: Ref[T]) -> T | None:
        found = self._found.get((ref.kind, ref.id))
        if found is None and ref.kind in EMPTY:
            found = EMPTY[ref.kind](*ref.id)
        thing: T | None = found
        return thing


def place_of(thing: Any) -> Place:
    return type(thing), CODECS[type(thing)].id(thing)


@dataclass
class FakeRecords:
    """Fits `Records`, `Lists` and `DueLocks`; `quicker` is what others do before our writes."""

    things: dict[Place, Any] = field(default_factory=dict)
    entries: list[AuditEntry] = field(default_factory=list)
    quicker: list[Callable[[], object]] = field(default_factory=list)
    reads: int = 0
    writes: int = 0

    def put(self, *things: Any) -> None:
        for thing in things:
            self.things[place_of(thing)] = thing

    def all[T](self, kind: type[T]) -> list[T]:
        return [thing for (of, _), thing in self.things.items() if of is kind]

    def get[T](self, kind: type[T], *id_: str) -> T:
        """What is stored there; nothing is a failure of the test."""
        thing: T = self.things[kind, id_]
        return thing

    def read(self, *refs: Ref[Any]) -> FakeSeen:
        self.reads += 1
        places = [(ref.kind, ref.id) for ref in refs]
        if len(places) > MOST_AT_ONCE or len(set(places)) != len(places):
            raise ValueError("a read takes up to 100 different things")
        found = {place: self.things[place] for place in places if place in self.things}
        return FakeSeen(found)

    def write(self, *changes: Change) -> None:
        if self.quicker:
            self.quicker.pop(0)()
        places = [self._place(change) for change in changes]
        if not 0 < len(places) <= MOST_AT_ONCE or len(set(places)) != len(places):
            raise ValueError("a transaction takes up to 100 changes of different things")
        for change, place in zip(changes, places, strict=True):
            if not self._as_read(change, place):
                raise LostRace
        for change, place in zip(changes, places, strict=True):
            self._apply(change, place)
        self.writes += 1

    @staticmethod
    def _place(change: Change) -> Place:
        if isinstance(change, Put) and CODECS[type(change.thing)].write is None:
            raise TypeError(f"{type(change.thing).__name__} is not stored whole")
        return place_of(change.before if isinstance(change, ChangePhone) else change.thing)

    def _as_read(self, change: Change, place: Place) -> bool:
        stored = self.things.get(place)
        if isinstance(change, ChangePhone):
            phone = stored or Sender(phone=change.before.phone)
            seen = (change.before.account, change.before.revision)
            return (phone.account, phone.revision) == seen
        version = change.thing.version
        return bool(version == (stored.version if stored else 0))

    def _apply(self, change: Change, place: Place) -> None:
        match change:
            case Put(thing):
                self.things[place] = replace(thing, version=thing.version + 1)
            case Delete():
                self.things.pop(place, None)
            case ChangePhone(before, after):
                stored = self.things.get(place, Sender(phone=before.phone))
                stays = before.account == after.account
                self.things[place] = replace(
                    stored,
                    account=after.account,
                    revision=before.revision + 1,
                    locks=after.locks,
                    confirms_orders=after.confirms_orders,
                    confirmation=stored.confirmation if stays else None,
                    turned_away_at=None,
                )

    # --- lists

    def page[T](
        self, kind: type[T], account: AccountNumber, *, after: str | None, limit: int
    ) -> Page[T]:
        if not CODECS[kind].prefix:
            raise ValueError(f"no account has a list of {kind.__name__}")
        mine = self._places(kind, keys.account(account), CODECS[kind].prefix)
        page = _page(sorted(mine, reverse=True), after, limit, newest_first=True)
        return Page([mine[key] for key in page.things], page.next)

    def inverters(self, plant: PlantId, *, after: str | None, limit: int) -> Page[Inverter]:
        its = self._places(Inverter, keys.plant(plant), keys.inverters_of(plant))
        page = _page(sorted(its), after, limit, newest_first=False)
        return Page([its[key] for key in page.things], page.next)

    def _places[T](self, kind: type[T], of: keys.Key, prefix: str) -> dict[str, T]:
        """Those that are kept there, by what follows the prefix in their sort keys."""
        kept = {
            (key["PK"]["S"], key["SK"]["S"]): thing
            for (its_kind, id_), thing in self.things.items()
            if its_kind is kind and (key := CODECS[kind].key(*id_))
        }
        return {
            place.removeprefix(prefix): thing
            for (owner, place), thing in kept.items()
            if owner == of["PK"]["S"] and place.startswith(prefix)
        }

    def licences(self, account: AccountNumber, *, after: str | None, limit: int) -> Page[CaratId]:
        mine = [dongle.carat_id for dongle in self.all(Dongle) if account in dongle.releases]
        page = _page(sorted(mine, reverse=True), after, limit, newest_first=True)
        return Page([CaratId(id_) for id_ in page.things], page.next)

    def orders(self, account: AccountNumber, *, after: str | None, limit: int) -> Page[OrderNumber]:
        mine = [order.number for order in self.all(Order) if order.account == account]
        page = _page(sorted(mine, reverse=True), after, limit, newest_first=True)
        return Page([OrderNumber(number) for number in page.things], page.next)

    def named(self, beginning: str, *, after: str | None, limit: int) -> Page[AccountNumber]:
        if after and not after.startswith(folded(beginning)):
            return Page(())  # the place in another list
        found = [
            f"{folded(account.company)}#{account.number}"
            for account in self.all(Account)
            if folded(account.company).startswith(folded(beginning)) and not account.erased
        ]
        page = _page(sorted(found), after, limit, newest_first=False)
        return Page([AccountNumber(key.rpartition("#")[2]) for key in page.things], page.next)

    def trail(self, account: AccountNumber, *, after: str | None, limit: int) -> Page[AuditEntry]:
        return self._trail(account, after, limit)

    def history(self, carat_id: CaratId, *, after: str | None, limit: int) -> Page[AuditEntry]:
        its = {entry.id: entry for entry in self.entries if entry.carat_id == carat_id}
        page = _page(sorted(its, reverse=True), after, limit, newest_first=True)
        return Page([its[id_] for id_ in page.things], page.next)

    def switch_trail(self, *, after: str | None, limit: int) -> Page[AuditEntry]:
        return self._trail(None, after, limit)

    def _trail(self, of: str | None, after: str | None, limit: int) -> Page[AuditEntry]:
        mine = {
            entry.id: entry
            for entry in self.entries
            if (entry.carat_id, entry.account) == (None, of)
        }
        page = _page(sorted(mine, reverse=True), after, limit, newest_first=True)
        return Page([mine[id_] for id_ in page.things], page.next)

    def due(self, *, now: datetime) -> Iterable[LockRecord]:
        for lock in self.all(LockRecord):
            if lock.until is None or lock.is_over:
                continue
            if datetime.combine(lock.until, datetime.min.time(), VIENNA) <= now:
                yield lock


def _page(keys: list[str], after: str | None, limit: int, *, newest_first: bool) -> Page[str]:
    def is_further(key: str) -> bool:
        return after is None or (key < after if newest_first else key > after)

    further = [key for key in keys if is_further(key)]
    some = further[:limit]
    return Page(some, some[-1] if len(further) > limit else None)


@dataclass
class FakeRequests:
    """Fits what a `Counter` needs of `Messages`, beside the records that locks change."""

    records: FakeRecords
    messages: dict[str, HandledMessage] = field(default_factory=dict)
    quicker: list[Callable[[], object]] = field(default_factory=list)

    def read(self, *, phone: str, message_id: str, carat_id: CaratId | None) -> Snapshot:
        seen, number = self.records.read, AccountNumber(phone)
        service = seen(Ref(Service))[Ref(Service)] or Service()
        return Snapshot(
            service,
            self._sender(number),
            self.messages.get(message_id),
            self.dongle(carat_id) if carat_id else None,
            self._account(number),
        )

    def _account(self, number: AccountNumber) -> Account | None:
        ref = Ref(Account, (number,))
        return self.records.read(ref)[ref]

    def _sender(self, number: AccountNumber) -> Sender:
        account = self._account(number)
        if account is None or account.erased:
            return Sender(phone=number)
        return Sender(phone=number, account=number, revision=account.version, locks=account.locks)

    def dongle(self, carat_id: CaratId) -> Dongle:
        ref = Ref(Dongle, (carat_id,))
        return self.records.read(ref)[ref] or Dongle(carat_id=carat_id)

    def commit(
        self, sms: InboundSms, seen: Snapshot, effects: Effects, *, attempt: str, now: datetime
    ) -> None:
        if self.quicker:
            self.quicker.pop(0)()
        before = self.messages.get(sms.id)
        if before and before.answer:
            raise LostRace
        if self._sender(AccountNumber(sms.sender)).revision != seen.sender.revision:
            raise LostRace
        for dongle in (effects.unchanged, effects.changed):
            if dongle and self.dongle(dongle.carat_id).version != dongle.version:
                raise LostRace
        if effects.changed:
            self.records.put(replace(effects.changed, version=effects.changed.version + 1))
        if effects.order:
            self.records.put(effects.order)
        self.messages[sms.id] = HandledMessage(
            answer=effects.answer,
            attempt=attempt,
            committed_at=now,
            answered=True,
            apologised=False,
            fingerprint=sms.text,
        )

    def commit_apology(
        self, sms: InboundSms, seen: Snapshot, *, slot: int, attempt: str, now: datetime
    ) -> None:
        raise AssertionError("a request over HTTP has no text to mark or to be sorry for")

    def mark_answered(self, message_id: str, *, now: datetime) -> None:
        raise AssertionError("a request over HTTP has no text to mark or to be sorry for")


class FakeSecrets:
    """Fits `SecretMaker`."""

    def __init__(self) -> None:
        self.calls = 0

    def secret(self, purpose: str, nonce: str) -> bytes:
        self.calls += 1
        return hmac_sha256(b"fake", f"{purpose}|{nonce}".encode())


@dataclass
class FakeHasher:
    """Fits `Hasher`, at no cost; `tried` and `made` count what would be slow."""

    tried: int = 0
    made: int = 0

    def hash(self, password: str) -> str:
        self.made += 1
        return f"#{self.made}#{password}"

    def matches(self, hash_: str, password: str) -> bool:
        """What is no hash is seen at once, and costs nothing."""
        if not hash_.startswith("#"):
            return False
        self.tried += 1
        return hash_.split("#", 2)[2:] == [password]

    @property
    def of_nobody(self) -> str:
        return "#nobody"


class FakeTotp:
    """Fits `Totp`: the digits are the time step's own."""

    def step(self, secret: bytes, digits: str, now: datetime) -> int | None:
        this = int(now.timestamp()) // 30
        fitting = [step for step in (this, this - 1, this + 1) if digits == self.digits(step)]
        return fitting[0] if fitting else None

    @staticmethod
    def digits(step: int) -> str:
        return f"{step % 1_000_000:06d}"

    def now(self, now: datetime) -> str:
        return self.digits(int(now.timestamp()) // 30)


@dataclass
class FakeMailer:
    """Fits `Mailer`; `sent` holds (to, mail, outbox id)."""

    sent: list[tuple[str, Mail, str]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)

    def send(self, *, to: str, mail: Mail, outbox_id: str) -> Delivery:
        if to in self.broken:
            raise ConnectionError
        if to in self.refused:
            return Delivery.UNDELIVERABLE
        self.sent.append((to, mail, outbox_id))
        return Delivery.SENT


@dataclass
class FakeFiles:
    """Fits `InvoiceFiles`."""

    kept: dict[str, bytes] = field(default_factory=dict)
    times: int = 0

    def keep(self, name: str, pdf: bytes) -> None:
        assert self.kept.setdefault(name, pdf) == pdf
        self.times += 1

    def read(self, name: str) -> bytes:
        return self.kept[name]

    def link(self, name: str) -> str:
        return f"https://files.example.org/{name}"


@dataclass
class FakeNotices:
    """Fits `NoticeBook`, beside the records that notices are committed to."""

    records: FakeRecords = field(default_factory=FakeRecords)
    sent: set[str] = field(default_factory=set)
    claims: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def pending(self, *, before: datetime) -> Iterable[Notice]:
        return [
            notice
            for notice in self.records.all(Notice)
            if notice.id not in self.sent and self._due(notice) < before
        ]

    def _due(self, notice: Notice) -> datetime:
        return self.claims.get(notice.id, ("", notice.created_at))[1]

    def claim(self, notice: Notice, *, by: str, now: datetime, until: datetime) -> bool:
        stored = (Notice, (notice.id,)) in self.records.things
        others = self.claims.get(notice.id, ("", now))[0] != by
        if not stored or notice.id in self.sent:
            return False
        if others and self._due(notice) > now + CLOCKS_DIFFER:
            return False
        self.claims[notice.id] = (by, until)
        return True

    def mark_sent(self, notice: Notice, *, now: datetime) -> None:
        self.sent.add(notice.id)


@dataclass
class FakeVatDues:
    """Fits `VatDues`, beside the records that write what is due, and forget whose it was."""

    records: FakeRecords = field(default_factory=FakeRecords)
    claims: dict[AccountNumber, tuple[str, int]] = field(default_factory=dict)

    def pending(self, *, before: datetime) -> Iterable[VatDue]:
        return [due for due in self.records.all(VatDue) if due.at < before]

    def claim(self, due: VatDue, *, by: str, now: datetime, until: datetime) -> bool:
        stored = self.records.things.get((VatDue, (due.account,)))
        if stored is None:
            return False
        own = self.claims.get(due.account) == (by, stored.version)
        if stored.at > now + CLOCKS_DIFFER and not own:
            return False
        self.records.put(replace(stored, at=until))
        self.claims[due.account] = (by, stored.version)
        return True


@dataclass
class FakeVatQueue:
    """Fits `VatQueue`; it refuses the accounts in `broken`."""

    waiting: list[VatDue] = field(default_factory=list)
    broken: set[AccountNumber] = field(default_factory=set)

    def put(self, due: VatDue) -> None:
        if due.account in self.broken:
            raise ConnectionError
        self.waiting.append(due)


@dataclass
class FakeDueTerms:
    """Fits `DueTerms`, beside the records that write when a plant is due; pages of two.

    `stale` are plants as an index that is behind still shows them.
    """

    records: FakeRecords = field(default_factory=FakeRecords)
    stale: list[Plant] = field(default_factory=list)
    broken: list[Portion] = field(default_factory=list)

    def portions(self, *, now: datetime) -> Iterable[Portion]:
        for shard in SHARDS:
            if self._due(shard, now):
                yield Portion(shard=shard)

    def page(self, portion: Portion, *, now: datetime) -> Page[Plant]:
        if portion in self.broken:
            raise ConnectionError
        due = self._due(portion.shard, now)
        further = [(place, plant) for place, plant in due if place > (portion.after or "")]
        some = further[:2]
        return Page([plant for _, plant in some], some[-1][0] if len(further) > len(some) else None)

    def _due(self, shard: int, now: datetime) -> list[tuple[str, Plant]]:
        plants = {plant.id: plant for plant in (*self.records.all(Plant), *self.stale)}
        due = [(next_due_of(plant, VIENNA), plant) for plant in plants.values()]
        return sorted(
            (f"{at.timestamp():015.3f}|{plant.id}", plant)
            for at, plant in due
            if at and at <= now and due_term(plant.id) == term_shard(shard)
        )


@dataclass
class FakeTermQueue:
    """Fits `TermQueue`."""

    waiting: list[Portion] = field(default_factory=list)

    def put(self, portion: Portion) -> None:
        self.waiting.append(portion)


@dataclass
class FakeRepairDesk:
    """Fits `RepairDesk`, beside the records that repair orders are kept in."""

    records: FakeRecords = field(default_factory=FakeRecords)

    def waiting(self, state: RepairState, *, after: str | None, limit: int) -> Page[RepairOrder]:
        waiting = {
            f"{order.waits_since.timestamp():015.3f}|{order.id}": order
            for order in self.records.all(RepairOrder)
            if order.state is state and order.waits_since
        }
        if after:
            float(after.partition("|")[0])  # ValueError for what is no place
        page = _page(sorted(waiting), after, limit, newest_first=False)
        return Page([waiting[key] for key in page.things], page.next)


@dataclass
class FakeVatRegistry:
    """Fits `VatRegistry`: one reading after the other, the last one for good.

    `meanwhile` is what others do during a question.
    """

    service: VatService
    readings: list[VatReading]
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    asked: list[VatQuestion] = field(default_factory=list)

    def ask(self, question: VatQuestion, *, now: Callable[[], datetime]) -> VatAnswer:
        asked_at = now()
        self.asked.append(question)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        reading = self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]
        return VatAnswer(
            reading=reading,
            service=self.service,
            asked_at=asked_at,
            answered_at=now(),
            request=f'{{"asked": "{question.vat_id}"}}',
            response=f'{{"answer": "{reading.code}"}}',
            http_status=200,
        )


@dataclass
class FakeErasures:
    """Fits `UnfinishedErasures`, beside the records that have the accounts."""

    records: FakeRecords

    def begun(self, *, before: datetime) -> Iterable[AccountNumber]:
        return [
            account.number
            for account in self.records.all(Account)
            if account.erasing_since and account.erasing_since < before
        ]


@dataclass
class FakeUnpaidOrders:
    """Fits `UnpaidOrders`, beside the records that have the orders."""

    records: FakeRecords

    def due(self, *, now: datetime) -> Iterable[TermOrder]:
        orders = self.records.all(TermOrder)
        return [
            order
            for order in orders
            if order.state is TermOrderState.OPEN and order.lapses_at <= now
        ]


@dataclass
class FakeOffice:
    """An office made of fakes, and the fakes to look into."""

    records: FakeRecords = field(default_factory=FakeRecords)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    hasher: FakeHasher = field(default_factory=FakeHasher)
    totp: FakeTotp = field(default_factory=FakeTotp)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    sms: FakeSms = field(default_factory=FakeSms)
    codes: FakeCodeMaker = field(default_factory=FakeCodeMaker)
    numbers: FakeOrderNumbers = field(default_factory=FakeOrderNumbers)
    catalogue: Catalogue = DOCUMENTED
    terms: TermCatalogue | None = TERMS
    vat_policy: VatPolicy = field(default_factory=VatPolicy)
    vat_queue: FakeVatQueue = field(default_factory=FakeVatQueue)
    files: FakeFiles = field(default_factory=FakeFiles)
    pauses: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.notices = FakeNotices(self.records)
        self.vat_dues = FakeVatDues(self.records)
        self.due_terms = FakeDueTerms(self.records)
        self.term_queue = FakeTermQueue()
        self.repair_desk = FakeRepairDesk(self.records)
        self.requests = FakeRequests(self.records)

    @property
    def office(self) -> Office:
        return Office(
            records=self.records,
            secrets=self.secrets,
            catalogue=self.catalogue,
            time_zone=VIENNA,
            pause=self.pauses.append,
            seller_vat_id=SELLER_VAT_ID,
            vat_policy=self.vat_policy,
            terms=self.terms,
        )

    @property
    def post(self) -> PostOffice:
        return PostOffice(
            notices=self.notices,
            secrets=self.secrets,
            writer=JinjaWriter(),
            attachments=NoticeAttachments(PackagedDocuments(), self.files),
            mailer=self.mailer,
            sms=self.sms,
            site=SITE,
        )

    @property
    def counter(self) -> Counter:
        return Counter(
            messages=self.requests,
            numbers=self.numbers,
            codes=self.codes,
            policy=Policy.of_requests(self.catalogue, VIENNA),
            pause=self.pauses.append,
        )

    def told(self, kind: NoticeKind) -> list[Notice]:
        """What was committed to be sent."""
        return [notice for notice in self.records.all(Notice) if notice.kind is kind]

    def secret_of(self, kind: NoticeKind, name: str) -> str:
        """What the last text of that kind shows: `link`, `password` or `code`."""
        return secrets_of(self.told(kind)[-1], self.secrets, SITE)[name]

    def link_of(self, kind: NoticeKind) -> LinkToken:
        link = read_link(self.secret_of(kind, "link").partition("token=")[2])
        assert link
        return link


def an_office(*things: Any, **changes: Any) -> FakeOffice:
    """An office where these things are stored."""
    fake = FakeOffice(**changes)
    fake.records.put(*things)
    return fake
