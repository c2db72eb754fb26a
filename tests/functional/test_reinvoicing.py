"""Power that was under-reported is charged later, once, by the difference."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from freischalt.domain.ids import InvoiceId
from freischalt.domain.invoice import Invoice, InvoiceKind
from freischalt.domain.payment import Payment
from freischalt.domain.payment_news import RefundNews
from freischalt.domain.plant import Plant, Power, with_power
from freischalt.domain.term import Term
from freischalt.domain.term_order import TermOrder, WhoseOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.refunds import note_refund
from freischalt.use_cases.settling import Settlement, settle_payment
from freischalt_api.api import Api
from freischalt_api.payment_routes import add_operator_payments
from freischalt_api.settlement_routes import add_settlements
from freischalt_api.term_operator_routes import add_operator_term_routes
from tests.account_factories import a_company, a_request
from tests.account_fakes import FakeOffice, an_office
from tests.api_calls import Answer, Calls, at_noon
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.payment_fakes import FakeAside
from tests.term_factories import (
    ORDER,
    PLANT,
    TODAY,
    a_plant,
    a_term,
    a_term_order,
    an_invoice,
)

TERM = a_term()
ACTIVE = a_term_order(state=TermOrderState.ACTIVE, invoice=ORDER, changed_by="operator:o")
WHOSE = WhoseOrder(order=ORDER, account=ACCOUNT, version=1)
THINGS = (a_company(), ACTIVE, a_plant(terms=(TERM,)), an_invoice())
PATH = f"/operator/accounts/{ACCOUNT}/term-orders/{ORDER}/reinvoice"


class NoWithdrawals:
    def unsettled(self, *, now: object) -> list[Any]:
        return []


def desk(*things: Any) -> tuple[FakeOffice, Calls]:
    fake = an_office(WHOSE, *(things or THINGS))
    api = Api(now=at_noon)
    add_operator_term_routes(api, fake.office, NoWithdrawals())
    add_operator_payments(api, fake.office, FakeAside(fake.records))
    add_settlements(api, fake.office)
    return fake, Calls(api)


def body(power: int = 12_000, plant: str = PLANT) -> dict[str, Any]:
    return {"plant": plant, "powerW": power, "reason": "Typenschild geprüft"}


def corrections(fake: FakeOffice) -> list[Invoice]:
    return [one for one in fake.records.all(Invoice) if one.kind is InvoiceKind.CORRECTION]


def test_the_difference_is_charged_and_a_second_time_only_what_is_more() -> None:
    fake, calls = desk()

    assert calls.post(PATH, body(12_000)).status == 202
    assert calls.post(PATH, body(29_000)).code == "NOTHING_TO_CHARGE"
    assert calls.post(PATH, body(40_000)).status == 202

    assert [one.net_cents for one in corrections(fake)] == [9_900 - 4_900, 29_900 - 9_900]
    assert {(one.paid, one.of) for one in corrections(fake)} == {(False, InvoiceId(ORDER))}
    charged = fake.records.get(TermOrder, ACCOUNT, ORDER).corrections
    assert [(one.plant, one.power_w, one.net_cents) for one in charged] == [
        (PLANT, 12_000, 5_000),
        (PLANT, 40_000, 20_000),
    ]


@pytest.mark.parametrize(
    ("things", "path", "asked", "code"),
    [
        (THINGS, PATH, body(10_000), "NOTHING_TO_CHARGE"),
        (THINGS, PATH, body(plant=f"{ACCOUNT}-2"), "NOT_FOUND"),
        (THINGS, PATH, body(plant=f"{OTHER_ACCOUNT}-1"), "NOT_FOUND"),
        (THINGS, PATH.replace("000001", "000002"), body(), "NOT_FOUND"),
        ((*THINGS, a_term_order()), PATH, body(), "NOTHING_TO_CHARGE"),
    ],
)
def test_where_there_is_nothing_to_charge(
    things: tuple[Any, ...], path: str, asked: dict[str, Any], code: str
) -> None:
    fake, calls = desk(*things)

    assert calls.post(path, asked).code == code
    assert corrections(fake) == []


@pytest.mark.parametrize(("used", "cents"), [(0, 0), (10, 136), (365, 5_000)])
def test_a_term_that_ended_early_is_charged_to_the_day(used: int, cents: int) -> None:
    term = a_term(ended=TODAY + timedelta(days=used))
    fake, calls = desk(a_company(), ACTIVE, a_plant(terms=(term,)), an_invoice())

    calls.post(PATH, body(12_000))

    assert sum(one.net_cents for one in corrections(fake)) == cents


# --- what was charged later is paid


def charged(term: Term = TERM) -> tuple[FakeOffice, Calls, InvoiceId]:
    """A correction for 12,000 W, filed; its PDF asks for a transfer."""
    fake, calls = desk(a_company(), ACTIVE, a_plant(terms=(term,)), an_invoice())
    calls.post(PATH, body(12_000))
    (correction,) = corrections(fake)
    fake.records.put(replace(correction, number="R2026-000002", filed_at=NOON))
    return fake, calls, correction.id


def pay(calls: Calls, id_: str, cents: int = 5_950, reference: str = "K 7") -> Answer:
    transfer = {"amountCents": cents, "receivedOn": TODAY.isoformat(), "reference": reference}
    return calls.post(f"/operator/accounts/{ACCOUNT}/invoices/{id_}/payments", transfer)


def grown_to(fake: FakeOffice, watts: int, today: date = TODAY) -> Plant:
    plant = fake.records.get(Plant, PLANT)
    return with_power(plant, Power(watts=watts - plant.power_w), today)


def is_paid(fake: FakeOffice, id_: InvoiceId) -> bool:
    return fake.records.get(Invoice, ACCOUNT, id_).paid


def test_a_correction_is_paid_once_and_its_term_covers_the_power() -> None:
    fake, calls, id_ = charged()

    first, again = pay(calls, id_), pay(calls, id_)

    assert (first.status, first.body["mismatch"], first.body["aside"]) == (201, None, False)
    assert first.body == again.body
    assert len(fake.records.all(Payment)) == 1
    assert is_paid(fake, id_)
    grown = grown_to(fake, 12_000)
    assert (grown.terms[0].ended, grown.terms[0].net_cents) == (None, 9_900)


def test_until_it_is_paid_the_term_is_as_it_was() -> None:
    fake, calls, id_ = charged()

    part = pay(calls, id_, 5_000)

    assert (part.body["mismatch"], part.body["aside"]) == ("too_little", True)
    assert not is_paid(fake, id_)
    assert grown_to(fake, 12_000).credit_cents == 4_900
    assert pay(calls, id_, 950, "K 8").body["mismatch"] is None
    assert is_paid(fake, id_)
    assert {one.is_aside for one in fake.records.all(Payment)} == {False}


def test_paid_after_the_term_was_outgrown_what_is_left_of_it_is_credited() -> None:
    fake, calls, id_ = charged()
    fake.records.put(grown_to(fake, 90_000, TODAY + timedelta(days=182)))

    pay(calls, id_)

    assert fake.records.get(Plant, PLANT).credit_cents == 9_900 * 183 // 365


def test_of_days_that_were_had_nothing_is_credited() -> None:
    fake, calls, id_ = charged(a_term(ended=TODAY + timedelta(days=10)))
    before = fake.records.get(Plant, PLANT)

    pay(calls, id_, 162)

    assert is_paid(fake, id_)
    after = fake.records.get(Plant, PLANT)
    assert (after.terms, after.credit_cents) == (before.terms, before.credit_cents)


@pytest.mark.parametrize(
    ("earlier", "cents", "why"), [(0, 6_000, "too_much"), (5_950, 5_950, "order_not_open")]
)
def test_what_is_too_much_is_put_aside(earlier: int, cents: int, why: str) -> None:
    fake, calls, id_ = charged()
    if earlier:
        pay(calls, id_, earlier, "before")

    assert pay(calls, id_, cents).body["mismatch"] == why

    assert is_paid(fake, id_)


def test_a_part_that_was_given_back_counts_no_more() -> None:
    fake, calls, id_ = charged()
    part = pay(calls, id_, 5_000).body["id"]

    settle_payment(part, Settlement("zurück überwiesen"), fake.office, a_request("s"))

    (correction,) = fake.records.get(TermOrder, ACCOUNT, ORDER).corrections
    assert (correction.paid_cents, correction.payments) == (0, ())


def test_too_much_is_settled_once_that_is_given_back() -> None:
    fake, calls, id_ = charged()
    much = pay(calls, id_, 6_000).body["id"]

    note_refund(RefundNews(much, 49), fake.office, at=NOON)
    assert fake.records.get(Payment, much).is_aside
    note_refund(RefundNews(much, 50), fake.office, at=NOON)
    assert not fake.records.get(Payment, much).is_aside


@pytest.mark.parametrize("id_", [f"{ORDER}-correction-1-9", f"{ORDER}-correction-1-12000"])
def test_what_is_not_written_yet_cannot_be_paid(id_: str) -> None:
    fake, calls, _ = charged()
    fake.records.put(*(replace(one, filed_at=None) for one in corrections(fake)))

    assert pay(calls, id_).status == 404
    assert fake.records.all(Payment) == []


def test_another_transfer_by_the_same_reference_is_a_mistake() -> None:
    _, calls, id_ = charged()
    pay(calls, id_, 5_000)

    assert pay(calls, id_, 950).code == "PAYMENT_REFERENCE_USED"


def test_the_same_request_again_charges_once() -> None:
    fake, calls = desk()

    first = calls.post(PATH, body(), Idempotency_Key="k1")
    again = calls.post(PATH, body(), Idempotency_Key="k1")

    assert first.body == again.body
    assert len(corrections(fake)) == 1


def test_an_operator_sees_an_accounts_orders() -> None:
    _, calls = desk()

    told = calls.get(f"/operator/accounts/{ACCOUNT}/term-orders").body["orders"]

    assert [(one["orderNumber"], one["state"]) for one in told] == [(ORDER, "active")]
