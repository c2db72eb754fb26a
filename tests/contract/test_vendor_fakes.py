"""What the vendor's acts promise to who reads beside them: the fakes of the histories, DynamoDB."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from freischalt.adapters.dynamodb_imports import DynamoDbImports
from freischalt.adapters.dynamodb_vendor_desk import DynamoDbVendorDesk
from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.conversation import Effects, Sender, Service
from freischalt.domain.dongle import Dongle, Grant
from freischalt.domain.ids import AccountNumber, ImportId, KeyId
from freischalt.domain.licence import CaratId
from freischalt.domain.locks import Lock
from freischalt.domain.release_file import Grants, ImportProgress, ImportState
from freischalt.errors import AccountExists, LostRace
from freischalt.vendor_ports import Imports, VendorDesk
from tests.conftest import TABLE
from tests.contract.promises import DynamoDbStore, FakeStore, Store
from tests.contract.test_messages import CODE, CONFIRMATION
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    KEY,
    NOON,
    OTHER_ACCOUNT,
    PHONE,
    STRANGER,
    a_dongle,
    a_release,
    a_sender,
    a_sms,
)
from tests.fakes import FakeImports, FakeVendorDesk

IMPORT = ImportId("0123456789abcdef")
OTHER_DONGLE = CaratId("00000001")
GRANT = Grant(5, e_protocol=False)
CHUNKS: tuple[Grants, Grants] = ({CARAT_ID: {ACCOUNT: GRANT}}, {OTHER_DONGLE: {ACCOUNT: GRANT}})


class Vendor:
    """The vendor's ports, and the store that workers read."""

    def __init__(self, store: Store, desk: VendorDesk, imports: Imports) -> None:
        self.store, self.desk, self.imports = store, desk, imports

    def sender(self, phone: str = PHONE) -> Sender:
        return self.store.messages.read(phone=phone, message_id="m1", carat_id=None).sender

    def open_account(self, number: AccountNumber = ACCOUNT, **changes: Any) -> Account:
        account = Account(number=number, company="Müller", created_at=NOON, **changes)
        self.desk.add_account(account)
        return self.account(number)

    def account(self, number: AccountNumber = ACCOUNT) -> Account:
        account = self.desk.account(number)
        assert account
        return account

    def staged(self) -> None:
        """An import with all its chunks, not published."""
        self.imports.begin(IMPORT, rows=2, chunks=2, now=NOON)
        for number, chunk in enumerate(CHUNKS):
            self.imports.stage(IMPORT, number, chunk, key_id=KEY)

    def publish(self, chunks: int = 2) -> None:
        self.imports.publish(IMPORT, chunks=chunks, now=NOON)


@pytest.fixture(params=["fake", "dynamodb"])
def vendor(request: pytest.FixtureRequest) -> Vendor:
    if request.param == "fake":
        fakes = FakeStore()
        desk = FakeVendorDesk(fakes.fake)
        return Vendor(fakes, desk, FakeImports(desk))
    client: Any = request.getfixturevalue("dynamodb")
    return Vendor(
        DynamoDbStore(client), DynamoDbVendorDesk(client, TABLE), DynamoDbImports(client, TABLE)
    )


def an_entry(**changes: Any) -> AuditEntry:
    fields = {
        "carat_id": CARAT_ID,
        "at": NOON,
        "id": "a1",
        "event": Event.GRANTED,
        "actor": "vendor:anna",
    }
    return AuditEntry(**{**fields, **changes})


# --- accounts and phones


def test_an_account_is_created_once(vendor: Vendor) -> None:
    account = vendor.open_account()

    assert account.version == 1
    vendor.desk.add_account(replace(account, version=0))  # as the SDK does when no answer comes
    with pytest.raises(AccountExists):
        vendor.desk.add_account(replace(account, company="Huber"))
    assert vendor.account() == account
    assert vendor.desk.account(OTHER_ACCOUNT) is None


def test_a_registered_phone_has_what_holds_for_its_account(vendor: Vendor) -> None:
    locks = (Lock(None),)
    account = vendor.open_account(locks=locks, confirms_orders=True)

    vendor.desk.register(vendor.desk.phone(PHONE), replace(account, phones=(PHONE,)))

    assert vendor.account() == replace(account, phones=(PHONE,), version=2)
    expected = a_sender(revision=1, locks=locks, confirms_orders=True)
    assert vendor.sender() == vendor.desk.phone(PHONE) == expected


def test_a_registered_phone_keeps_its_replies_and_nothing_else(vendor: Vendor) -> None:
    vendor.store.put_sender(a_sender(confirmation=CONFIRMATION))
    seen = vendor.store.messages.read(phone=PHONE, message_id="m1", carat_id=None)
    effects = Effects(answer=CODE, slot=3)
    vendor.store.messages.commit(a_sms("text"), seen, effects, attempt="a", now=NOON)
    account = vendor.open_account()

    vendor.desk.unregister(vendor.desk.phone(PHONE), account, now=NOON)

    assert vendor.sender() == Sender(phone=PHONE, revision=2, slots={3: NOON})
    vendor.desk.register(vendor.desk.phone(PHONE), vendor.account())
    assert vendor.sender() == a_sender(revision=3, slots={3: NOON})


def test_a_stranger_who_is_registered_is_no_longer_turned_away(vendor: Vendor) -> None:
    seen = vendor.store.messages.read(phone=STRANGER, message_id="m1", carat_id=None)
    sms, effects = a_sms("text", sender=STRANGER), Effects(answer=CODE, slot=None)
    vendor.store.messages.commit(sms, seen, effects, attempt="a", now=NOON)
    assert vendor.sender(STRANGER).turned_away_at == NOON

    vendor.desk.register(vendor.desk.phone(STRANGER), vendor.open_account())

    assert vendor.sender(STRANGER) == a_sender(STRANGER)


