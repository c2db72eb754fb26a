"""The vendor's acts on DynamoDB: what is stored, what is refused, and what must not happen."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import from_item, to_item
from freischalt.adapters.dynamodb_audit_trail import DynamoDbAuditTrail
from freischalt.adapters.dynamodb_vendor_desk import DynamoDbVendorDesk
from freischalt.adapters.items import confirmation_values, lock_values
from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.conversation import Confirmation, Service
from freischalt.domain.dongle import Dongle, Grant, Release
from freischalt.domain.ids import AccountNumber, ImportId, KeyId
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.licence import CaratId, Points
from freischalt.domain.locks import Lock
from freischalt.errors import (
    AccountExists,
    AccountUnknown,
    DongleUnknown,
    LostRace,
    PhoneTaken,
    TooManyRaces,
)
from freischalt.use_cases import vendor
from freischalt.use_cases.vendor import Act, Granting
from tests.conftest import TABLE
from tests.contract.promises import DynamoDbStore
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    INFORMATION,
    KEY,
    NOON,
    NUMBER,
    OTHER_ACCOUNT,
    OTHER_INFORMATION,
    PHONE,
    a_dongle,
    a_release,
    a_sender,
)
from tests.fakes import FakeCodeMaker

RING = KeyRing.read("0=verify-only=arn:old,1=active=arn:new")
ACT = Act(id="a1", actor="vendor:user/anna", at=NOON)


def an_account(number: str = ACCOUNT, **changes: Any) -> Account:
    fields = {"number": number, "company": "Müller GmbH", "created_at": NOON}
    return Account(**{**fields, **changes})


class Races(DynamoDbVendorDesk):
    """A desk where somebody else is quicker, as often as `lost` says."""

    lost: int = 0

    def write(self, dongle: Dongle | None, entry: AuditEntry) -> None:
        if self.lost:
            self.lost -= 1
            stored, _ = self.dongle(CARAT_ID)
            quicker = replace(entry, id=f"quicker{self.lost}")
            super().write(replace(stored, key_id=KeyId("0")), quicker)
        super().write(dongle, entry)


@pytest.fixture
def desk(dynamodb: Any) -> Races:
    return Races(dynamodb, TABLE)


@pytest.fixture
def store(dynamodb: Any) -> DynamoDbStore:
    return DynamoDbStore(dynamodb)


@pytest.fixture
def trail(dynamodb: Any) -> DynamoDbAuditTrail:
    return DynamoDbAuditTrail(dynamodb, TABLE)


def phone_item(desk: DynamoDbVendorDesk) -> dict[str, Any]:
    return from_item(desk._get(keys.phone(PHONE)) or {})


# --- accounts


def test_an_account_is_kept_whole(desk: Races) -> None:
    account = an_account(confirms_orders=True, phones=(PHONE,), locks=(Lock(date(2026, 12, 31)),))

    desk.add_account(account)

    assert desk.account(ACCOUNT) == replace(account, version=1)
    assert desk.account(OTHER_ACCOUNT) is None


def test_an_account_is_created_once(desk: Races) -> None:
    desk.add_account(an_account())

    with pytest.raises(AccountExists, match="10001"):
        desk.add_account(an_account(company="Huber"))

    assert desk.account(ACCOUNT) == an_account(version=1)


def test_an_account_whose_answer_got_lost_is_created(desk: Races) -> None:
    desk.add_account(an_account())
    desk.add_account(an_account())  # what the SDK does when no answer comes

    assert desk.account(ACCOUNT) == an_account(version=1)


# --- phones


def register(desk: Races, account: AccountNumber = ACCOUNT) -> bool:
    return vendor.register_phone(PHONE, account, desk=desk, pause=lambda _: None)


def test_a_registered_phone_has_what_holds_for_the_account(
    desk: Races, store: DynamoDbStore
) -> None:
    locks = (Lock(date(2026, 12, 31)), Lock(None))
    desk.add_account(an_account(confirms_orders=True, locks=locks))

    assert register(desk)

    seen = store.messages.read(phone=PHONE, message_id="m1", carat_id=None)
    assert seen.sender == a_sender(revision=1, locks=locks, confirms_orders=True)
    assert desk.account(ACCOUNT) == an_account(
        confirms_orders=True, locks=locks, phones=(PHONE,), version=2
    )


def test_a_stranger_who_is_registered_is_a_stranger_no_more(desk: Races, dynamodb: Any) -> None:
    desk.add_account(an_account())
    waiting = Confirmation(
        nonce="n",
        key_id=KEY,
        type=Points(5),
        number=NUMBER,
        fingerprint="f",
        until=NOON,
    )
    stranger = {
        "turned_away_at": 1,
        "expires_at": 2,
        "confirmation": confirmation_values(waiting),
        "reply_7": 3,
    }
    dynamodb.put_item(TableName=TABLE, Item=keys.phone(PHONE) | to_item(stranger))

    register(desk)

    assert phone_item(desk) == {
        "PK": f"PHONE#{PHONE}",
        "SK": "PHONE",
        "account": ACCOUNT,
        "revision": 1,
        "reply_7": 3,
    }


def test_registering_again_changes_nothing(desk: Races) -> None:
    desk.add_account(an_account())
    register(desk)
    before = phone_item(desk), desk.account(ACCOUNT)

    assert not register(desk)

    assert (phone_item(desk), desk.account(ACCOUNT)) == before


def test_a_phone_of_another_account_stays_there(desk: Races) -> None:
    desk.add_account(an_account())
    desk.add_account(an_account(OTHER_ACCOUNT))
    register(desk)

    with pytest.raises(PhoneTaken, match="account 10001"):
        register(desk, OTHER_ACCOUNT)

    assert desk.account(OTHER_ACCOUNT) == an_account(OTHER_ACCOUNT, version=1)
    assert phone_item(desk)["account"] == ACCOUNT


def test_a_phone_needs_an_account(desk: Races) -> None:
    with pytest.raises(AccountUnknown, match="10001"):
        register(desk)

    assert phone_item(desk) == {}


@pytest.mark.parametrize("changed", ["account", "phone"])
def test_a_phone_is_registered_on_what_was_read(desk: Races, changed: str, dynamodb: Any) -> None:
    desk.add_account(an_account())
    account, phone = desk.account(ACCOUNT), desk.phone(PHONE)
    assert account
    if changed == "account":
        desk.register(desk.phone("+431234567"), account)
    else:
        item = keys.phone(PHONE) | to_item({"revision": 1, "locks": lock_values([Lock(None)])})
        dynamodb.put_item(TableName=TABLE, Item=item)

    with pytest.raises(LostRace):
        desk.register(phone, account)

    assert "account" not in phone_item(desk)


def test_a_released_phone_is_a_strangers_with_a_revision_of_its_own(desk: Races) -> None:
    desk.add_account(an_account(confirms_orders=True))
    register(desk)

    def release() -> AccountNumber | None:
        return vendor.release_phone(PHONE, desk=desk, pause=lambda _: None, now=NOON)

    assert release() == ACCOUNT
    assert release() is None

    account = desk.account(ACCOUNT)
    assert account
    assert account.phones == ()
    assert phone_item(desk) == {
        "PK": f"PHONE#{PHONE}",
        "SK": "PHONE",
        "revision": 2,  # a message that was read before cannot take effect for whoever comes next
        "expires_at": int((NOON + timedelta(days=2)).timestamp()),
    }
    assert register(desk)
    assert desk.phone(PHONE).revision == 3


# --- releases


def make(
    desk: Races, grant: Grant, account: AccountNumber = ACCOUNT, *, act: Act = ACT
) -> Granting:
    pauses: list[int] = []
    return vendor.make_release(
        CARAT_ID,
        account,
        grant,
        act=act,
        desk=desk,
        codes=FakeCodeMaker(),
        pause=pauses.append,
    )


def test_a_release_is_made_and_on_the_trail(desk: Races, trail: DynamoDbAuditTrail) -> None:
    desk.add_account(an_account())

    granting = make(desk, Grant(31, e_protocol=True, user_information=INFORMATION))

    release = Release(31, e_protocol=True, user_information=INFORMATION)
    assert granting == Granting(None, release)
    assert desk.dongle(CARAT_ID) == (a_dongle({ACCOUNT: release}, version=1), Service())
    assert list(trail.of(CARAT_ID)) == [
        AuditEntry(
            carat_id=CARAT_ID,
            at=NOON,
            id="a1",
            event=Event.GRANTED,
            actor="vendor:user/anna",
            account=ACCOUNT,
            details={"points": "31", "e_protocol": "yes", "user_information": INFORMATION},
        )
    ]


def test_a_release_of_an_unknown_account_is_not_made(
    desk: Races, trail: DynamoDbAuditTrail
) -> None:
    with pytest.raises(AccountUnknown):
        make(desk, Grant(31, e_protocol=False))

    assert desk.dongle(CARAT_ID)[0].version == 0
    assert not list(trail.of(CARAT_ID))


def test_a_release_leaves_the_rest_of_the_dongle_as_it_is(
    desk: Races, store: DynamoDbStore
) -> None:
    waits, counts = ImportId("aa"), ImportId("bb")
    theirs = a_release(points=7, locks=(Lock(None),), user_information=OTHER_INFORMATION)
    dongle = a_dongle(
        {OTHER_ACCOUNT: theirs},
        version=4,
        key_id=KeyId("0"),
        staged={
            waits: {ACCOUNT: Grant(99, e_protocol=False)},
            counts: {ACCOUNT: Grant(9, e_protocol=True)},
        },
    )
    store.put_dongle(dongle)
    store.put_service(Service(unpublished=frozenset({waits})))
    desk.add_account(an_account())

    granting = make(desk, Grant(5, e_protocol=False))

    ours = Release(9, e_protocol=True)
    assert granting == Granting(ours, ours)
    assert desk.dongle(CARAT_ID)[0] == replace(
        dongle,
        version=5,
        releases={ACCOUNT: ours, OTHER_ACCOUNT: theirs},
        staged={waits: dongle.staged[waits]},
    )


def test_a_lost_race_is_decided_again(desk: Races, trail: DynamoDbAuditTrail) -> None:
    desk.add_account(an_account())
    desk.lost = 4

    make(desk, Grant(31, e_protocol=False))

    dongle, _ = desk.dongle(CARAT_ID)
    assert (dongle.version, dongle.key_id, dongle.releases[ACCOUNT].points) == (5, "0", 31)
    assert [entry.id for entry in trail.of(CARAT_ID)].count("a1") == 1


def test_five_lost_races_are_enough(desk: Races, trail: DynamoDbAuditTrail) -> None:
    desk.add_account(an_account())
    desk.lost = 5

    with pytest.raises(TooManyRaces):
        make(desk, Grant(31, e_protocol=False))

    assert desk.dongle(CARAT_ID)[0].releases == {}
    assert "a1" not in {entry.id for entry in trail.of(CARAT_ID)}


def test_the_same_act_is_written_once(desk: Races, trail: DynamoDbAuditTrail) -> None:
    desk.add_account(an_account())
    make(desk, Grant(1, e_protocol=False))

    with pytest.raises(TooManyRaces):
        make(desk, Grant(99, e_protocol=False))

    assert desk.dongle(CARAT_ID)[0].releases[ACCOUNT].points == 1
    assert len(list(trail.of(CARAT_ID))) == 1


def test_a_dongle_of_which_nothing_is_known(desk: Races) -> None:
    with pytest.raises(DongleUnknown, match="12345678"):
        vendor.show_release(CARAT_ID, desk=desk, pause=lambda _: None)


# --- keys


def export(desk: Races) -> vendor.ExportedKey:
    codes = FakeCodeMaker(RING)
    return vendor.export_dongle_key(CARAT_ID, act=ACT, desk=desk, codes=codes, pause=lambda _: None)


def test_a_new_dongle_keeps_the_key_that_was_exported(
    desk: Races, trail: DynamoDbAuditTrail
) -> None:
    exported = export(desk)

    assert exported.key_id == KEY
    assert exported.dongle_key == FakeCodeMaker(RING).dongle_key(CARAT_ID, KEY)
    assert desk.dongle(CARAT_ID)[0] == a_dongle({}, version=1)
    (entry,) = trail.of(CARAT_ID)
    assert (entry.event, entry.details) == (Event.KEY_EXPORTED, {"key_id": KEY})


def test_an_old_dongle_is_not_touched_by_an_export(desk: Races, store: DynamoDbStore) -> None:
    store.put_dongle(a_dongle(version=3))

    export(desk)

    assert desk.dongle(CARAT_ID)[0] == a_dongle(version=3)


def test_no_key_is_shown_that_is_not_on_the_trail(
    desk: Races, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(dongle: Dongle | None, entry: AuditEntry) -> None:
        raise LostRace

    monkeypatch.setattr(desk, "write", refuse)

    with pytest.raises(TooManyRaces):
        export(desk)


def test_the_key_that_somebody_else_has_fixed_meanwhile_is_the_one(
    desk: Races, trail: DynamoDbAuditTrail
) -> None:
    desk.lost = 1

    exported = export(desk)

    assert exported.key_id == "0"
    assert exported.dongle_key == FakeCodeMaker(RING).dongle_key(CARAT_ID, KeyId("0"))
    assert {entry.details["key_id"] for entry in trail.of(CARAT_ID) if entry.id == "a1"} == {"0"}


def test_a_key_that_is_not_in_the_ring_leaves_nothing_behind(
    desk: Races, trail: DynamoDbAuditTrail, store: DynamoDbStore
) -> None:
    other = CaratId("00000001")
    store.put_dongle(a_dongle(carat_id=other, key_id=KeyId("gone")))

    with pytest.raises(LookupError):
        vendor.export_dongle_key(other, act=ACT, desk=desk, codes=_NoKeys(), pause=lambda _: None)

    assert not list(trail.of(other))


class _NoKeys(FakeCodeMaker):
    def dongle_key(self, carat_id: CaratId, key_id: KeyId) -> bytes:
        raise LookupError(key_id)


# --- the switch


def test_the_switch(desk: Races, store: DynamoDbStore) -> None:
    store.put_service(Service(unpublished=frozenset({ImportId("aa")})))

    states = [
        (desk.switch_maintenance(on=on, by="vendor:anna", at=NOON), desk.service().maintenance)
        for on in (False, True, True, False, False)
    ]

    assert states == [(False, False), (True, True), (False, True), (True, False), (False, False)]
    assert desk.service().unpublished == {"aa"}
