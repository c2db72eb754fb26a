"""What answering requests over HTTP is promised by its store: the fake, and DynamoDB."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import pytest

from freischalt.account_ports import Put, Records, Ref
from freischalt.adapters.codecs import CODECS
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_requests import DynamoDbRequests
from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.conversation import Effects, Sender, Snapshot
from freischalt.domain.dongle import Dongle
from freischalt.domain.ids import OrderNumber
from freischalt.domain.licence import Points
from freischalt.domain.locks import Lock
from freischalt.domain.order import Order, OrderKind
from freischalt.domain.vat_standing import VatState
from freischalt.errors import LostRace
from freischalt.ports import Messages
from tests.account_factories import a_company, a_standing, an_account
from tests.account_fakes import VIENNA, FakeRecords, FakeRequests
from tests.conftest import TABLE
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    KEY,
    NOON,
    NUMBER,
    OTHER_ACCOUNT,
    PHONE,
    a_dongle,
    a_release,
    a_sms,
)

ASKED = a_sms("fingerprint", sender=ACCOUNT, id="user:u/r1")
CODE = Answer(code=AnswerCode.CODE, type=Points(31), number=NUMBER, key_id=KEY)
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
    message_id="user:u/r1",
)


class Store(Protocol):
    messages: Messages
    records: Records

    def put(self, thing: Any) -> None: ...


class InMemory:
    def __init__(self) -> None:
        fake = FakeRecords()
        self.put: Callable[[Any], None] = fake.put
        self.records: Records = fake
        self.messages: Messages = FakeRequests(fake)


class InDynamoDb:
    def __init__(self, client: Any) -> None:
        self.client = client
        self.records: Records = DynamoDbRecords(client, TABLE, VIENNA)
        self.messages: Messages = DynamoDbRequests(client, TABLE, VIENNA)

    def put(self, thing: Any) -> None:
        write = CODECS[type(thing)].write
        assert write
        self.client.put_item(TableName=TABLE, Item=write(thing, VIENNA, thing.version))


@pytest.fixture(params=["fake", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "fake":
        return InMemory()
    return InDynamoDb(request.getfixturevalue("dynamodb"))


def seen(store: Store) -> Snapshot:
    return store.messages.read(phone=ACCOUNT, message_id=ASKED.id, carat_id=CARAT_ID)


def commit(store: Store, snapshot: Snapshot, attempt: str = "a", **effects: Any) -> None:
    changes = Effects(**{"answer": CODE, "slot": 0, **effects})
    store.messages.commit(ASKED, snapshot, changes, attempt=attempt, now=NOON)


def dongle(store: Store) -> Dongle | None:
    ref = Ref(Dongle, (CARAT_ID,))
    return store.records.read(ref)[ref]


def test_who_asks_is_an_account_with_its_locks(store: Store) -> None:
    locks = (Lock(None),)
    store.put(an_account(version=7, locks=locks, phones=(PHONE,), confirms_orders=True))
    store.put(a_dongle())

    found = seen(store)

    assert found.sender == Sender(phone=ACCOUNT, account=ACCOUNT, revision=7, locks=locks)
    assert found.account == an_account(
        version=7, locks=locks, phones=(PHONE,), confirms_orders=True
    )
    assert (found.dongle, found.message) == (a_dongle(), None)


@pytest.mark.parametrize("accounts", [[], [an_account(erased=True)]], ids=["unknown", "erased"])
def test_who_is_no_account_is_on_none(store: Store, accounts: list[Any]) -> None:
    for account in accounts:
        store.put(account)

    assert seen(store).sender == Sender(phone=ACCOUNT)


def test_what_was_committed_is_found_as_answered(store: Store) -> None:
    store.put(an_account())
    changed = a_dongle({ACCOUNT: a_release(points=5)}, version=0)

    commit(store, seen(store), changed=changed, order=ORDER)

    found = seen(store)
    assert found.dongle == replace(changed, version=1)
    assert found.message
    assert (found.message.answer, found.message.answered) == (CODE, True)
    assert found.message.fingerprint == "fingerprint"
    assert store.records.read(Ref(Order, (ORDER.number,)))[Ref(Order, (ORDER.number,))] == ORDER


def test_a_request_is_committed_once(store: Store) -> None:
    store.put(an_account())
    before = seen(store)
    commit(store, before, "a")

    for attempt in ("a", "b"):
        with pytest.raises(LostRace):
            commit(store, before, attempt, changed=a_dongle(version=0))

    assert dongle(store) == Dongle(carat_id=CARAT_ID)


def test_what_commits_after_a_lock_fails(store: Store) -> None:
    store.put(an_account())
    store.put(a_dongle())
    before = seen(store)
    store.records.write(Put(an_account(locks=(Lock(None),))))

    with pytest.raises(LostRace):
        commit(store, before, unchanged=a_dongle())
    with pytest.raises(LostRace):
        commit(store, before, changed=a_dongle({ACCOUNT: a_release(points=99)}), order=ORDER)

    assert dongle(store) == a_dongle()
    assert seen(store).message is None
    assert store.records.read(Ref(Order, (ORDER.number,)))[Ref(Order, (ORDER.number,))] is None


@pytest.mark.parametrize("effect", ["unchanged", "changed"])
def test_what_commits_after_a_licences_lock_fails(store: Store, effect: str) -> None:
    store.put(an_account())
    store.put(a_dongle())
    before = seen(store)
    locked = a_dongle({ACCOUNT: a_release(locks=(Lock(None),))})
    store.records.write(Put(locked))
    effects: dict[str, Any] = {effect: a_dongle()}

    with pytest.raises(LostRace):
        commit(store, before, "a", **effects)

    assert dongle(store) == replace(locked, version=2)
    assert seen(store).message is None


def test_what_commits_after_the_companys_data_have_changed_fails(store: Store) -> None:
    """Whether it may buy was decided by what was read."""
    store.put(a_company())
    store.put(a_dongle())
    before = seen(store)
    assert before.account == a_company()
    store.records.write(Put(a_company(vat=a_standing(VatState.INVALID))))

    with pytest.raises(LostRace):
        commit(store, before, changed=a_dongle({ACCOUNT: a_release(points=99)}), order=ORDER)

    assert dongle(store) == a_dongle()


def test_another_accounts_change_is_no_lost_race(store: Store) -> None:
    store.put(an_account())
    before = seen(store)
    store.records.write(Put(an_account(number=OTHER_ACCOUNT, version=0)))

    commit(store, before)

    assert seen(store).message
