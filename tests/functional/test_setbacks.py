"""Disputes and refunds that fail: kept once, told once each, and settled by an operator."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from freischalt.domain.ids import OrderNumber, PaymentId
from freischalt.domain.locks import LockRecord
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.payment import Mismatch, Payment
from freischalt.domain.payment_news import RefundNews
from freischalt.domain.plant import Plant
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.setback import Setback, SetbackNews, SetbackState
from freischalt.domain.term_order import WhoseOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.errors import NotToldYet
from freischalt.use_cases.refunds import note_refund
from freischalt.use_cases.setbacks import NotedSetback, note_setback, settle_setback
from freischalt.use_cases.settling import Settlement, settle_payment
from freischalt.use_cases.undoing import undone
from freischalt.use_cases.watch_payments import tell_of_overdue
from tests.account_factories import a_request, repeatable
from tests.account_fakes import FakeOffice
from tests.factories import ACCOUNT, NOON
from tests.functional.test_receive_payment import GROSS, a_receipt, a_shop, order_in, told
from tests.functional.test_reinvoicing import charged, pay
from tests.payment_fakes import FakeAside
from tests.term_factories import ORDER, PLANT, a_payment, a_setback, a_term_order

PAID = PaymentId("stripe:pi_1")
OPERATOR = "operator:o"
OLD = OrderNumber("2026-000002")
DAY = timedelta(days=1)
INQUIRY, DISPUTED, LOST, OVER, REFUND_FAILED = SetbackState


def a_paid_shop() -> FakeOffice:
    fake = a_shop()
    told(fake, a_receipt())
    return fake


def note(fake: FakeOffice, setback: Setback) -> NotedSetback:
    return note_setback(SetbackNews(PAID, setback), fake.office, at=NOON + DAY)


def kept(fake: FakeOffice) -> Payment:
    return fake.records.get(Payment, PAID)


def mails(fake: FakeOffice) -> list[tuple[NoticeKind, str]]:
    kinds = (NoticeKind.PAYMENT_DISPUTED, NoticeKind.REFUND_FAILED)
    return [(one.kind, one.details["state"]) for kind in kinds for one in fake.told(kind)]


def settle(
    fake: FakeOffice,
    id_: str = "du_1",
    payment: PaymentId = PAID,
    *,
    seen_as: SetbackState | None = None,
) -> Any:
    """By an operator who has seen how it stands, unless `seen_as` says otherwise."""
    request = a_request(actor=OPERATOR, at=NOON + 2 * DAY)
    known = kept(fake).setback(id_)
    seen_as = seen_as or (known.state if known else DISPUTED)
    return settle_setback(payment, id_, "gesperrt", fake.office, request, seen_as=seen_as)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (INQUIRY, NoticeKind.PAYMENT_DISPUTED),
        (DISPUTED, NoticeKind.PAYMENT_DISPUTED),
        (LOST, NoticeKind.PAYMENT_DISPUTED),
        (REFUND_FAILED, NoticeKind.REFUND_FAILED),
    ],
)
def test_it_is_kept_and_told_once_and_no_licence_changes(
    state: SetbackState, kind: NoticeKind
) -> None:
    fake = a_paid_shop()
    order, plant = order_in(fake), fake.records.get(Plant, PLANT)
    setback = a_setback(state=state)

    first, again = note(fake, setback), note(fake, setback)

    assert (first.changed, first.told) == (True, True)
    assert (again.changed, again.told) == (False, False)
    assert kept(fake).setbacks == (setback,)
    assert (kept(fake).waits, kept(fake).is_aside) == (True, False)
    (mail,) = fake.told(kind)
    assert mail.to == "rechnung@example.com"
    assert mail.details["amount"] == "58,31"
    assert (mail.details["payment"], mail.details["order"]) == (PAID, ORDER)
    assert mail.details["answer_by"] == "2026-12-02"
    assert order_in(fake) == order
    assert order.state is TermOrderState.ACTIVE
    assert fake.records.get(Plant, PLANT) == plant
    assert fake.records.all(LockRecord) == []


def test_of_money_that_was_not_told_yet_it_is_told_again_later() -> None:
    fake = a_shop()
    before = dict(fake.records.things)

    with pytest.raises(NotToldYet):
        note(fake, a_setback())

    assert fake.records.things == before
    told(fake, a_receipt(order=None))
    assert note(fake, a_setback()).told
    (mail,) = fake.told(NoticeKind.PAYMENT_DISPUTED)
    assert (mail.details["order"], mail.details["account"]) == ("", "")


STORY = tuple(
    a_setback(state=state, at=NOON + hours * timedelta(hours=1))
    for hours, state in enumerate((INQUIRY, DISPUTED, LOST, DISPUTED, LOST))
)
"""Asked, disputed, lost, appealed, lost again."""


def test_each_state_is_told_also_one_that_comes_back() -> None:
    fake = a_paid_shop()

    for setback in STORY:
        note(fake, setback)

    assert [state for _, state in mails(fake)] == [one.state.value for one in STORY]
    assert kept(fake).setbacks == (STORY[-1],)


@pytest.mark.parametrize("story", list(permutations(STORY[:4])))
def test_in_whatever_order_and_however_often_the_last_word_holds(story: Sequence[Setback]) -> None:
    fake = a_paid_shop()

    for setback in (*story, *story):
        note(fake, setback)

    assert kept(fake).setbacks == (STORY[3],)
    ids = [notice.id for notice in fake.records.all(Notice)]
    assert len(ids) == len(set(ids))
    assert mails(fake)[-1][1] == DISPUTED.value


@pytest.mark.parametrize("first", [DISPUTED, LOST])
def test_of_the_same_second_the_one_that_is_further_holds(first: SetbackState) -> None:
    fake = a_paid_shop()

    for state in (first, INQUIRY, DISPUTED, LOST):
        note(fake, a_setback(state=state))

    assert [one.state for one in kept(fake).setbacks] == [LOST]


def test_the_same_state_later_is_no_news_but_puts_back_what_is_older() -> None:
    fake = a_paid_shop()
    note(fake, a_setback())

    assert not note(fake, a_setback(at=NOON + 2 * DAY)).told  # evidence was handed in
    assert not note(fake, a_setback(state=LOST, at=NOON + DAY)).changed

    assert [state for _, state in mails(fake)] == [DISPUTED.value]


def test_what_is_won_needs_nobody() -> None:
    fake = a_paid_shop()
    note(fake, a_setback())

    won = note(fake, a_setback(state=OVER, at=NOON + DAY))

    assert (won.changed, won.told) == (True, False)
    assert not kept(fake).waits
    (setback,) = kept(fake).setbacks
    assert (setback.settled_by, setback.settled_at) == ("provider:stripe", NOON + DAY)


def test_two_of_one_payment_are_two() -> None:
    fake = a_paid_shop()

    note(fake, a_setback("re_1", state=REFUND_FAILED))
    note(fake, a_setback("re_2", state=REFUND_FAILED))
    settle(fake, "re_1")

    assert [one.id for one in kept(fake).open_setbacks] == ["re_2"]
    assert len(mails(fake)) == 2


def test_of_a_race_for_the_payment_nothing_is_lost() -> None:
    fake = a_paid_shop()
    fake.records.quicker.append(lambda: note_refund(RefundNews(PAID, 100), fake.office, at=NOON))

    note(fake, a_setback())

    assert kept(fake).refunded_cents == 100
    assert len(kept(fake).setbacks) == len(mails(fake)) == 1


# --- what the bank has taken


@pytest.mark.parametrize(
    ("states", "cents", "refunded", "taken"),
    [
        ((LOST,), GROSS, 0, GROSS),
        ((DISPUTED,), 1_000, 0, 1_000),
        ((DISPUTED, LOST), 1_000, 0, 2_000),
        ((DISPUTED, LOST), GROSS, 0, GROSS),
        ((DISPUTED,), GROSS, 831, GROSS - 831),
        ((LOST,), 1_000, 831, 1_000),
        ((LOST,), GROSS, GROSS, 0),
        ((INQUIRY, OVER, REFUND_FAILED), GROSS, 0, 0),
    ],
)
def test_of_a_payment_no_more_is_taken_than_was_left(
    states: tuple[SetbackState, ...], cents: int, refunded: int, taken: int
) -> None:
    setbacks = tuple(
        a_setback(f"du_{number}", state=state, amount_cents=cents)
        for number, state in enumerate(states)
    )

    paid = a_payment(amount_cents=GROSS, refunded_cents=refunded, setbacks=setbacks)

    assert paid.taken_back_cents == taken


@pytest.mark.parametrize("state", [DISPUTED, LOST])
@pytest.mark.parametrize("is_seen_to", [False, True])
def test_it_is_not_owed_again_when_the_order_ends(state: SetbackState, *, is_seen_to: bool) -> None:
    fake = a_paid_shop()
    note(fake, a_setback(state=state, amount_cents=1_000))
    if is_seen_to:
        settle(fake)

    done = undone(order_in(fake), fake.office, a_request(actor=OPERATOR, at=NOON + 2 * DAY))

    assert done is not None
    assert done.refund_cents == GROSS - 1_000


def lapsed(fake: FakeOffice) -> tuple[PaymentId, Settlement]:
    """Money that came for an order that had lapsed, and could pay for the next one."""
    old = replace(order_in(fake), number=OLD, state=TermOrderState.LAPSED)
    fake.records.put(old, WhoseOrder(order=OLD, account=ACCOUNT, version=1))
    told(fake, a_receipt(order=OLD))
    return PAID, Settlement("gehört dorthin", order=ORDER)


def too_little(fake: FakeOffice) -> tuple[PaymentId, Settlement]:
    told(fake, a_receipt(amount_cents=GROSS - 1))
    return PAID, Settlement("ein Cent", waive=True)


@pytest.mark.parametrize("case", [lapsed, too_little])
@pytest.mark.parametrize("state", list(SetbackState))
@pytest.mark.parametrize("is_seen_to", [False, True])
def test_what_the_bank_has_taken_buys_nothing(
    case: Any, state: SetbackState, *, is_seen_to: bool
) -> None:
    """Asked about, or won, it is there."""
    fake = a_shop()
    payment, settlement = case(fake)
    note(fake, a_setback(state=state, amount_cents=1))
    if is_seen_to:
        settle(fake)
    before = dict(fake.records.things)

    answer = settle_payment(payment, settlement, fake.office, a_request(actor=OPERATOR))

    if state in (DISPUTED, LOST):
        assert answer == Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)
        assert fake.records.things == before
    else:
        assert answer == {"payment": PAID}
        assert order_in(fake).state is TermOrderState.ACTIVE


@pytest.mark.parametrize("state", [DISPUTED, LOST])
def test_the_rest_of_a_correction_is_not_let_off_for_it(state: SetbackState) -> None:
    fake, calls, id_ = charged()
    part = PaymentId(pay(calls, id_, 5_000).body["id"])
    paid = fake.records.get(Payment, part)
    fake.records.put(replace(paid, setbacks=(a_setback(state=state, settled_at=NOON),)))
    before = dict(fake.records.things)

    answer = settle_payment(
        part, Settlement("x", waive=True), fake.office, a_request(actor=OPERATOR)
    )

    assert answer == Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)
    assert fake.records.things == before


# --- what an operator makes of it


def test_settled_once_with_who_and_why_and_again_only_when_it_stands_otherwise() -> None:
    fake = a_paid_shop()
    note(fake, a_setback())

    assert settle(fake) == {"payment": PAID}
    assert settle(fake) == Refusal(RefusalCode.PAYMENT_SETTLED)

    (settled,) = kept(fake).setbacks
    assert (settled.settled_by, settled.note) == (OPERATOR, "gesperrt")
    assert not kept(fake).waits
    note(fake, a_setback(at=NOON + 3 * DAY))  # evidence was handed in
    assert not kept(fake).waits
    note(fake, a_setback(state=LOST, at=NOON + 4 * DAY))
    assert kept(fake).waits
    assert settle(fake) == {"payment": PAID}


@pytest.mark.parametrize(
    ("payment", "setback"), [(PAID, "du_2"), (PaymentId("stripe:pi_9"), "du_1")]
)
def test_what_is_not_there_cannot_be_settled(payment: PaymentId, setback: str) -> None:
    fake = a_paid_shop()
    note(fake, a_setback())
    before = dict(fake.records.things)

    assert settle(fake, setback, payment) == Refusal(RefusalCode.NOT_FOUND)
    assert fake.records.things == before


def test_a_repeated_request_settles_once() -> None:
    fake = a_paid_shop()
    note(fake, a_setback())
    request = repeatable(actor=OPERATOR)

    answers = [
        settle_setback(PAID, "du_1", "x", fake.office, request, seen_as=DISPUTED) for _ in range(2)
    ]

    assert answers == [{"payment": PAID}] * 2


@pytest.mark.parametrize("now", [INQUIRY, LOST, OVER])
def test_what_stands_otherwise_than_an_operator_has_seen_is_not_settled(now: SetbackState) -> None:
    fake = a_paid_shop()
    note(fake, a_setback())
    note(fake, a_setback(state=now, at=NOON + DAY))
    before = dict(fake.records.things)

    assert settle(fake, seen_as=DISPUTED) == Refusal(RefusalCode.CHANGED_MEANWHILE)

    assert fake.records.things == before
    assert kept(fake).waits == (now is not OVER)


def test_what_is_lost_while_an_operator_settles_its_dispute_still_waits() -> None:
    fake = a_paid_shop()
    note(fake, a_setback())
    fake.records.quicker.append(lambda: note(fake, a_setback(state=LOST, at=NOON + DAY)))

    assert settle(fake, seen_as=DISPUTED) == Refusal(RefusalCode.CHANGED_MEANWHILE)

    assert kept(fake).waits


def test_money_that_is_aside_and_disputed_is_settled_for_each() -> None:
    fake = a_shop(a_term_order(state=TermOrderState.CANCELLED))
    told(fake, a_receipt())
    note(fake, a_setback())

    settle_payment(PAID, Settlement("bleibt liegen"), fake.office, a_request(actor=OPERATOR))
    assert (kept(fake).is_aside, kept(fake).waits) == (False, True)
    settle(fake)
    assert not kept(fake).waits


def test_a_refund_that_fails_after_it_has_settled_the_payment_brings_it_back() -> None:
    fake = a_shop(a_term_order(state=TermOrderState.CANCELLED))
    told(fake, a_receipt())
    note_refund(RefundNews(PAID, GROSS), fake.office, at=NOON)
    assert not kept(fake).waits

    note(fake, a_setback("re_1", state=REFUND_FAILED))

    assert kept(fake).waits
    settle(fake, "re_1")
    assert (kept(fake).waits, kept(fake).refunded_cents) == (False, GROSS)


def test_it_counts_as_waiting_after_three_working_days_and_is_not_told_twice() -> None:
    fake = a_paid_shop()
    fake.records.put(replace(kept(fake), received_at=NOON - 90 * DAY, recorded_at=NOON - 90 * DAY))
    note(fake, a_setback())  # of a Sunday
    aside = FakeAside(fake.records)

    soon, later = (tell_of_overdue(aside, fake.office, now=NOON + d * DAY) for d in (3, 4))

    assert (soon.waiting, later.waiting) == ([], [PAID])
    assert later.told == []
    assert fake.told(NoticeKind.PAYMENT_OVERDUE) == []


def test_of_what_is_aside_too_the_vendor_is_told_by_both_mails() -> None:
    fake = a_shop(a_term_order(state=TermOrderState.CANCELLED))
    told(fake, a_receipt())
    note(fake, a_setback(at=NOON + 4 * DAY))

    found = tell_of_overdue(FakeAside(fake.records), fake.office, now=NOON + 5 * DAY)

    assert found.told == [PAID]
    (mail,) = fake.told(NoticeKind.PAYMENT_OVERDUE)
    assert (mail.details["why"], len(mails(fake))) == (Mismatch.ORDER_NOT_OPEN, 1)
