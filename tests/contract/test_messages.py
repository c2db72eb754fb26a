"""What every store of messages promises: the fake that the functional tests use, and DynamoDB."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.conversation import Confirmation, Effects, Sender, Service
from freischalt.domain.dongle import Dongle, Grant, RecentOrder
from freischalt.domain.ids import ImportId, KeyId, OrderNumber
from freischalt.domain.licence import EProtocol, Points
from freischalt.domain.locks import Lock
from freischalt.domain.order import Order, OrderKind
from freischalt.errors import LostRace
from tests.contract.promises import Store
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    INFORMATION,
    KEY,
    NOON,
    NUMBER,
    OTHER_ACCOUNT,
    PHONE,
    STRANGER,
    a_dongle,
    a_release,
    a_sender,
    a_sms,
)

CODE = Answer(code=AnswerCode.CODE, type=Points(31), number=NUMBER, key_id=KEY)
SMS = a_sms("text")
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
FULL_DONGLE = a_dongle(
    {
        ACCOUNT: a_release(
            user_information=INFORMATION, locks=(Lock(None), Lock(date(2026, 12, 31)))
        ),
        OTHER_ACCOUNT: a_release(points=0),
    },
    staged={
        ImportId("i1"): {ACCOUNT: Grant(points=7, e_protocol=True, user_information=INFORMATION)}
    },
    recent_orders=(RecentOrder("d" * 32, OrderNumber("2026-000007"), NOON),),
    version=7,
)


def an_order(number: str = "2026-000123") -> Order:
    return Order(
        number=OrderNumber(number),
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


def seen(store: Store, phone: str = PHONE) -> Any:
    return store.messages.read(phone=phone, message_id=SMS.id, carat_id=CARAT_ID)


def commit(store: Store, snapshot: Any, attempt: str = "a", **effects: Any) -> None:
    what = Effects(**{"answer": CODE, "slot": 3, **effects})
    store.messages.commit(SMS, snapshot, what, attempt=attempt, now=NOON)


def dongle(effect: str, dongle: Dongle) -> dict[str, Any]:
    return {effect: dongle}


def test_given_nothing_then_everything_is_empty(store: Store) -> None:
    snapshot = seen(store)

    assert snapshot.service == Service()
    assert snapshot.sender == Sender(phone=PHONE)
    assert snapshot.message is None
    assert snapshot.dongle == Dongle(carat_id=CARAT_ID)


def test_what_is_stored_comes_back_whole(store: Store) -> None:
    sender = a_sender(
        locks=(Lock(None), Lock(date(2026, 12, 31))),
        confirms_orders=True,
        confirmation=CONFIRMATION,
    )
    service = Service(maintenance=True, unpublished=frozenset({ImportId("i1")}))
    store.put_sender(sender)
    store.put_dongle(FULL_DONGLE)
    store.put_service(service)

    snapshot = seen(store)

    assert snapshot.sender == sender
    assert snapshot.dongle == FULL_DONGLE
    assert snapshot.service == service
    assert store.messages.dongle(CARAT_ID) == FULL_DONGLE


def test_all_effects_are_written(store: Store) -> None:
    store.put_sender(a_sender())
    store.put_dongle(FULL_DONGLE)
    changed = replace(FULL_DONGLE, key_id=KeyId("9"))

    commit(store, seen(store), changed=changed, order=an_order(), confirmation=CONFIRMATION)

    after = seen(store)
    assert after.message.answer == CODE
    assert (after.message.attempt, after.message.answered) == ("a", False)
    assert after.message.committed_at == NOON
    assert after.sender == a_sender(slots={3: NOON}, confirmation=CONFIRMATION)
    assert after.dongle == replace(changed, version=8)
    assert store.orders() == {OrderNumber("2026-000123"): an_order()}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(
            code=AnswerCode.ORDERED,
            type=Points(5),
            number=NUMBER,
            order_number=OrderNumber("2026-1"),
        ),
        Answer(code=AnswerCode.LOCKED, locked_until=date(2026, 12, 31)),
        Answer(code=AnswerCode.CONFIRM, key_id=KEY, nonce="m1"),
        Answer(code=AnswerCode.HELP),
    ],
    ids=lambda answer: answer.code,
)
def test_every_answer_comes_back_as_it_was(store: Store, answer: Answer) -> None:
    store.put_sender(a_sender())

    commit(store, seen(store), answer=answer)

    assert seen(store).message.answer == answer


def test_given_a_committed_message_then_another_attempt_loses_and_writes_nothing(
    store: Store,
) -> None:
    store.put_sender(a_sender())
    before = seen(store)
    commit(store, before, attempt="first")

    with pytest.raises(LostRace):
        commit(store, seen(store), attempt="second", slot=4, order=an_order())

    assert seen(store).sender.slots == {3: NOON}
    assert not store.orders()


def test_given_a_lost_reply_then_the_same_attempt_has_succeeded(store: Store) -> None:
    store.put_sender(a_sender())
    before = seen(store)
    commit(store, before, attempt="first", order=an_order())

    commit(store, before, attempt="first", order=an_order())

    assert len(store.orders()) == 1


@pytest.mark.parametrize("what", ["unchanged", "changed"])
def test_given_a_dongle_that_changed_meanwhile_then_nothing_is_written(
    store: Store, what: str
) -> None:
    store.put_sender(a_sender())
    store.put_dongle(FULL_DONGLE)
    before = seen(store)
    store.put_dongle(replace(FULL_DONGLE, version=8))

    with pytest.raises(LostRace):
        commit(store, before, order=an_order(), **dongle(what, FULL_DONGLE))

    assert seen(store).message is None
    assert not store.orders()


@pytest.mark.parametrize("what", ["unchanged", "changed"])
def test_given_a_dongle_that_appeared_meanwhile_then_nothing_is_written(
    store: Store, what: str
) -> None:
    store.put_sender(a_sender())
    before = seen(store)
    store.put_dongle(FULL_DONGLE)

    with pytest.raises(LostRace):
        commit(store, before, **dongle(what, Dongle(carat_id=CARAT_ID)))

    assert seen(store).message is None


def test_given_a_dongle_that_is_as_it_was_then_checking_it_changes_nothing(store: Store) -> None:
    store.put_sender(a_sender())
    store.put_dongle(FULL_DONGLE)

    commit(store, seen(store), unchanged=FULL_DONGLE)

    assert seen(store).dongle == FULL_DONGLE


def test_given_a_lock_set_meanwhile_then_nothing_is_written(store: Store) -> None:
    store.put_sender(a_sender())
    before = seen(store)
    store.put_sender(a_sender(revision=2, locks=(Lock(None),)))

    with pytest.raises(LostRace):
        commit(store, before)

    assert seen(store).message is None


def test_given_a_slot_taken_meanwhile_then_it_is_not_taken_twice(store: Store) -> None:
    store.put_sender(a_sender())
    before = seen(store)
    commit(store, before)

    with pytest.raises(LostRace):
        store.messages.commit(
            a_sms("other", id="m2"), before, Effects(answer=CODE, slot=3), attempt="b", now=NOON
        )


def test_given_an_old_slot_then_it_is_taken_again(store: Store) -> None:
    store.put_sender(a_sender())
    commit(store, seen(store))
    later = NOON + timedelta(hours=2)

    store.messages.commit(
        a_sms("other", id="m2"), seen(store), Effects(answer=CODE, slot=3), attempt="b", now=later
    )

    assert seen(store).sender.slots == {3: later}


@pytest.mark.parametrize("before", [None, CONFIRMATION], ids=["none", "one"])
def test_given_a_confirmation_that_changed_meanwhile_then_nothing_is_written(
    store: Store, before: Confirmation | None
) -> None:
    store.put_sender(a_sender(confirmation=before))
    snapshot = seen(store)
    store.put_sender(a_sender(confirmation=replace(CONFIRMATION, wrong_tries=1)))

    with pytest.raises(LostRace):
        commit(store, snapshot, confirmation=replace(CONFIRMATION, wrong_tries=3))


def test_given_an_order_number_that_is_taken_then_nothing_is_written(store: Store) -> None:
    store.put_sender(a_sender())
    commit(store, seen(store), order=an_order())

    with pytest.raises(LostRace):
        store.messages.commit(
            a_sms("other", id="m2"),
            seen(store),
            Effects(answer=CODE, slot=5, order=an_order()),
            attempt="b",
            now=NOON,
        )


def test_an_unregistered_sender_is_turned_away_once_a_day(store: Store) -> None:
    stranger = a_sms("text", sender=STRANGER)
    before = seen(store, STRANGER)
    turned_away = Effects(answer=Answer(code=AnswerCode.PHONE_NOT_REGISTERED), slot=None)

    store.messages.commit(stranger, before, turned_away, attempt="a", now=NOON)
    assert seen(store, STRANGER).sender == Sender(phone=STRANGER, turned_away_at=NOON)

    again = replace(stranger, id="m2")
    with pytest.raises(LostRace):
        store.messages.commit(again, before, turned_away, attempt="b", now=NOON)
    store.messages.commit(again, before, turned_away, attempt="b", now=NOON + timedelta(days=1))


def test_given_a_sender_registered_meanwhile_then_it_is_not_turned_away(store: Store) -> None:
    before = seen(store, STRANGER)
    store.put_sender(a_sender(STRANGER))

    with pytest.raises(LostRace):
        store.messages.commit(
            a_sms("text", sender=STRANGER),
            before,
            Effects(answer=Answer(code=AnswerCode.PHONE_NOT_REGISTERED), slot=None),
            attempt="a",
            now=NOON,
        )


def test_marking_twice_is_the_same_as_once(store: Store) -> None:
    store.put_sender(a_sender())
    commit(store, seen(store))

    store.messages.mark_answered(SMS.id, now=NOON)
    store.messages.mark_answered(SMS.id, now=NOON + timedelta(hours=1))

    assert seen(store).message.answered


def test_an_apology_is_noted_once_and_leaves_room_for_the_answer(store: Store) -> None:
    store.put_sender(a_sender())

    store.messages.commit_apology(SMS, seen(store), slot=1, attempt="a", now=NOON)
    with pytest.raises(LostRace):
        store.messages.commit_apology(SMS, seen(store), slot=2, attempt="b", now=NOON)

    noted = seen(store)
    assert (noted.message.apologised, noted.message.answer) == (True, None)
    assert noted.sender.slots == {1: NOON}
    commit(store, noted, attempt="c")
    assert seen(store).message.answer == CODE
    assert seen(store).message.apologised


def test_an_apology_keeps_the_answer_that_is_waiting(store: Store) -> None:
    store.put_sender(a_sender())
    commit(store, seen(store), attempt="first")

    store.messages.commit_apology(
        SMS, seen(store), slot=1, attempt="b", now=NOON + timedelta(minutes=3)
    )

    message = seen(store).message
    assert (message.answer, message.attempt, message.committed_at) == (CODE, "first", NOON)


def test_an_apology_that_was_decided_on_before_the_answer_keeps_it(store: Store) -> None:
    store.put_sender(a_sender())
    before = seen(store)
    commit(store, before, attempt="first", slot=3)

    store.messages.commit_apology(SMS, before, slot=1, attempt="b", now=NOON)

    message = seen(store).message
    assert (message.answer, message.answered, message.apologised) == (CODE, False, True)


def test_given_only_an_apology_then_there_is_no_answer_to_mark(store: Store) -> None:
    store.put_sender(a_sender())
    store.messages.commit_apology(SMS, seen(store), slot=1, attempt="a", now=NOON)

    store.messages.mark_answered(SMS.id, now=NOON)

    assert not seen(store).message.answered