@pytest.mark.parametrize("changed", ["account", "phone"])
def test_who_is_registered_on_stale_knowledge_is_not(vendor: Vendor, changed: str) -> None:
    account, phone = vendor.open_account(), vendor.desk.phone(PHONE)
    if changed == "account":
        vendor.desk.register(vendor.desk.phone(STRANGER), account)
    else:
        vendor.store.put_sender(a_sender(revision=7))

    with pytest.raises(LostRace):
        vendor.desk.register(phone, account)
    with pytest.raises(LostRace):
        vendor.desk.unregister(phone, account, now=NOON)


# --- dongles and the switch


def test_a_dongle_is_written_with_its_entry_or_not_at_all(vendor: Vendor) -> None:
    fresh, service = vendor.desk.dongle(CARAT_ID)
    assert (fresh, service) == (Dongle(carat_id=CARAT_ID), Service())
    granted = a_dongle(version=0)

    vendor.desk.write(granted, an_entry())

    stored = replace(granted, version=1)
    assert vendor.desk.dongle(CARAT_ID)[0] == vendor.store.messages.dongle(CARAT_ID) == stored
    with pytest.raises(LostRace):
        vendor.desk.write(granted, an_entry(id="a2"))  # a stale dongle
    with pytest.raises(LostRace):
        vendor.desk.write(stored, an_entry())  # the same act
    assert vendor.desk.dongle(CARAT_ID)[0] == stored


def test_an_entry_can_be_written_alone(vendor: Vendor) -> None:
    vendor.desk.write(None, an_entry())

    assert vendor.desk.dongle(CARAT_ID)[0].version == 0
    with pytest.raises(LostRace):
        vendor.desk.write(None, an_entry())


def test_the_switch_says_whether_it_was_the_other_way(vendor: Vendor) -> None:
    switched = [
        vendor.desk.switch_maintenance(on=on, by="vendor:anna", at=NOON)
        for on in (False, True, True, False, False)
    ]

    assert switched == [False, True, False, True, False]
    assert vendor.desk.service() == Service()


# --- files of releases


def test_an_import_counts_for_nobody_before_it_is_published(vendor: Vendor) -> None:
    vendor.store.put_dongle(a_dongle(version=3, key_id=KeyId("0")))

    vendor.staged()

    dongle, service = vendor.desk.dongle(CARAT_ID)
    assert service.unpublished == {IMPORT}
    assert dongle == a_dongle(version=4, key_id=KeyId("0"), staged={IMPORT: {ACCOUNT: GRANT}})
    other = vendor.store.messages.dongle(OTHER_DONGLE)
    assert (other.version, other.key_id) == (1, KEY)
    assert vendor.imports.progress(IMPORT) == ImportProgress(ImportState.WRITING, 2)

    vendor.publish()

    assert vendor.desk.dongle(CARAT_ID) == (dongle, Service())
    assert vendor.imports.progress(IMPORT) == ImportProgress(ImportState.PUBLISHED, 2)


def test_a_discarded_import_leaves_nothing_but_newer_versions(vendor: Vendor) -> None:
    before = a_dongle({ACCOUNT: a_release(points=1)}, version=3)
    vendor.store.put_dongle(before)
    vendor.staged()

    vendor.imports.give_up(IMPORT)
    for number in (1, 0):
        vendor.imports.unstage(IMPORT, number, CHUNKS[number].keys())
    vendor.imports.forget(IMPORT)

    assert vendor.desk.dongle(CARAT_ID) == (replace(before, version=5), Service())
    assert vendor.imports.progress(IMPORT) is None


type Step = Callable[[Vendor], None]


def begin(vendor: Vendor) -> None:
    vendor.imports.begin(IMPORT, rows=2, chunks=2, now=NOON + timedelta(hours=1))


def stage_again(vendor: Vendor) -> None:
    vendor.imports.stage(IMPORT, 1, CHUNKS[1], key_id=KEY)


def publish_too_early(vendor: Vendor) -> None:
    vendor.publish(chunks=3)


def unstage(vendor: Vendor) -> None:
    vendor.imports.unstage(IMPORT, 1, CHUNKS[1].keys())


def forget(vendor: Vendor) -> None:
    vendor.imports.forget(IMPORT)


@pytest.mark.parametrize("step", [begin, stage_again, publish_too_early, unstage, forget])
def test_a_step_that_is_not_the_next_is_a_lost_race(vendor: Vendor, step: Step) -> None:
    vendor.staged()
    before = vendor.imports.progress(IMPORT), vendor.desk.dongle(OTHER_DONGLE)

    with pytest.raises(LostRace):
        step(vendor)

    assert (vendor.imports.progress(IMPORT), vendor.desk.dongle(OTHER_DONGLE)) == before


@pytest.mark.parametrize("step", [Vendor.publish, lambda vendor: vendor.imports.give_up(IMPORT)])
def test_what_is_published_stays_so(vendor: Vendor, step: Step) -> None:
    vendor.staged()
    vendor.publish()

    with pytest.raises(LostRace):
        step(vendor)

    assert vendor.imports.progress(IMPORT) == ImportProgress(ImportState.PUBLISHED, 2)


def test_who_has_no_account_is_unknown(vendor: Vendor) -> None:
    vendor.open_account()

    assert vendor.imports.unknown({ACCOUNT, OTHER_ACCOUNT}) == {OTHER_ACCOUNT}
