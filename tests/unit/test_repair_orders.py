"""When a repair order takes an offer, and when an offer takes an answer."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.repair_order import (
    FORGOTTEN,
    RepairOrder,
    RepairState,
    answered,
    done,
    forgotten,
    with_offer,
)
from tests.factories import NOON
from tests.term_factories import REVERSE_CHARGE, TODAY, a_repair_order, an_offer

DAY = timedelta(days=1)
REQUESTED = a_repair_order()
OFFERED = a_repair_order(state=RepairState.OFFERED, offer=an_offer())
ACCEPTED = replace(OFFERED, state=RepairState.ACCEPTED, answered_at=NOON)
DECLINED = replace(OFFERED, state=RepairState.DECLINED, answered_at=NOON)
FINISHED = replace(ACCEPTED, state=RepairState.DONE, done_at=NOON)


def said(order: RepairOrder, **changes: Any) -> RepairOrder | Refusal:
    said = {"accepts": True, "by": "user:x", "at": NOON, "today": TODAY}
    return answered(order, **{**said, **changes})


@pytest.mark.parametrize("order", [REQUESTED, OFFERED], ids=["first", "another"])
def test_an_offer_takes_the_place_of_what_was_before(order: RepairOrder) -> None:
    offer = an_offer(items=(("Tausch", 1), ("Anfahrt", 2)), by="operator:p")

    offered = replace(order, state=RepairState.OFFERED, offer=offer, changed_by="operator:p")
    assert with_offer(order, offer) == offered


@pytest.mark.parametrize("order", [ACCEPTED, DECLINED, FINISHED], ids=lambda order: order.state)
def test_after_the_answer_nothing_changes(order: RepairOrder) -> None:
    over = Refusal(RefusalCode.REPAIR_ANSWERED)

    assert with_offer(order, an_offer()) == over
    assert said(order) == said(order, accepts=False) == over


@pytest.mark.parametrize(
    ("accepts", "state"), [(True, RepairState.ACCEPTED), (False, RepairState.DECLINED)]
)
def test_an_offer_is_answered_to_the_end_of_its_last_day(accepts: bool, state: RepairState) -> None:
    after = replace(OFFERED, state=state, answered_at=NOON, changed_by="user:x")

    assert said(OFFERED, accepts=accepts) == after
    for order in (OFFERED, replace(OFFERED, state=RepairState.OFFERED)):
        late = said(order, accepts=accepts, today=TODAY + DAY)
        assert late == Refusal(RefusalCode.REPAIR_OFFER_EXPIRED)


def test_what_is_accepted_is_owed_until_it_is_done() -> None:
    after = done(ACCEPTED, by="operator:o", at=NOON + DAY)

    assert after == replace(
        ACCEPTED, state=RepairState.DONE, done_at=NOON + DAY, changed_by="operator:o"
    )
    for order in (REQUESTED, OFFERED, DECLINED, FINISHED):
        refused = done(order, by="operator:o", at=NOON)
        assert refused == Refusal(RefusalCode.REPAIR_NOT_ACCEPTED)


@pytest.mark.parametrize(
    ("order", "since"),
    [
        (REQUESTED, NOON - DAY),
        (OFFERED, None),
        (ACCEPTED, NOON),
        (DECLINED, None),
        (FINISHED, None),
    ],
    ids=lambda case: getattr(case, "state", None),
)
def test_it_is_the_vendors_turn_to_offer_and_to_do(order: RepairOrder, since: datetime) -> None:
    assert replace(order, requested_at=NOON - DAY).waits_since == since


def test_without_an_offer_there_is_nothing_to_answer() -> None:
    assert said(REQUESTED) == Refusal(RefusalCode.REPAIR_NOT_OFFERED)


@pytest.mark.parametrize(
    ("order", "today", "expired"),
    [
        pytest.param(OFFERED, TODAY, False, id="last-day"),
        pytest.param(OFFERED, TODAY + DAY, True, id="day-after"),
        pytest.param(REQUESTED, TODAY + DAY, False, id="no-offer"),
        pytest.param(ACCEPTED, TODAY + DAY, False, id="accepted-in-time"),
    ],
)
def test_an_offer_expires_unless_it_was_answered(
    order: RepairOrder, today: Any, expired: bool
) -> None:
    assert order.has_expired(today) is expired


def test_an_offer_comes_to_its_items_and_the_vat_on_their_sum() -> None:
    offer = an_offer(items=(("A", 50), ("B", 51)))
    abroad = replace(offer, vat=REVERSE_CHARGE)

    assert (offer.net_cents, offer.vat_cents, offer.gross_cents) == (101, 19, 120)
    assert (abroad.net_cents, abroad.vat_cents, abroad.gross_cents) == (101, 0, 101)


def test_what_is_forgotten_is_the_person_and_not_what_was_agreed() -> None:
    left = forgotten(replace(ACCEPTED, special_settings="Passwort am Gerät"))

    assert {left.contact.name, left.contact.email, left.fault, left.remote_monitoring} == {
        FORGOTTEN
    }
    assert left.contact.phone == left.special_settings == ""
    assert (left.device, left.offer, left.state) == (
        ACCEPTED.device,
        ACCEPTED.offer,
        RepairState.ACCEPTED,
    )
    assert forgotten(left) == left
