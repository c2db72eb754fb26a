"""Bank transfers that operators record, money that they settle, and what is given back."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from freischalt.domain.ids import OrderNumber, PaymentId
from freischalt.domain.invoice import Invoice
from freischalt.domain.payment import Mismatch, Payment
from freischalt.domain.payment_news import RefundNews
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.term_order import TermOrder, WhoseOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.errors import NotToldYet
from freischalt.use_cases.receive_payment import Received
from freischalt.use_cases.record_transfer import (
    Transfer,
    record_named_transfer,
    record_transfer,
)
from freischalt.use_cases.refunds import note_refund
from freischalt.use_cases.settling import Settlement, settle_payment
from tests.account_factories import a_request, repeatable
from tests.account_fakes import FakeOffice
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.functional.test_receive_payment import GROSS, a_receipt, a_shop, order_in, told
from tests.term_factories import ORDER, TODAY, a_plant, a_term_order

OPERATOR = "operator:o"
PAID = PaymentId("stripe:pi_1")
SECOND = OrderNumber("2026-000002")


def recorded(fake: FakeOffice, **changes: Any) -> Received | Refusal:
    fields = {"amount_cents": GROSS, "received_on": TODAY, "reference": "RE 17/a", "by": OPERATOR}
    transfer = Transfer(**{**fields, **changes})
    return record_transfer(ACCOUNT, ORDER, transfer, fake.office, at=NOON)


def test_a_transfer_activates_once_however_its_reference_is_written() -> None:
    fake = a_shop()

    first = recorded(fake)
    again = recorded(fake, reference="re17/A")

    assert isinstance(first, Received)
    assert isinstance(again, Received)
    assert first.activated
    assert not again.is_news
    assert again.payment.id == first.payment.id
    assert first.payment.recorded_by == OPERATOR
    assert order_in(fake).state is TermOrderState.ACTIVE
    assert order_in(fake).paid_cents == GROSS


@pytest.mark.parametrize(
    "changes", [{"amount_cents": 1}, {"received_on": TODAY - timedelta(days=1)}]
)
def test_another_transfer_by_the_same_reference_is_a_mistake(changes: dict[str, Any]) -> None:
    fake = a_shop()
    recorded(fake)

    no = recorded(fake, **changes)

    assert no == Refusal(RefusalCode.PAYMENT_REFERENCE_USED)


def test_money_of_tomorrow_and_an_order_of_nobody_are_refused() -> None:
    fake = a_shop()
    transfer = Transfer(amount_cents=1, received_on=TODAY, reference="x", by=OPERATOR)

    tomorrow = recorded(fake, received_on=date(2026, 11, 23))
    other = record_transfer(OTHER_ACCOUNT, ORDER, transfer, fake.office, at=NOON)

    assert isinstance(tomorrow, Refusal)
    assert [problem.pointer for problem in tomorrow.problems] == ["/receivedOn"]
    assert other == Refusal(RefusalCode.NOT_FOUND)
    assert fake.records.all(Payment) == []


@pytest.mark.parametrize("named", [ORDER, SECOND, None])
def test_a_transfer_is_kept_whatever_it_names(named: OrderNumber | None) -> None:
    """By one that is there, the order is active; else the money is put aside, once."""
    fake = a_shop()
    transfer = Transfer(amount_cents=GROSS, received_on=TODAY, reference="?", by=OPERATOR)

    first, again = (record_named_transfer(named, transfer, fake.office, at=NOON) for _ in range(2))

    assert isinstance(first, Received)
    assert isinstance(again, Received)
    assert (first.is_news, again.is_news) == (True, False)
    assert first.activated == (named == ORDER)
    assert first.payment.mismatch is (None if named == ORDER else Mismatch.NO_SUCH_ORDER)
    assert first.payment.order == named
    assert len(fake.records.all(Payment)) == 1


def test_whichever_way_an_order_is_named_its_transfer_is_recorded_once() -> None:
    fake = a_shop()
    transfer = Transfer(amount_cents=GROSS, received_on=TODAY, reference="RE 17/a", by=OPERATOR)

    recorded(fake)
    again = record_named_transfer(ORDER, transfer, fake.office, at=NOON)

    assert isinstance(again, Received)
    assert not again.is_news


# --- settling


def settled(
    fake: FakeOffice,
    order: OrderNumber | None = None,
    id_: str = PAID,
    *,
    waive: bool = False,
) -> Any:
    request = a_request(actor=OPERATOR, at=NOON + timedelta(days=1))
    settlement = Settlement("gesehen", order, waive)
    return settle_payment(PaymentId(id_), settlement, fake.office, request)


def with_another_order(fake: FakeOffice, **changes: Any) -> TermOrder:
    order = a_term_order(number=SECOND, outbox_id="o2", **changes)
    fake.records.put(order, WhoseOrder(order=SECOND, account=ACCOUNT, version=1))
    return order


def second(fake: FakeOffice) -> TermOrder:
    return fake.records.get(TermOrder, ACCOUNT, SECOND)


def test_money_for_a_lapsed_order_is_given_to_the_next_one() -> None:
    fake = a_shop(a_term_order(state=TermOrderState.LAPSED), a_plant(open_order=SECOND))
    with_another_order(fake)
    told(fake, a_receipt())

    done = settled(fake, SECOND)

    assert done == {"payment": PAID}
    assert second(fake).state is TermOrderState.ACTIVE
    payment = fake.records.get(Payment, PAID)
    assert not payment.is_aside
    assert (payment.order, payment.settled_by, payment.note) == (SECOND, OPERATOR, "gesehen")
    assert payment.mismatch is None


def test_the_rest_is_let_off() -> None:
    fake = a_shop()
    told(fake, a_receipt("stripe:pi_0", amount_cents=5_000))
    told(fake, a_receipt(amount_cents=830))

    assert settled(fake, waive=True) == {"payment": PAID}

    order = order_in(fake)
    assert (order.state, order.paid_cents, order.changed_by) == (
        TermOrderState.ACTIVE,
        GROSS - 1,
        OPERATOR,
    )
    assert {payment.is_aside for payment in fake.records.all(Payment)} == {False}
    assert fake.records.get(Payment, PAID).note == "gesehen"
    assert fake.records.all(Invoice)


@pytest.mark.parametrize(
    ("order", "plant", "cents", "to"),
    [
        ({}, {}, GROSS + 1, None),
        ({}, {}, 1, SECOND),
        ({"state": TermOrderState.LAPSED}, {}, 1, None),
        ({}, {"ended_at": NOON}, 1, None),
    ],
    ids=["too much", "to another order, too", "lapsed", "of no plant"],
)
def test_where_nothing_can_be_let_off(
    order: dict[str, Any], plant: dict[str, Any], cents: int, to: OrderNumber | None
) -> None:
    fake = a_shop(a_term_order(**order), a_plant(open_order=ORDER, **plant))
    told(fake, a_receipt(amount_cents=cents))
    before = dict(fake.records.things)

    assert settled(fake, to, waive=True) == Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)
    assert fake.records.things == before


def test_a_part_moves_from_one_order_to_another_and_counts_once() -> None:
    fake = a_shop()
    told(fake, a_receipt(amount_cents=1_000))
    with_another_order(fake)

    settled(fake, SECOND)

    assert (order_in(fake).paid_cents, order_in(fake).payments) == (0, ())
    assert (second(fake).paid_cents, second(fake).payments) == (1_000, (PAID,))
    payment = fake.records.get(Payment, PAID)
    assert payment.mismatch is Mismatch.TOO_LITTLE
    assert payment.is_aside


def test_a_part_that_was_given_back_counts_no_more() -> None:
    fake = a_shop()
    told(fake, a_receipt(amount_cents=1_000))

    assert settled(fake) == {"payment": PAID}

    assert order_in(fake).open_cents == GROSS
    assert not fake.records.get(Payment, PAID).is_aside
    assert told(fake, a_receipt("stripe:pi_2")).payment.mismatch is None


REFUSED: dict[str, tuple[dict[str, Any], OrderNumber | None, RefusalCode]] = {
    "too much is given back, not away": (
        {"amount_cents": GROSS + 1},
        SECOND,
        RefusalCode.PAYMENT_DOES_NOT_FIT,
    ),
    "the order that it has": ({"amount_cents": 1}, ORDER, RefusalCode.PAYMENT_DOES_NOT_FIT),
    "another currency": ({"currency": "USD"}, SECOND, RefusalCode.PAYMENT_DOES_NOT_FIT),
    "an order of nobody": (
        {"amount_cents": 1},
        OrderNumber("2026-999999"),
        RefusalCode.PAYMENT_DOES_NOT_FIT,
    ),
    "what fits is not to be settled": ({}, None, RefusalCode.PAYMENT_SETTLED),
}


@pytest.mark.parametrize(("receipt", "order", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_settled_so(
    receipt: dict[str, Any], order: OrderNumber | None, code: RefusalCode
) -> None:
    fake = a_shop()
    with_another_order(fake)
    told(fake, a_receipt(**receipt))
    before = dict(fake.records.things)

    assert settled(fake, order) == Refusal(code)

    assert fake.records.things == before


def test_settled_once_and_unknown_never() -> None:
    fake = a_shop(a_term_order(state=TermOrderState.CANCELLED))
    told(fake, a_receipt())

    assert settled(fake) == {"payment": PAID}
    assert settled(fake) == Refusal(RefusalCode.PAYMENT_SETTLED)
    assert settled(fake, id_="stripe:nobodys") == Refusal(RefusalCode.NOT_FOUND)


def test_a_repeated_request_settles_once() -> None:
    fake = a_shop(a_term_order(state=TermOrderState.CANCELLED))
    told(fake, a_receipt())
    request = repeatable(actor=OPERATOR)

    answers = [settle_payment(PAID, Settlement("x"), fake.office, request) for _ in range(2)]

    assert answers == [{"payment": PAID}] * 2


# --- what the provider gives back


def refund(fake: FakeOffice, cents: int) -> bool:
    return note_refund(RefundNews(PAID, cents), fake.office, at=NOON)


def test_a_refund_of_what_was_never_ours_changes_nothing() -> None:
    fake = a_shop()
    news = RefundNews(PaymentId("stripe:pi_foreign"), 100, is_ours=False)

    assert not note_refund(news, fake.office, at=NOON)
    with pytest.raises(NotToldYet):
        note_refund(replace(news, is_ours=True), fake.office, at=NOON)


def test_a_refund_settles_what_was_put_aside_once_all_of_it_is_back() -> None:
    fake = a_shop(a_term_order(state=TermOrderState.CANCELLED))
    told(fake, a_receipt())

    assert refund(fake, 100)
    assert fake.records.get(Payment, PAID).is_aside
    assert refund(fake, GROSS)
    assert not refund(fake, GROSS)
    assert not refund(fake, 100)  # late

    payment = fake.records.get(Payment, PAID)
    assert not payment.is_aside
    assert payment.refunded_cents == GROSS
    assert payment.settled_by == "provider:stripe"


def test_giving_back_what_is_too_much_settles_it() -> None:
    fake = a_shop()
    told(fake, a_receipt(amount_cents=GROSS + 69))

    refund(fake, 69)

    assert not fake.records.get(Payment, PAID).is_aside
    assert order_in(fake).state is TermOrderState.ACTIVE


def test_a_part_that_goes_back_bit_by_bit_counts_less_each_time() -> None:
    fake = a_shop()
    told(fake, a_receipt(amount_cents=1_000))

    refund(fake, 400)
    assert (order_in(fake).paid_cents, order_in(fake).payments) == (600, (PAID,))
    refund(fake, 1_000)
    assert (order_in(fake).paid_cents, order_in(fake).payments) == (0, ())


def test_a_refund_of_an_active_orders_money_is_noted_and_changes_no_licence() -> None:
    fake = a_shop()
    told(fake, a_receipt())

    assert refund(fake, GROSS)

    assert order_in(fake).state is TermOrderState.ACTIVE
    assert fake.records.get(Payment, PAID).refunded_cents == GROSS


def test_a_refund_that_is_told_before_its_payment_comes_again() -> None:
    with pytest.raises(NotToldYet):
        refund(a_shop(), 1)


def test_a_refund_and_an_operator_at_once_are_both_kept() -> None:
    fake = a_shop(a_term_order(state=TermOrderState.CANCELLED))
    told(fake, a_receipt())
    fake.records.quicker.append(lambda: refund(fake, 100))

    settled(fake)

    payment = fake.records.get(Payment, PAID)
    assert (payment.refunded_cents, payment.settled_by) == (100, OPERATOR)
    assert payment == replace(payment, note="gesehen")
