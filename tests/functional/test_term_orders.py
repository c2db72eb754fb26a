"""Quotes and orders of terms: what is charged is what was shown, and who may not buy."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from freischalt.account_ports import Ref
from freischalt.adapters.jinja_writer import JinjaWriter
from freischalt.domain.account import Account
from freischalt.domain.billing_event import BillingEvent, BillingKind
from freischalt.domain.ids import OrderNumber, PlantId
from freischalt.domain.invoice import Invoice
from freischalt.domain.locks import Lock, LockScope
from freischalt.domain.notice import NoticeKind
from freischalt.domain.plant import Plant
from freischalt.domain.term import TermState, state
from freischalt.domain.term_order import TermOrder, WhoseOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language, Role
from freischalt.domain.vat_record import VatDue
from freischalt.domain.vat_standing import VatState
from freischalt.use_cases.receive_payment import receive_payment
from freischalt.use_cases.signing_in import Principal
from freischalt_api import operator_routes
from freischalt_api.api import Api
from freischalt_api.gate import gate_of
from freischalt_api.operator_quote_routes import add_operator_quotes
from freischalt_api.term_routes import add_routes
from tests.account_factories import (
    ANNA,
    DAY,
    EMAIL,
    VERSIONS,
    a_company,
    a_password,
    a_session,
    a_standing,
    a_user,
)
from tests.account_fakes import FakeOffice, an_office
from tests.api_calls import SIGNED_IN, Answer, Calls, at_noon
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.functional.test_receive_payment import a_receipt
from tests.term_factories import CONSUMER, PLANT, TODAY, a_plant, a_term

SECOND = PlantId(f"{ACCOUNT}-2")
OPERATOR = Principal(actor="operator:o", role=Role.OPERATOR, user=None, account=None)


def desk(*things: Any, account: Account | None = None) -> tuple[FakeOffice, Calls]:
    anna = a_user(password=a_password()), a_session("")
    fake = an_office(account or a_company(), *anna, *(things or (a_plant(),)))
    api = Api(now=at_noon, gate=gate_of(fake.office))
    add_routes(api, fake.office, fake.numbers)
    return fake, Calls(api)


def by_operator(fake: FakeOffice) -> Calls:
    api = Api(now=at_noon, gate=operator_routes.gate)
    add_operator_quotes(api, fake.office)
    return Calls(api, principal=OPERATOR)


def body(gross: int = 4_900, *plants: str, **changes: Any) -> dict[str, Any]:
    asked = {
        "plants": list(plants) or [PLANT],
        "days": 365,
        "grossCents": gross,
        "acceptedDocuments": VERSIONS,
        "language": "de",
    }
    return {**asked, **changes}


def consumer(**changes: Any) -> Account:
    return a_company(registrant=CONSUMER, vat=None, **changes)


# --- prices and quotes


def test_anyone_can_read_the_prices() -> None:
    _, calls = desk()

    told = replace(calls, principal=replace(SIGNED_IN, user=None)).get("/prices").body

    assert told["terms"][0] == {"upToW": 10_000, "netCents": {"365": 4_900, "730": 8_900}}
    assert told["terms"][-1]["upToW"] is None
    assert told["unknownPowerW"] == 20_000


def test_a_quote_says_how_the_price_came_about() -> None:
    fake, calls = desk(
        a_plant(credit_cents=900, unknown_inverters=1, power_w=24_200),
        a_plant(id=SECOND),
        account=consumer(),
    )

    told = calls.post("/quotes", {"plants": [PLANT, SECOND], "days": 365, "immediateStart": True})

    assert told.status == 200
    first, second = told.body["lines"]
    assert (first["listCents"], first["creditCents"], first["netCents"]) == (9_900, 900, 9_000)
    assert (first["begins"], first["ends"]) == ("2027-01-02", "2028-01-01")
    assert second["netCents"] == 4_900
    assert told.body["vat"] == {
        "rule": "domestic",
        "country": "DE",
        "percent": "19",
        "cents": 2_641,
        "note": "",
    }
    assert told.body["grossCents"] == 9_000 + 4_900 + 2_641
    assert PLANT in told.body["warnings"][0]
    assert len(told.body["warnings"]) == 1
    assert (fake.records.reads, fake.records.writes) == (1, 0)


def test_a_company_abroad_owes_the_tax_itself_and_is_told_so_in_both_languages() -> None:
    _, calls = desk()

    german = calls.post("/quotes", {"plants": [PLANT], "days": 730})
    english = calls.post("/quotes", {"plants": [PLANT], "days": 730}, accept_language="en")

    assert german.body["vat"]["rule"] == "reverse_charge"
    assert german.body["vat"]["note"] == "Steuerschuldnerschaft des Leistungsempfängers"
    assert "Reverse charge" in english.body["vat"]["note"]
    assert german.body["grossCents"] == 8_900


def test_without_the_wish_a_consumers_term_begins_when_the_right_of_withdrawal_is_over() -> None:
    _, calls = desk(a_plant(trial_from=TODAY - timedelta(days=50)), account=consumer())

    told = calls.post("/quotes", {"plants": [PLANT], "days": 365})

    assert told.body["lines"][0]["begins"] == "2026-12-09"


def test_an_operator_is_told_what_the_customer_would_be() -> None:
    fake, calls = desk(a_plant(credit_cents=900), a_plant(id=SECOND))
    asked = {"plants": [PLANT, SECOND], "days": 365}
    path = f"/operator/accounts/{ACCOUNT}/quotes"
    operator = by_operator(fake)

    told = operator.post(path, asked)

    assert told.status == 200
    assert told.body == calls.post("/quotes", asked).body
    assert fake.records.writes == 0
    assert replace(operator, principal=SIGNED_IN).post(path, asked).status == 403


def test_an_operator_is_told_why_there_is_no_quote() -> None:
    fake, calls = desk(a_plant(terms=(a_term(),)))
    asked = {"plants": [PLANT], "days": 365}
    operator = by_operator(fake)

    told = operator.post(f"/operator/accounts/{ACCOUNT}/quotes", asked)
    of_another = operator.post(f"/operator/accounts/{OTHER_ACCOUNT}/quotes", asked)

    assert (told.code, told.body["plant"]) == ("NOT_YET_RENEWABLE", PLANT)
    assert told.body["renewableFrom"] == calls.post("/quotes", asked).body["renewableFrom"]
    assert of_another.status == 404


# --- ordering


def test_an_order_is_placed_with_all_that_belongs_to_it() -> None:
    fake, calls = desk(a_plant(), a_plant(id=SECOND), account=consumer())

    told = calls.post("/term-orders", body(11_662, PLANT, SECOND, immediateStart=True))

    assert told.status == 201
    number = told.body["orderNumber"]
    order = fake.records.get(TermOrder, ACCOUNT, number)
    assert (order.state, order.gross_cents, order.placed_by) == (TermOrderState.OPEN, 11_662, ANNA)
    assert order.consent.documents == VERSIONS
    assert order.consent.immediate_start
    assert told.body["payUntil"] == "2026-12-06T23:00:00Z"  # the end of that day
    assert fake.records.get(WhoseOrder, number).account == ACCOUNT
    assert {plant.open_order for plant in fake.records.all(Plant)} == {number}
    (event,) = fake.records.all(BillingEvent)
    assert (event.kind.value, event.detail["gross_cents"]) == ("OrderPlaced", 11_662)
    assert fake.records.all(Invoice) == []


def test_an_order_costs_one_read_a_number_and_one_transaction() -> None:
    plants = [a_plant(id=PlantId(f"{ACCOUNT}-{each}")) for each in range(1, 21)]
    fake, calls = desk(*plants)

    told = calls.post("/term-orders", body(20 * 4_900, *(plant.id for plant in plants)))

    assert told.status == 201
    assert (fake.records.reads, fake.records.writes) == (1, 1)


def test_the_mail_at_once_says_what_was_ordered_and_that_it_is_no_acceptance() -> None:
    fake, calls = desk(a_plant(credit_cents=900), account=consumer())

    number = calls.post("/term-orders", body(4_760)).body["orderNumber"]

    (notice,) = fake.told(NoticeKind.TERM_ORDER_RECEIVED)
    mail = JinjaWriter().mail(notice, {})
    assert notice.to == EMAIL
    assert mail.subject == f"Ihre Bestellung {number} ist bei uns eingegangen"
    for told in (
        "noch nicht unsere Auftragsbestätigung",
        "365 Tage, Anlage 10001-1 „Dach Süd“, 4.200 W: 49,00 €",
        "Restwerts der bisherigen Lizenz: -9,00 €",
        "Umsatzsteuer 19 %: 7,60 €",
        "Gesamtpreis: 47,60 €",
        "bis zum 06.12.2026",
    ):
        assert told in mail.text
    assert notice.details["documents"] == "terms:2026-01 privacy:2026-02"
    english = JinjaWriter().mail(replace(notice, language=Language.ENGLISH), {})
    assert "VAT 19 %: €7.60" in english.text


def test_what_is_repeated_is_answered_again_and_done_once() -> None:
    fake, calls = desk()

    first = calls.post("/term-orders", body(), Idempotency_Key="k1")
    again = calls.post("/term-orders", body(), Idempotency_Key="k1")

    assert again.body == first.body
    assert len(fake.records.all(TermOrder)) == 1
    other = calls.post("/term-orders", body(days=730), Idempotency_Key="k1")
    assert other.code == "IDEMPOTENCY_KEY_REUSED"


def test_an_order_of_nothing_to_pay_is_active_at_once() -> None:
    fake, calls = desk(a_plant(credit_cents=6_000, trial_from=TODAY - timedelta(days=50)))

    told = calls.post("/term-orders", body(0))

    assert told.body["state"] == "active"
    plant = fake.records.get(Plant, PLANT)
    assert plant.open_order is None
    assert plant.credit_cents == 1_100
    assert state(plant.rights(), TODAY) is TermState.ACTIVE
    (invoice,) = fake.records.all(Invoice)
    assert invoice.gross_cents == 0
    assert fake.records.get(TermOrder, ACCOUNT, told.body["orderNumber"]).invoice == invoice.id


def test_credit_is_an_orders_own_from_the_button_on_until_it_comes_to_nothing() -> None:
    fake, calls = desk(a_plant(credit_cents=900))
    number = calls.post("/term-orders", body(4_000)).body["orderNumber"]

    while_open = calls.get(f"/plants/{PLANT}").body["creditCents"]
    calls.post(f"/term-orders/{number}/cancellation")
    calls.post(f"/term-orders/{number}/cancellation")

    assert while_open == 0
    assert fake.records.get(Plant, PLANT).credit_cents == 900


def test_a_locked_plant_is_renewed_and_stays_locked() -> None:
    runs_out = a_term(after=TODAY - timedelta(days=360))
    over = TODAY - timedelta(days=400)
    fake, calls = desk(a_plant(trial_from=over, terms=(runs_out,), locks=(Lock(None),)))

    number = calls.post("/term-orders", body()).body["orderNumber"]
    paid = receive_payment(a_receipt(order=number, amount_cents=4_900), fake.office, at=NOON)

    assert paid.activated
    rights = fake.records.get(Plant, PLANT).rights()
    assert state(rights, TODAY) is TermState.LOCKED
    assert rights.end(TODAY) == runs_out.end + timedelta(days=365)


def test_who_loses_the_race_for_a_plant_is_told_of_the_open_order() -> None:
    fake, calls = desk()
    others = OrderNumber("2026-000099")
    plant = fake.records.get(Plant, PLANT)
    taken = replace(plant, open_order=others, version=2)
    fake.records.quicker.append(lambda: fake.records.put(taken))

    told = calls.post("/term-orders", body())

    assert (told.status, told.code, told.body["order"]) == (409, "ORDER_OPEN", others)
    assert fake.records.all(TermOrder) == []


def refused(told: Answer, fake: FakeOffice) -> tuple[int, str]:
    assert fake.records.all(TermOrder) == []
    assert fake.told(NoticeKind.TERM_ORDER_RECEIVED) == []
    return told.status, told.code


ENDED = a_plant(ended_at=NOON)
FRESH = a_plant(terms=(a_term(),))


@pytest.mark.parametrize(
    ("plant", "account", "asked", "no"),
    [
        (a_plant(), a_company(), body(4_901), (409, "PRICE_CHANGED")),
        (a_plant(), a_company(), body(4_900, f"{OTHER_ACCOUNT}-1"), (404, "NOT_FOUND")),
        (a_plant(), a_company(), body(4_900, f"{ACCOUNT}-7"), (404, "NOT_FOUND")),
        (a_plant(inverters=0, power_w=0), a_company(), body(), (409, "NO_INVERTERS")),
        (a_plant(open_order="2026-000007"), a_company(), body(), (409, "ORDER_OPEN")),
        (ENDED, a_company(), body(), (409, "PLANT_ENDED")),
        (FRESH, a_company(), body(), (409, "NOT_YET_RENEWABLE")),
        (a_plant(), a_company(locks=(Lock(None),)), body(), (423, "ACCOUNT_LOCKED")),
        (
            a_plant(),
            a_company(locks=(Lock(TODAY + DAY, scope=LockScope.NEW),)),
            body(),
            (423, "ACCOUNT_LOCKED"),
        ),
        (a_plant(), a_company(registrant=None, vat=None), body(), (409, "ADDRESS_MISSING")),
        (
            a_plant(),
            a_company(vat=a_standing(state=VatState.INVALID)),
            body(5_831),
            (409, "VAT_ID_INVALID"),
        ),
        (
            a_plant(),
            a_company(
                registrant=replace(CONSUMER, address=replace(CONSUMER.address, country="AT")),
                vat=None,
            ),
            body(),
            (403, "MONITORING_NOT_SOLD"),
        ),
        (
            a_plant(),
            a_company(),
            body(acceptedDocuments={"terms": "2026-01"}),
            (422, "CONTRACT_NOT_ACCEPTED"),
        ),
        (
            a_plant(),
            a_company(),
            body(acceptedDocuments={**VERSIONS, "terms": "2025-01"}),
            (409, "DOCUMENT_VERSION_UNKNOWN"),
        ),
        (a_plant(), a_company(), body(4_900, PLANT, PLANT), (422, "VALIDATION_FAILED")),
        (a_plant(), a_company(), body(days=366), (422, "VALIDATION_FAILED")),
    ],
)
def test_who_may_not_buy(
    plant: Plant, account: Account, asked: dict[str, Any], no: tuple[int, str]
) -> None:
    fake, calls = desk(plant, account=account)

    assert refused(calls.post("/term-orders", asked), fake) == no


def test_a_machine_orders_nothing() -> None:
    fake, calls = desk()

    assert refused(calls.by_machine().post("/term-orders", body()), fake) == (
        403,
        "NOT_FOR_MACHINES",
    )


def test_a_changed_price_comes_with_the_new_quote() -> None:
    _, calls = desk(a_plant(power_w=23_000))

    told = calls.post("/term-orders", body(4_900))

    assert told.body["quote"]["grossCents"] == 9_900


def test_a_licence_that_runs_on_is_renewable_from_a_day_that_is_told() -> None:
    _, calls = desk(FRESH)

    told = calls.post("/term-orders", body())

    assert told.body["renewableFrom"] == "2027-10-14"
    assert FRESH.terms[0].end - timedelta(days=40) == date(2027, 10, 14)


def test_a_verdict_that_is_too_old_starts_a_check_and_the_order_waits_for_nothing() -> None:
    fake, calls = desk(account=a_company(vat=a_standing(decided_at=NOON - 2 * DAY)))

    told = calls.post("/term-orders", body(), Idempotency_Key="k1")

    assert refused(told, fake) == (409, "vat_check_running")
    assert int(told.headers["retry-after"]) > 0
    assert [due.account for due in fake.records.all(VatDue)] == [ACCOUNT]


# --- afterwards


def test_orders_are_listed_and_shown_to_their_account_alone() -> None:
    _, calls = desk()
    number = calls.post("/term-orders", body()).body["orderNumber"]

    assert [one["orderNumber"] for one in calls.get("/term-orders").body["orders"]] == [number]
    assert calls.get(f"/term-orders/{number}").body["openCents"] == 4_900
    assert calls.of(OTHER_ACCOUNT).get(f"/term-orders/{number}").code == "NOT_FOUND"
    assert calls.of(OTHER_ACCOUNT).get("/term-orders").body["orders"] == []


def test_an_order_that_nobody_has_paid_can_be_cancelled_and_its_plant_ordered_for_again() -> None:
    fake, calls = desk()
    number = calls.post("/term-orders", body()).body["orderNumber"]

    done = calls.post(f"/term-orders/{number}/cancellation")
    again = calls.post(f"/term-orders/{number}/cancellation")

    assert (done.status, done.body["state"]) == (200, "cancelled")
    assert again.body == done.body
    (ended,) = [one for one in fake.records.all(BillingEvent) if "reason" in one.detail]
    assert (ended.kind, ended.detail["reason"]) == (BillingKind.ORDER_ENDED, "cancelled")
    assert fake.records.get(Plant, PLANT).open_order is None
    assert calls.post("/term-orders", body()).status == 201


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": TermOrderState.ACTIVE}, "ORDER_NOT_OPEN"),
        ({"state": TermOrderState.LAPSED}, "ORDER_NOT_OPEN"),
        ({"paid_cents": 1}, "ORDER_PARTLY_PAID"),
    ],
)
def test_what_is_paid_or_over_cannot_be_cancelled(change: dict[str, Any], code: str) -> None:
    fake, calls = desk()
    number = calls.post("/term-orders", body()).body["orderNumber"]
    order = fake.records.get(TermOrder, ACCOUNT, number)
    fake.records.put(replace(order, **change))

    assert calls.post(f"/term-orders/{number}/cancellation").code == code
    assert calls.post("/term-orders/2026-999999/cancellation").code == "NOT_FOUND"
    assert fake.records.read(Ref(Plant, (PLANT,)))[Ref(Plant, (PLANT,))].open_order == number  # type: ignore[union-attr]
