"""Money that lies aside pays for what was charged later; or the rest of that is let off."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from freischalt.domain.correction import Correction
from freischalt.domain.ids import InvoiceId, OrderNumber, PaymentId
from freischalt.domain.invoice import Invoice
from freischalt.domain.payment import Mismatch, Payment
from freischalt.domain.payment_news import RefundNews
from freischalt.domain.plant import Plant
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.term_order import TermOrder, WhoseOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.payments import payments_of
from freischalt.use_cases.receive_payment import receive_payment
from freischalt.use_cases.refunds import note_refund
from freischalt.use_cases.settling import Settlement, settle_payment
from tests.account_factories import a_request, repeatable
from tests.account_fakes import FakeOffice
from tests.api_calls import Calls
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.functional.test_receive_payment import a_receipt
from tests.functional.test_reinvoicing import (
    PATH,
    body,
    charged,
    corrections,
    grown_to,
    is_paid,
    pay,
)
from tests.term_factories import ORDER, TODAY, a_payment, a_setback, a_term, a_term_order

OPERATOR = "operator:o"
OWED = 5_950
PAID = PaymentId("stripe:pi_1")
OTHER = OrderNumber("2026-000002")
DOES_NOT_FIT = Refusal(RefusalCode.PAYMENT_DOES_NOT_FIT)


def aside(fake: FakeOffice, cents: int = OWED, **changes: Any) -> PaymentId:
    """Money for the order, which is active: it is put aside."""
    receive_payment(a_receipt(amount_cents=cents, **changes), fake.office, at=NOON)
    return PAID


def settle(
    fake: FakeOffice, payment: str = PAID, request: Request | None = None, **settlement: Any
) -> Any:
    request = request or a_request(actor=OPERATOR, at=NOON + timedelta(days=1))
    return settle_payment(
        PaymentId(payment), Settlement("gesehen", **settlement), fake.office, request
    )


def payment(fake: FakeOffice, id_: str = PAID) -> Payment:
    return fake.records.get(Payment, id_)


def correction(fake: FakeOffice, place: int = 0) -> Correction:
    return fake.records.get(TermOrder, ACCOUNT, ORDER).corrections[place]


def another(fake: FakeOffice, calls: Calls) -> InvoiceId:
    """A second correction of the same order, filed, too."""
    calls.post(PATH, body(40_000))
    id_ = InvoiceId(correction(fake, 1).invoice)
    fake.records.put(replace(fake.records.get(Invoice, ACCOUNT, id_), filed_at=NOON))
    return id_


# --- money that was put aside


@pytest.mark.parametrize("named", [ORDER, None, OrderNumber("2026-999999")])
def test_money_that_was_put_aside_pays_for_a_correction(named: OrderNumber | None) -> None:
    fake, _, id_ = charged()
    aside(fake, order=named)
    assert payment(fake).is_aside

    assert settle(fake, invoice=id_) == {"payment": PAID}

    kept = payment(fake)
    assert (kept.mismatch, kept.is_aside, kept.order, kept.account) == (None, False, ORDER, ACCOUNT)
    assert (kept.settled_by, kept.note) == (OPERATOR, "gesehen")
    assert (correction(fake).open_cents, correction(fake).payments) == (0, (PAID,))
    assert is_paid(fake, id_)
    assert grown_to(fake, 12_000).terms[0].ended is None
    assert [one.id for one in payments_of(ACCOUNT, fake.office)] == [PAID]
    assert settle(fake, invoice=id_) == Refusal(RefusalCode.PAYMENT_SETTLED)


@pytest.mark.parametrize(
    ("cents", "why", "is_done"),
    [(OWED - 1, Mismatch.TOO_LITTLE, False), (OWED + 1, Mismatch.TOO_MUCH, True)],
)
def test_what_is_too_little_or_too_much_stays_to_be_looked_at(
    cents: int, why: Mismatch, *, is_done: bool
) -> None:
    fake, calls, id_ = charged()
    aside(fake, cents)

    assert settle(fake, invoice=id_) == {"payment": PAID}

    assert (payment(fake).mismatch, payment(fake).is_aside) == (why, True)
    assert correction(fake).paid_cents == cents
    assert is_paid(fake, id_) is is_done
    if not is_done:
        assert pay(calls, id_, 1).body["mismatch"] is None
        assert not payment(fake).is_aside


def test_with_the_last_of_it_earlier_parts_are_settled() -> None:
    fake, calls, id_ = charged()
    part = pay(calls, id_, 5_000).body["id"]
    aside(fake, 950)

    settle(fake, invoice=id_)

    assert is_paid(fake, id_)
    assert payment(fake, part).settled_by == f"payment:{PAID}"


def test_a_part_moves_from_one_correction_of_an_order_to_another_and_counts_once() -> None:
    fake, calls, first = charged()
    second = another(fake, calls)
    part = pay(calls, first, 5_000).body["id"]

    assert settle(fake, part, invoice=second) == {"payment": part}

    assert (correction(fake).paid_cents, correction(fake).payments) == (0, ())
    assert (correction(fake, 1).paid_cents, correction(fake, 1).payments) == (5_000, (part,))
    assert payment(fake, part).mismatch is Mismatch.TOO_LITTLE
    assert pay(calls, first, reference="K 8").body["mismatch"] is None


def test_a_part_moves_from_another_order_of_another_account() -> None:
    fake, _, id_ = charged()
    order = a_term_order(number=OTHER, account=OTHER_ACCOUNT, paid_cents=OWED, payments=(PAID,))
    part = a_payment(
        id=PAID, order=OTHER, account=OTHER_ACCOUNT, amount_cents=OWED, mismatch=Mismatch.TOO_LITTLE
    )
    fake.records.put(order, WhoseOrder(order=OTHER, account=OTHER_ACCOUNT, version=1), part)

    assert settle(fake, invoice=id_) == {"payment": PAID}

    left = fake.records.get(TermOrder, OTHER_ACCOUNT, OTHER)
    assert (left.paid_cents, left.payments) == (0, ())
    assert is_paid(fake, id_)
    assert payment(fake).account == ACCOUNT


def test_a_part_of_what_an_order_is_active_with_pays_for_nothing_else() -> None:
    """More parts than are settled with the last one stay to be looked at."""
    fake, _, id_ = charged()
    active = fake.records.get(TermOrder, ACCOUNT, ORDER)
    part = a_payment(id=PAID, amount_cents=OWED, mismatch=Mismatch.TOO_LITTLE)
    spent = replace(active, number=OTHER, paid_cents=5_831, payments=(PAID,), corrections=())
    whose = WhoseOrder(order=OTHER, account=ACCOUNT, version=1)
    fake.records.put(replace(active, payments=(PAID,)), spent, whose, part)

    assert settle(fake, invoice=id_) == DOES_NOT_FIT
    fake.records.put(replace(part, order=OTHER))
    assert settle(fake, invoice=id_) == DOES_NOT_FIT
    fake.records.put(a_term_order(number=OrderNumber("2026-000003")))
    assert settle(fake, order=OrderNumber("2026-000003")) == DOES_NOT_FIT


def test_what_comes_for_a_correction_that_is_paid_is_the_accounts_all_the_same() -> None:
    fake, calls, id_ = charged()
    pay(calls, id_)

    late = pay(calls, id_, 1, "K 9").body["id"]

    assert late in [one.id for one in payments_of(ACCOUNT, fake.office)]


def unfiled(fake: FakeOffice) -> None:
    fake.records.put(*(replace(one, filed_at=None) for one in corrections(fake)))


def withdrawn(fake: FakeOffice) -> None:
    order = fake.records.get(TermOrder, ACCOUNT, ORDER)
    fake.records.put(replace(order, state=TermOrderState.WITHDRAWN))


def refunded_in_part(fake: FakeOffice) -> None:
    note_refund(RefundNews(PAID, 1), fake.office, at=NOON)


def taken_back(fake: FakeOffice) -> None:
    fake.records.put(replace(payment(fake), setbacks=(a_setback(amount_cents=1),)))


NO_WAY: dict[str, tuple[dict[str, Any], Any, dict[str, Any]]] = {
    "another currency": ({"currency": "USD"}, None, {}),
    "an invoice that is not written yet": ({}, unfiled, {}),
    "an order that was withdrawn": ({}, withdrawn, {}),
    "money of which some went back": ({}, refunded_in_part, {}),
    "money that the bank has taken": ({}, taken_back, {}),
    "no correction": ({}, None, {"invoice": InvoiceId(ORDER)}),
    "of nobody": ({}, None, {"invoice": InvoiceId("2026-999999-correction-1-12000")}),
    "no number at all": ({}, None, {"invoice": InvoiceId("correction")}),
    "an order, too": ({}, None, {"order": ORDER}),
    "let off, too": ({}, None, {"waive": True}),
}


@pytest.mark.parametrize(("receipt", "before", "settlement"), NO_WAY.values(), ids=NO_WAY)
def test_what_money_cannot_pay_for(
    receipt: dict[str, Any], before: Any, settlement: dict[str, Any]
) -> None:
    fake, _, id_ = charged()
    aside(fake, **receipt)
    if before:
        before(fake)
    things = dict(fake.records.things)

    assert settle(fake, **{"invoice": id_, **settlement}) == DOES_NOT_FIT

    assert fake.records.things == things


@pytest.mark.parametrize("cents", [5_000, OWED + 1])
def test_money_of_this_correction_is_not_given_to_it_again(cents: int) -> None:
    fake, calls, id_ = charged()
    part = pay(calls, id_, cents).body["id"]
    things = dict(fake.records.things)

    assert settle(fake, part, invoice=id_) == DOES_NOT_FIT
    assert fake.records.things == things


def test_another_operator_and_the_bank_at_once_both_count() -> None:
    fake, calls, id_ = charged()
    aside(fake, 5_000)
    fake.records.quicker.append(lambda: pay(calls, id_, 950))

    settle(fake, invoice=id_)

    assert correction(fake).paid_cents == OWED
    assert is_paid(fake, id_)
    assert {one.is_aside for one in fake.records.all(Payment)} == {False}


def test_a_repeated_request_counts_once() -> None:
    fake, _, id_ = charged()
    aside(fake, 5_000)
    request = repeatable(actor=OPERATOR)

    answers = [settle(fake, request=request, invoice=id_) for _ in range(2)]

    assert answers == [{"payment": PAID}] * 2
    assert correction(fake).paid_cents == 5_000


# --- the rest is let off


def test_the_rest_of_a_correction_is_let_off() -> None:
    fake, calls, id_ = charged()
    first = pay(calls, id_, 4_000, "K 1").body["id"]
    second = pay(calls, id_, 1_360, "K 2").body["id"]

    assert settle(fake, second, waive=True) == {"payment": second}

    kept = correction(fake)
    assert (kept.paid_cents, kept.waived_cents, kept.open_cents) == (5_360, 590, 0)
    assert is_paid(fake, id_)
    assert {payment(fake, one).is_aside for one in (first, second)} == {False}
    assert payment(fake, second).note == "gesehen"
    grown = grown_to(fake, 12_000)
    assert (grown.terms[0].ended, grown.terms[0].net_cents) == (None, 4_900 + 5_000 * 5_360 // OWED)
    assert pay(calls, id_, 590, "K 3").body["mismatch"] == "order_not_open"


def test_what_was_let_off_is_not_credited_later() -> None:
    fake, calls, id_ = charged()
    part = pay(calls, id_, 1).body["id"]
    settle(fake, part, waive=True)

    outgrown = grown_to(fake, 90_000)

    assert outgrown.credit_cents == fake.records.get(Plant, outgrown.id).terms[0].net_cents == 4_900


def test_let_off_after_its_term_has_ended() -> None:
    fake, calls, id_ = charged(a_term(ended=TODAY + timedelta(days=10)))
    before = fake.records.get(Plant, correction(fake).plant)
    part = pay(calls, id_, 100).body["id"]

    settle(fake, part, waive=True)

    assert correction(fake).open_cents == 0
    assert fake.records.get(Plant, before.id).terms == before.terms


@pytest.mark.parametrize(
    ("cents", "before"), [(OWED + 1, None), (5_000, withdrawn)], ids=["too much", "withdrawn"]
)
def test_where_nothing_can_be_let_off(cents: int, before: Any) -> None:
    fake, calls, id_ = charged()
    part = pay(calls, id_, cents).body["id"]
    if before:
        before(fake)
    things = dict(fake.records.things)

    assert settle(fake, part, waive=True) == DOES_NOT_FIT
    assert fake.records.things == things


def test_a_part_that_went_back_meanwhile_lets_off_what_is_open_then() -> None:
    fake, calls, id_ = charged()
    part = pay(calls, id_, 5_000).body["id"]
    note_refund(RefundNews(part, 1_000), fake.office, at=NOON)

    settle(fake, part, waive=True)

    assert (correction(fake).paid_cents, correction(fake).waived_cents) == (4_000, 1_950)


def test_over_http_by_the_invoices_id() -> None:
    fake, calls, id_ = charged()
    aside(fake, 5_000)
    path = f"/operator/payments/{PAID}/settlement"

    assert calls.post(path, {"note": "x", "invoice": ORDER}).status == 422
    both = calls.post(path, {"note": "x", "invoice": id_, "waive": True})
    assert (both.status, both.code) == (409, "PAYMENT_DOES_NOT_FIT")
    done = calls.post(path, {"note": "für die Nachberechnung", "invoice": id_})
    assert (done.status, done.body["mismatch"], done.body["aside"]) == (201, "too_little", True)
    rest = calls.post(path, {"note": "Kulanz", "waive": True})
    assert (rest.status, rest.body["aside"]) == (201, False)
    assert is_paid(fake, id_)
