"""Payments over HTTP, as operators see them, and what an order's page says of how to pay."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from freischalt.domain.ids import PaymentId
from freischalt.domain.payment import Payment
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Role
from freischalt.use_cases.signing_in import Principal
from freischalt_api.api import Api
from freischalt_api.payment_routes import add_operator_payments
from freischalt_api.settlement_routes import add_settlements
from tests.account_fakes import FakeOffice
from tests.api_calls import Calls, at_noon
from tests.factories import ACCOUNT, NOON
from tests.functional.test_receive_payment import a_receipt, a_shop, order_in, told
from tests.payment_fakes import FakeAside
from tests.term_factories import ORDER, a_setback, a_term_order

OPERATOR = Principal(actor="operator:o", role=Role.OPERATOR, user=None, account=None)
TRANSFER = {"amountCents": 5_831, "receivedOn": "2026-11-22", "reference": "RE 17"}
PAYMENTS = f"/operator/accounts/{ACCOUNT}/term-orders/{ORDER}/payments"


def calls_of(fake: FakeOffice, now: Callable[[], datetime] = at_noon) -> Calls:
    api = Api(now=now)
    add_operator_payments(api, fake.office, FakeAside(fake.records))
    add_settlements(api, fake.office)
    return Calls(api, OPERATOR)


def test_a_transfer_is_recorded_once() -> None:
    fake = a_shop()
    calls = calls_of(fake)

    first, again = calls.post(PAYMENTS, TRANSFER), calls.post(PAYMENTS, TRANSFER)

    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert first.body["id"].startswith("bank:")
    assert first.body["recordedBy"] == "operator:o"
    assert first.body["aside"] is False
    assert len(fake.records.all(Payment)) == 1
    assert order_in(fake).state is TermOrderState.ACTIVE
    assert first.body["receivedAt"] == "2026-11-22T11:00:00Z"  # noon, where the vendor is
    other = calls.post(PAYMENTS, {**TRANSFER, "amountCents": 1})
    assert (other.status, other.code) == (409, "PAYMENT_REFERENCE_USED")


def test_a_transfer_that_names_nothing_is_put_aside() -> None:
    fake = a_shop()
    calls = calls_of(fake)

    nothing = calls.post("/operator/payments", TRANSFER)
    ours = calls.post("/operator/payments", {**TRANSFER, "order": ORDER})

    assert (nothing.status, nothing.body["mismatch"], nothing.body["order"]) == (
        201,
        "no_such_order",
        None,
    )
    assert (ours.status, ours.body["aside"], ours.body["account"]) == (201, False, ACCOUNT)


def test_the_rest_is_let_off_by_a_word() -> None:
    fake = a_shop()
    told(fake, a_receipt(amount_cents=5_830))

    body = {"note": "ein Cent", "waive": True}
    done = calls_of(fake).post("/operator/payments/stripe:pi_1/settlement", body)

    assert (done.status, done.body["aside"]) == (201, False)
    assert order_in(fake).state is TermOrderState.ACTIVE


def test_what_is_answered_is_as_precise_as_what_is_kept() -> None:
    fake, now = a_shop(), NOON.replace(microsecond=123_456)
    calls = calls_of(fake, now=lambda: now)

    assert calls.post(PAYMENTS, TRANSFER).body["recordedAt"] == f"{NOON:%Y-%m-%dT%H:%M:%S}.123000Z"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amountCents": 0}, "/amountCents"),
        ({"amountCents": -1}, "/amountCents"),
        ({"amountCents": 1.5}, "/amountCents"),
        ({"amountCents": "5831"}, "/amountCents"),
        ({"amountCents": 100_000_001}, "/amountCents"),
        ({"receivedOn": "2026-11-23"}, "/receivedOn"),
        ({"receivedOn": "gestern"}, "/receivedOn"),
        ({"reference": " "}, "/reference"),
        ({"reference": "x" * 121}, "/reference"),
        ({"currency": "USD"}, "/currency"),
    ],
)
def test_what_is_no_transfer(changes: dict[str, Any], pointer: str) -> None:
    fake = a_shop()

    answer = calls_of(fake).post(PAYMENTS, {**TRANSFER, **changes})

    assert answer.status == 422
    assert pointer in answer.errors
    assert fake.records.all(Payment) == []


def test_an_order_of_another_account_is_not_found() -> None:
    path = PAYMENTS.replace(ACCOUNT, "10002")

    assert calls_of(a_shop()).post(path, TRANSFER).status == 404


def test_money_put_aside_is_listed_and_settled() -> None:
    fake = a_shop(a_term_order(state=TermOrderState.CANCELLED))
    for number in range(3):
        told(fake, a_receipt(f"stripe:pi_{number}"))
    calls = calls_of(fake)

    page = calls.get("/operator/payments?state=aside&limit=2").body
    rest = calls.get(f"/operator/payments?limit=2&after={page['next']}").body

    listed = page["payments"] + rest["payments"]
    assert [each["id"] for each in listed] == [f"stripe:pi_{number}" for number in range(3)]
    assert {each["mismatch"] for each in listed} == {"order_not_open"}
    assert rest["next"] is None
    done = calls.post("/operator/payments/stripe:pi_1/settlement", {"note": "erstattet"})
    assert done.status == 201
    assert (done.body["aside"], done.body["settledBy"]) == (False, "operator:o")
    again = calls.post("/operator/payments/stripe:pi_1/settlement", {"note": "erstattet"})
    assert (again.status, again.code) == (409, "PAYMENT_SETTLED")
    assert len(calls.get("/operator/payments").body["payments"]) == 2


def test_a_dispute_is_listed_with_its_order_and_settled() -> None:
    fake = a_shop()
    told(fake, a_receipt())
    calls = calls_of(fake)
    assert calls.get("/operator/payments").body["payments"] == []
    id_ = PaymentId("stripe:pi_1")
    fake.records.put(replace(fake.records.get(Payment, id_), setbacks=(a_setback(),)))

    (listed,) = calls.get("/operator/payments").body["payments"]

    assert (listed["order"], listed["account"], listed["aside"]) == (ORDER, ACCOUNT, False)
    assert listed["setbacks"] == [
        {
            "id": "du_1",
            "state": "disputed",
            "amountCents": 5_831,
            "currency": "EUR",
            "at": "2026-11-22T12:00:00Z",
            "reason": "fraudulent",
            "answerBy": "2026-12-02T12:00:00Z",
            "settledAt": None,
            "settledBy": None,
            "note": "",
        }
    ]
    path = "/operator/payments/stripe:pi_1/setbacks/du_1/settlement"
    body = {"state": "disputed", "note": "gesperrt"}
    assert calls.post(path, {"note": "gesperrt"}).status == 422
    assert calls.post(path, body | {"note": ""}).status == 422
    assert calls.post(path, body | {"state": "seen"}).status == 422
    no = calls.post(path, body | {"state": "lost"})
    assert (no.status, no.code) == (412, "CHANGED_MEANWHILE")
    done = calls.post(path, body)
    assert (done.status, done.body["setbacks"][0]["settledBy"]) == (201, "operator:o")
    assert calls.get("/operator/payments").body["payments"] == []
    assert calls.post(path, body).code == "PAYMENT_SETTLED"
    assert calls.post(path.replace("du_1", "du_2"), body).status == 404
    assert calls.post(path.replace("du_1", "du-1"), body).status == 422


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/operator/payments?state=all", 422),
        ("/operator/payments?after=eHg", 422),
        ("/operator/payments?limit=51", 422),
    ],
)
def test_what_cannot_be_listed(path: str, status: int) -> None:
    assert calls_of(a_shop()).get(path).status == status


@pytest.mark.parametrize(
    ("id_", "body", "status"),
    [
        ("stripe:pi_9", {"note": "x"}, 404),
        ("paypal:1", {"note": "x"}, 422),
        ("stripe:pi_1", {"note": ""}, 422),
        ("stripe:pi_1", {}, 422),
        ("stripe:pi_1", {"note": "x", "order": "1"}, 422),
        ("stripe:pi_1", {"note": "x", "order": ORDER}, 409),
    ],
)
def test_what_cannot_be_settled(id_: str, body: Any, status: int) -> None:
    fake = a_shop()
    told(fake, a_receipt(amount_cents=1))

    assert calls_of(fake).post(f"/operator/payments/{id_}/settlement", body).status == status
