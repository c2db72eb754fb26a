"""The histories can fail: each of these bugs, planted in a fake or a use case, is found by them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.conversation import Effects, InboundSms, Sender, Snapshot
from freischalt.domain.dongle import Dongle
from freischalt.domain.limits import free_slot
from freischalt.domain.order import Order
from freischalt.texts import text_of
from freischalt.use_cases import answer_sms, deciding
from freischalt.use_cases.desk import Desk, Ending, Outcome
from tests.fakes import FakeMessages, FakeOrders
from tests.proof import office
from tests.proof.histories import FewReplies, ThirtyReplies
from tests.proof.test_histories import LIVE

SEED_THAT_FINDS = 1

type Plant = Callable[[pytest.MonkeyPatch], None]

commit, mark = FakeMessages.commit, FakeMessages.mark_answered
with_slot, answered = FakeMessages._with_slot, FakeMessages._answered_sender


def deduplication_is_not_part_of_the_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {}

    def forgetful(self: FakeMessages, sms: InboundSms, *args: Any, **named: Any) -> None:
        commit(self, sms, *args, **named)
        kept[sms.id] = self.messages.pop(sms.id)

    def late(self: FakeMessages, message_id: str, *, now: datetime) -> None:
        if message_id in kept:
            self.messages[message_id] = kept.pop(message_id)
        mark(self, message_id, now=now)

    monkeypatch.setattr(FakeMessages, "commit", forgetful)
    monkeypatch.setattr(FakeMessages, "mark_answered", late)


def a_lock_is_read_and_is_no_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(stored: Sender, seen: Sender, slot: int, now: datetime) -> Sender:
        return with_slot(stored, replace(seen, revision=stored.revision), slot, now)

    monkeypatch.setattr(FakeMessages, "_with_slot", staticmethod(careless))


def the_limit_is_read_and_is_no_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(stored: Sender, seen: Sender, slot: int, now: datetime) -> Sender:
        return with_slot(stored, replace(seen, slots=stored.slots), slot, now)

    monkeypatch.setattr(FakeMessages, "_with_slot", staticmethod(careless))


def a_text_is_marked_before_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(sms: InboundSms, answer: Answer, desk: Desk, *, now: datetime) -> Outcome:
        desk.messages.mark_answered(sms.id, now=now)
        text = text_of(answer, secret=answer_sms.secret_of(answer, desk.codes))
        desk.sms.send(to=sms.sender, text=text, outbox_id=sms.id)
        return Outcome(Ending.ANSWERED, answer.code)

    monkeypatch.setattr(answer_sms, "_send", hasty)


def an_apology_is_noted_after_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(sms: InboundSms, desk: Desk, *, now: datetime, attempt: str) -> None:
        seen = desk.messages.read(phone=sms.sender, message_id=sms.id, carat_id=None)
        done = seen.message and (seen.message.answered or seen.message.apologised)
        slot = free_slot(seen.sender.slots, slots=30, now=now, message_id=sms.id)
        if seen.sender.account is None or done or slot is None or sms.text == "Stopp":
            return
        text = text_of(Answer(code=AnswerCode.UNAVAILABLE))
        desk.sms.send(to=sms.sender, text=text, outbox_id=f"{sms.id}/14")
        desk.messages.commit_apology(sms, seen, slot=slot, attempt=attempt, now=now)

    monkeypatch.setattr(office, "apologise", hasty)


def fresh(messages: FakeMessages, effects: Effects) -> Effects:
    """The effects as if its dongle had been read just now."""
    for name in ("changed", "unchanged"):
        if dongle := getattr(effects, name):
            version = messages.dongle(dongle.carat_id).version
            effects = replace(effects, **{name: replace(dongle, version=version)})
    return effects


def an_order_is_placed_from_a_stale_dongle(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(
        self: FakeMessages, sms: InboundSms, seen: Snapshot, effects: Effects, **named: Any
    ) -> None:
        commit(self, sms, seen, fresh(self, effects), **named)

    monkeypatch.setattr(FakeMessages, "commit", careless)


def a_commit_whose_reply_was_lost_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(
        self: FakeMessages, sms: InboundSms, seen: Snapshot, effects: Effects, **named: Any
    ) -> None:
        known = self.messages.get(sms.id)
        if known and known.answer and known.attempt == named["attempt"]:
            del self.messages[sms.id]
            seen = replace(seen, sender=self.senders[sms.sender])
            effects = fresh(self, effects)
        commit(self, sms, seen, effects, **named)

    monkeypatch.setattr(FakeMessages, "commit", blind)


def a_stranger_is_turned_away_on_no_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(self: FakeMessages, stored: Sender, *args: Any) -> Sender:
        return answered(self, replace(stored, turned_away_at=None), *args)

    monkeypatch.setattr(FakeMessages, "_answered_sender", careless)


def a_message_in_hand_is_taken_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_sms, "_take_up", lambda _, answer, *__, **___: answer)


def a_claim_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def given(self: FakeOrders, order: Order, **_: Any) -> bool:
        return order.number not in self.published

    monkeypatch.setattr(FakeOrders, "claim", given)


def an_order_is_marked_before_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(orders: Any, *, bus: Any, outbox: Any, now: datetime, **_: Any) -> None:
        for order in orders:
            outbox.mark_published(order, now=now)
            bus.publish([order])

    monkeypatch.setattr(office, "publish", hasty)


def a_code_comes_of_the_newest_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def newest(self: deciding.Deciding, dongle: Dongle) -> Dongle:
        return replace(dongle, key_id=self.desk.codes.key_for_new_dongles())

    monkeypatch.setattr(deciding.Deciding, "_with_key", newest)


def a_repeated_order_is_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding.Deciding, "_recent_orders", lambda *_: ())


PLANTS = (
    deduplication_is_not_part_of_the_transaction,
    a_lock_is_read_and_is_no_condition,
    the_limit_is_read_and_is_no_condition,
    a_text_is_marked_before_it_is_sent,
    an_apology_is_noted_after_it_is_sent,
    an_order_is_placed_from_a_stale_dongle,
    a_commit_whose_reply_was_lost_is_made_again,
    a_stranger_is_turned_away_on_no_condition,
    a_message_in_hand_is_taken_up_at_once,
    a_claim_stops_nobody,
    an_order_is_marked_before_it_leaves,
    a_code_comes_of_the_newest_key,
    a_repeated_order_is_another_one,
)


@pytest.mark.parametrize("plant", PLANTS)
def test_the_histories_find_it(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)

    with pytest.raises(Exception, match=r"."):  # each is wrong in its own way
        live_through_all()


def live_through_all() -> None:
    for machine in (FewReplies, ThirtyReplies):
        run_state_machine_as_test(seed(SEED_THAT_FINDS)(machine), settings=LIVE)
