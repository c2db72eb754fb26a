"""What everything with a version is promised: by the fake of functional tests, and by DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import pytest
from botocore.exceptions import ClientError

from freischalt.account_ports import (
    Change,
    ChangePhone,
    Delete,
    DueLocks,
    Page,
    Put,
    Records,
    Ref,
    Unchanged,
)
from freischalt.adapters import keys
from freischalt.adapters.codecs import CODECS, all_codecs
from freischalt.adapters.dynamodb_planned_ends import DynamoDbPlannedEnds
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.items import order_item
from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.conversation import Confirmation, Sender, Service
from freischalt.domain.dongle import Dongle, Grant, RecentOrder
from freischalt.domain.ids import ImportId, LockId, OrderNumber
from freischalt.domain.latin import LatinCompany
from freischalt.domain.licence import EProtocol, Points
from freischalt.domain.locks import Lock, LockReason, LockRecord, LockScope
from freischalt.domain.notice import Notice
from freischalt.domain.order import Order, OrderKind
from freischalt.domain.phone_check import PhoneCheck
from freischalt.domain.request import HandledRequest
from freischalt.domain.sign_in import ApiKey, Session, SignInAttempts
from freischalt.domain.user import Language, Role, User
from freischalt.domain.vat import FieldVerdict, VatField, VatService
from freischalt.domain.vat_record import VatDue, VatRecord
from freischalt.domain.vat_standing import VatOverride, VatStanding, VatState
from freischalt.errors import LostRace
from tests.account_factories import (
    ANNA,
    CHECK,
    COMPANY,
    DAY,
    EXCHANGE,
    HOUR,
    MINUTE,
    NEW_YEAR,
    a_check,
    a_due,
    a_handled_request,
    a_link,
    a_lock_record,
    a_notice,
    a_password,
    a_session,
    a_standing,
    a_user,
    a_vat_record,
    a_waiting,
    an_account,
    an_api_key,
)
from tests.account_fakes import VIENNA, FakeRecords
from tests.conftest import TABLE
from tests.contract.promises import sender_item, service_item
from tests.contract.test_term_records import THINGS as OF_TERMS
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    INFORMATION,
    KEY,
    NOON,
    NUMBER,
    OTHER_ACCOUNT,
    OTHER_PHONE,
    PHONE,
    a_dongle,
    a_release,
    a_sender,
)

FULL_LOCK = Lock(NEW_YEAR, LockId("l1"), LockScope.NEW, LockReason.CONTRACT, NOON)
CONFIRMATION = Confirmation(
    nonce="m0",
    key_id=KEY,
    type=EProtocol(),
    number=NUMBER,
    fingerprint="f" * 32,
    until=NOON + timedelta(minutes=15),
    wrong_tries=2,
    order_number=OrderNumber("2026-000001"),
)
ORDER = Order(
    number=OrderNumber("2026-000123"),
    outbox_id="o1",
    account=ACCOUNT,
    kind=OrderKind.UPGRADE,
    type=Points(5),
    licence_number=NUMBER,
    net_cents=8_000,
    currency="EUR",
    placed_at=NOON,
    message_id="m1",
)

IN_LATIN = replace(
    COMPANY,
    name="Müller GmbH",
    latin=LatinCompany(name="Mueller GmbH", street="Weg 1", city="Wien"),
)
WAITING_CHECK = a_waiting(
    next_try=NOON + HOUR, tries=3, code="MS_UNAVAILABLE", told_at=NOON + MINUTE
)

WITH_NOTHING: list[Any] = [
    a_user(accounts=(), accepted={}),
    SignInAttempts(user=ANNA, at=(NOON,), version=1),
    a_session(account=None),
    an_api_key(),
    a_handled_request(result={}),
    a_check(),
    a_lock_record(),
    a_notice(details={}),
    an_account(),
    Dongle(carat_id=CARAT_ID, version=1),
    a_due(),
    a_vat_record(code=None, question=None, exchange=None),
]
WITH_EVERYTHING: list[Any] = [
    a_user(
        language=Language.ENGLISH,
        role=Role.OPERATOR,
        accounts=(ACCOUNT, OTHER_ACCOUNT),
        password=a_password(given=True),
        old_hashes=("a", "b"),
        registration=COMPANY,
        validation=a_link("v"),
        reset=a_link("r", until=NOON + HOUR),
        monitoring_since=NOON + MINUTE,
        epoch=3,
        second_factor="s",
        last_totp=58_000_000,
    ),
    SignInAttempts(
        user=ANNA,
        account=ACCOUNT,
        at=(NOON, NOON + MINUTE),
        locked_until=NOON + HOUR,
        version=1,
    ),
    a_session(epoch=2, used_at=NOON + HOUR),
    an_api_key(used_at=NOON + HOUR, revoked_at=NOON + DAY, revoked_by="user:x"),
    a_handled_request(result={"account": ACCOUNT, "lock": "l"}),
    a_check(wrong_tries=4),
    a_lock_record(
        carat_id=CARAT_ID,
        scope=LockScope.NEW,
        note="Bitte zahlen",
        private_note="zahlt nie",
        until=NEW_YEAR,
        lifted_by="operator:o",
        lifted_at=NOON + HOUR,
        resolution="bezahlt",
        ended_at=NOON + DAY,
    ),
    a_notice(language=Language.ENGLISH, details={"nonce": "n", "user": ANNA}),
    an_account(
        phones=(PHONE, OTHER_PHONE),
        locks=(FULL_LOCK, Lock(None)),
        confirms_orders=True,
        registrant=IN_LATIN,
        users=(ANNA,),
        erased=True,
        changed_by=f"user:{ANNA}",
        vat=a_standing(
            VatState.MISMATCH,
            differing=(VatField.NAME, VatField.CITY),
            waiting=WAITING_CHECK,
            override=VatOverride(by="operator:o", reason="Papiere gesehen"),
        ),
        buys_without_vat_id=True,
        plants=3,
        ended_plants=1,
        lists=("1793700000000-abcdef012345",),
    ),
    a_dongle(
        {ACCOUNT: a_release(locks=(FULL_LOCK,)).fetched(Points(7), INFORMATION)},
        staged={ImportId("i1"): {OTHER_ACCOUNT: Grant(7, e_protocol=True)}},
        recent_orders=(RecentOrder("d" * 32, OrderNumber("2026-000007"), NOON),),
    ),
    a_due(service=VatService.VIES, at=NOON + DAY),
    a_vat_record(
        state=VatState.MISMATCH,
        fields=dict(zip(VatField, FieldVerdict, strict=True)),
        request_id="WAPIAAAAZ8Cq1x2b",
        for_a_person=True,
        counts=False,
        by="operator:o",
        reason="Papiere gesehen",
    ),
]
READ_ONLY: list[Any] = [
    a_sender(
        locks=(FULL_LOCK,),
        confirms_orders=True,
        slots={3: NOON, 7: NOON + MINUTE},
        confirmation=CONFIRMATION,
    ),
    ORDER,
    Service(maintenance=True, unpublished=frozenset({ImportId("i1")})),
]


GRANTED = AuditEntry(
    carat_id=CARAT_ID,
    at=NOON,
    id="r1",
    event=Event.GRANTED,
    actor="operator:o",
    account=ACCOUNT,
    details={"points": "5"},
)


class Store(Protocol):
    """A place where things are kept, and a way to put them there unasked."""

    records: Records
    ends: DueLocks

    def put(self, *things: Any) -> None: ...


class InMemory:
    def __init__(self) -> None:
        self.fake = FakeRecords()
        self.records: Records = self.fake
        self.ends: DueLocks = self.fake

    def put(self, *things: Any) -> None:
        self.fake.put(*things)


class InDynamoDb:
    def __init__(self, client: Any) -> None:
        self.client = client
        self.records: Records = DynamoDbRecords(client, TABLE, VIENNA)
        self.ends: DueLocks = DynamoDbPlannedEnds(client, TABLE)

    def put(self, *things: Any) -> None:
        for thing in things:
            self.client.put_item(TableName=TABLE, Item=self._item(thing))

    @staticmethod
    def _item(thing: Any) -> Any:
        match thing:
            case Sender():
                return sender_item(thing)
            case Service():
                return service_item(thing)
            case Order():
                return order_item(thing, VIENNA)
        write = CODECS[type(thing)].write
        assert write
        return write(thing, VIENNA, thing.version)


@pytest.fixture(params=["fake", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        return InMemory()
    return InDynamoDb(request.getfixturevalue("dynamodb"))


def ref_of(thing: Any) -> Ref[Any]:
    return Ref(type(thing), CODECS[type(thing)].id(thing))


def stored(store: Store, thing: Any) -> Any:
    ref = ref_of(thing)
    return store.records.read(ref)[ref]


def kind_of(thing: Any) -> str:
    return type(thing).__name__


# --- reading and storing


def test_the_kinds_below_are_all_there_are() -> None:
    kinds = {type(thing) for thing in (*WITH_NOTHING, *READ_ONLY, GRANTED, *OF_TERMS)}
    assert kinds == set(all_codecs())
    assert [type(thing) for thing in WITH_NOTHING] == [type(thing) for thing in WITH_EVERYTHING]


@pytest.mark.parametrize("thing", [*WITH_NOTHING, *WITH_EVERYTHING], ids=kind_of)
def test_what_is_stored_is_read_back_equal(store: Store, thing: Any) -> None:
    store.records.write(Put(replace(thing, version=0)))

    assert stored(store, thing) == thing


STANDINGS = [
    a_standing(VatState.PENDING),
    a_standing(VatState.PENDING, waiting=WAITING_CHECK),
    a_standing(),
    a_standing(waiting=a_waiting()),
    a_standing(VatState.INVALID, code="evatr-2001"),
    a_standing(VatState.MISMATCH, differing=tuple(VatField)),
    a_standing(VatState.GIVEN_UP, code=None),
    a_standing(override=VatOverride(by="operator:o", reason="gesehen")),
]


@pytest.mark.parametrize("standing", STANDINGS, ids=lambda standing: standing.state.value)
def test_what_an_account_remembers_of_its_checks_is_read_back_equal(
    store: Store, standing: VatStanding
) -> None:
    account = an_account(registrant=COMPANY, vat=standing)

    store.records.write(Put(replace(account, version=0)))

    assert stored(store, account) == account


@pytest.mark.parametrize("thing", READ_ONLY, ids=kind_of)
def test_what_others_write_is_read(store: Store, thing: Any) -> None:
    store.put(thing)

    assert stored(store, thing) == thing
    with pytest.raises(TypeError):
        store.records.write(Put(thing))


def test_attempts_keep_the_account_that_they_count_for(store: Store) -> None:
    attempts = SignInAttempts(user=ANNA, account=ACCOUNT, at=(NOON,), version=1)
    store.put(attempts)

    assert stored(store, attempts) == attempts


@pytest.mark.parametrize(
    "kind",
    [
        *(User, Session, ApiKey, HandledRequest, PhoneCheck, LockRecord, Notice, Account, Order),
        *(VatDue, VatRecord),
    ],
)
def test_of_most_kinds_nothing_is_read_as_none(store: Store, kind: type[Any]) -> None:
    ref: Ref[Any] = Ref(
        kind, ("a", "b") if kind in {Session, ApiKey, PhoneCheck, VatRecord} else ("a",)
    )
    if kind is LockRecord:
        ref = Ref(kind, (ACCOUNT, "l"))

    assert store.records.read(ref)[ref] is None


@pytest.mark.parametrize(
    "empty",
    [Dongle(carat_id=CARAT_ID), Sender(phone=PHONE), Service(), SignInAttempts(user=ANNA)],
    ids=kind_of,
)
def test_of_some_kinds_nothing_is_read_as_its_empty_value(store: Store, empty: Any) -> None:
    assert stored(store, empty) == empty


def test_one_read_finds_things_of_all_kinds(store: Store) -> None:
    store.put(*WITH_EVERYTHING, *READ_ONLY)
    refs = [ref_of(thing) for thing in (*WITH_EVERYTHING, *READ_ONLY)]

    seen = store.records.read(*refs)

    assert [seen[ref] for ref in refs] == [*WITH_EVERYTHING, *READ_ONLY]


def test_to_read_nothing_finds_nothing(store: Store) -> None:
    assert store.records.read()[Ref(User, (ANNA,))] is None


def test_nothing_is_read_twice_at_once(store: Store) -> None:
    ref = Ref(User, (ANNA,))

    with pytest.raises((ValueError, ClientError)):
        store.records.read(ref, ref)


# --- conditions


def test_each_write_raises_the_version(store: Store) -> None:
    store.records.write(Put(an_account(version=0)))
    store.records.write(Put(an_account(company="Huber & Co", version=1)))

    assert stored(store, an_account()) == an_account(company="Huber & Co", version=2)


CHANGES = [Put, Unchanged, Delete]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("version", [0, 1, 3])
def test_what_has_changed_since_it_was_read_is_left_alone(
    store: Store, change: type[Any], version: int
) -> None:
    store.put(a_user(version=2))

    with pytest.raises(LostRace):
        store.records.write(change(a_user(version=version, email="other@example.org")))

    assert stored(store, a_user()) == a_user(version=2)


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_gone_is_not_as_it_was_read(store: Store, change: type[Any]) -> None:
    with pytest.raises(LostRace):
        store.records.write(change(a_user(version=1)))

    assert stored(store, a_user()) is None


def test_what_is_as_it_was_read_can_be_held_on_to(store: Store) -> None:
    store.put(a_user())

    store.records.write(Unchanged(a_user()), Put(an_account(version=0)))

    assert stored(store, a_user()) == a_user()
    assert stored(store, an_account()) == an_account()


def test_that_nothing_is_there_can_be_held_on_to(store: Store) -> None:
    store.records.write(Unchanged(a_user(version=0)), Put(an_account(version=0)))

    assert stored(store, an_account()) == an_account()


def test_what_is_deleted_is_gone(store: Store) -> None:
    store.put(a_session())

    store.records.write(Delete(a_session()))

    assert stored(store, a_session()) is None


@pytest.mark.parametrize(
    "losing",
    [
        Put(a_user(version=7)),
        Unchanged(a_user(version=7)),
        Delete(a_user(version=7)),
        ChangePhone(a_sender(), a_sender(account=None), NOON),
    ],
)
def test_all_is_written_or_nothing(store: Store, losing: Change) -> None:
    store.put(a_user(), a_session())

    with pytest.raises(LostRace):
        store.records.write(Put(an_account(version=0)), Delete(a_session()), losing)

    assert stored(store, an_account()) is None
    assert stored(store, a_session()) == a_session()


def test_one_thing_is_changed_once_in_a_write(store: Store) -> None:
    store.put(a_user())

    with pytest.raises((ValueError, ClientError)):
        store.records.write(Put(a_user(epoch=1)), Unchanged(a_user()))

    assert stored(store, a_user()) == a_user()


def test_a_line_of_a_dongles_trail_is_written_once(store: Store) -> None:
    store.records.write(Put(GRANTED))

    with pytest.raises(LostRace):
        store.records.write(Put(replace(GRANTED, actor="somebody")), Put(an_account(version=0)))

    assert replace(stored(store, GRANTED), version=0) == GRANTED
    assert stored(store, an_account()) is None


# --- phones

WAITING = a_sender(slots={3: NOON, 7: NOON + MINUTE}, confirmation=CONFIRMATION)


def test_a_phone_that_stays_keeps_its_slots_and_the_order_that_waits(store: Store) -> None:
    store.put(WAITING)
    locked = replace(WAITING, locks=(FULL_LOCK,), confirms_orders=True)

    store.records.write(ChangePhone(WAITING, locked))

    assert stored(store, WAITING) == replace(locked, revision=2)


def test_a_phone_that_goes_keeps_its_slots_alone(store: Store) -> None:
    before = replace(WAITING, locks=(FULL_LOCK,), confirms_orders=True)
    store.put(before)
    freed = replace(before, account=None, locks=(), confirms_orders=False)

    store.records.write(ChangePhone(before, freed, NOON))

    assert stored(store, before) == Sender(phone=PHONE, revision=2, slots=WAITING.slots)


def test_a_strangers_phone_becomes_an_accounts(store: Store) -> None:
    stranger = Sender(phone=PHONE)
    owned = a_sender(revision=0, locks=(FULL_LOCK,))

    store.records.write(ChangePhone(stranger, owned))

    assert stored(store, stranger) == replace(owned, revision=1)


def test_slots_that_are_taken_meanwhile_are_no_lost_race(store: Store) -> None:
    store.put(WAITING)
    seen = replace(WAITING, slots={}, confirmation=None)

    store.records.write(ChangePhone(seen, replace(seen, locks=(FULL_LOCK,))))

    assert stored(store, WAITING) == replace(WAITING, locks=(FULL_LOCK,), revision=2)


@pytest.mark.parametrize(
    "meanwhile",
    [a_sender(account=OTHER_ACCOUNT), a_sender(revision=2), a_sender(account=None)],
    ids=["taken", "changed", "released"],
)
def test_a_phone_that_has_changed_is_left_alone(store: Store, meanwhile: Sender) -> None:
    store.put(meanwhile)

    with pytest.raises(LostRace):
        store.records.write(ChangePhone(a_sender(), a_sender(account=None), NOON))

    assert stored(store, meanwhile) == meanwhile


def test_a_strangers_phone_expires_and_an_accounts_does_not(dynamodb: Any) -> None:
    store = InDynamoDb(dynamodb)
    store.put(WAITING)

    def expires_at() -> Any:
        (item,) = dynamodb.scan(TableName=TABLE)["Items"]
        return item.get("expires_at", {}).get("N")

    store.records.write(ChangePhone(WAITING, replace(WAITING, account=None), NOON))
    assert expires_at() == str(int((NOON + 2 * DAY).timestamp()))
    free = stored(store, WAITING)
    store.records.write(ChangePhone(free, replace(free, account=ACCOUNT)))
    assert expires_at() is None


# --- pages


def pages[T](store: Store, kind: type[T], limit: int) -> Iterator[Page[T]]:
    after: str | None = None
    while True:
        page = store.records.page(kind, ACCOUNT, after=after, limit=limit)
        yield page
        if page.next is None:
            return
        after = page.next


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_locks_are_paged_from_the_newest(store: Store, limit: int) -> None:
    locks = [a_lock_record(f"000000000000{n}-aa") for n in range(1, 6)]
    store.put(*locks, a_lock_record("9", account=OTHER_ACCOUNT), an_account(), an_api_key("z"))

    found = list(pages(store, LockRecord, limit))

    assert [lock for page in found for lock in page.things] == locks[::-1]
    assert all(len(page.things) <= limit for page in found)
    assert len(found[0].things) == min(limit, 5)


@pytest.mark.parametrize(
    ("kind", "mine", "others"),
    [
        (LockRecord, a_lock_record(), a_lock_record("b", account=OTHER_ACCOUNT)),
        (ApiKey, an_api_key(), an_api_key("b", account=OTHER_ACCOUNT)),
        (PhoneCheck, a_check(), a_check(OTHER_PHONE, account=OTHER_ACCOUNT)),
        (VatRecord, a_vat_record(), a_vat_record(account=OTHER_ACCOUNT)),
    ],
)
def test_a_page_has_one_kind_of_one_account(
    store: Store, kind: type[Any], mine: Any, others: Any
) -> None:
    store.put(
        an_account(), a_lock_record(), an_api_key(), a_check(), a_vat_record(), a_due(), others
    )

    page = store.records.page(kind, ACCOUNT, after=None, limit=10)

    assert (page.things, page.next) == ([mine], None)


def test_a_place_that_is_gone_is_still_a_place_to_go_on_from(store: Store) -> None:
    locks = [a_lock_record(f"000000000000{n}-aa") for n in range(1, 4)]
    store.put(*locks)
    first = store.records.page(LockRecord, ACCOUNT, after=None, limit=2)
    store.records.write(Delete(locks[1]))

    rest = store.records.page(LockRecord, ACCOUNT, after=first.next, limit=2)

    assert (rest.things, rest.next) == ([locks[0]], None)


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_checks_are_paged_from_the_newest_and_what_is_due_is_none_of_them(
    store: Store, limit: int
) -> None:
    checks = [a_vat_record(f"179534880000{n}-abcdefabcdef") for n in range(5)]
    store.put(*checks, a_due(), an_account(), a_lock_record())

    found = list(pages(store, VatRecord, limit))

    assert [check for page in found for check in page.things] == checks[::-1]
    assert all(len(page.things) <= limit for page in found)


# --- evidence

LONG = "ä" * (8 * 1024)
"""16 KiB of UTF-8: the most that is kept of an answer."""


@pytest.mark.parametrize("text", ["", "{}", LONG, "\N{REPLACEMENT CHARACTER}" * 16 * 1024])
def test_what_was_on_the_wire_is_kept_to_the_letter(store: Store, text: str) -> None:
    record = a_vat_record(exchange=replace(EXCHANGE, request=text, response=text, http_status=None))

    store.records.write(Put(replace(record, version=0)))

    assert stored(store, record) == record


def test_evidence_is_written_once(store: Store) -> None:
    store.records.write(Put(a_vat_record(version=0)))

    with pytest.raises(LostRace):
        store.records.write(Put(a_vat_record(state=VatState.INVALID, version=0)))

    assert stored(store, a_vat_record()) == a_vat_record()


def test_evidence_is_kept_for_ten_years_from_the_end_of_the_year(dynamodb: Any) -> None:
    InDynamoDb(dynamodb).records.write(Put(a_vat_record(version=0)))

    item = dynamodb.get_item(TableName=TABLE, Key=keys.vat_record(ACCOUNT, CHECK))["Item"]

    expires = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)
    assert expires == datetime(NOON.year + 11, 1, 2, tzinfo=UTC)  # from the end of the year


def test_what_is_due_never_expires(dynamodb: Any) -> None:
    InDynamoDb(dynamodb).records.write(Put(a_due(version=0)))

    item = dynamodb.get_item(TableName=TABLE, Key=keys.vat_due(ACCOUNT))["Item"]

    assert "expires_at" not in item


# --- locks that are due


def due(store: Store, now: datetime) -> set[str]:
    return {lock.id for lock in store.ends.due(now=now)}


def test_a_lock_is_due_from_midnight_of_the_vendors_day_on(store: Store) -> None:
    midnight = datetime(2026, 12, 31, 23, tzinfo=UTC)  # 00:00 in Vienna
    store.records.write(Put(a_lock_record(until=NEW_YEAR, version=0)))

    assert due(store, midnight - timedelta(milliseconds=1)) == set()
    assert due(store, midnight) == {a_lock_record().id}
    assert due(store, midnight + 90 * DAY) == {a_lock_record().id}


def test_only_planned_ends_that_were_not_noticed_are_due(store: Store) -> None:
    ended = date(2026, 11, 1)
    for lock in (
        a_lock_record("revoked"),
        a_lock_record("lifted", until=ended, lifted_at=NOON),
        a_lock_record("noticed", until=ended, ended_at=NOON),
        *(a_lock_record(f"due{n}", until=ended) for n in range(40)),
    ):
        store.records.write(Put(replace(lock, version=0)))

    assert due(store, NOON) == {f"due{n}" for n in range(40)}


def test_a_lock_whose_end_was_noticed_is_due_no_more(store: Store) -> None:
    store.records.write(Put(a_lock_record(until=date(2026, 11, 1), version=0)))
    (lock,) = store.ends.due(now=NOON)

    store.records.write(Put(replace(lock, ended_at=NOON)))

    assert due(store, NOON + DAY) == set()
