"""Terms of plants over real HTTP: what they cost, how they are bought, grow and end.

Each test names the section of the source (document 004) that it shows.
"""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from freischalt.domain.address import Address, CustomerKind
from tests.e2e.api import VERSIONS, Api, Caller, new_serial, problem
from tests.e2e.running import SOON, wait_until
from tests.e2e.terms import (
    LARGE,
    LARGEST,
    SMALL,
    a_plant_with,
    add_inverter,
    bought,
    invoices,
    is_active,
    let_days_pass,
    new_plant,
    order,
    ordered,
    pay,
    payment_page,
    quote,
    seen,
    today,
    transfer,
)

pytestmark = pytest.mark.e2e

DOCUMENTS = ["Nutzungsbedingungen.html", "AGB.html", "Datenschutzerklaerung.html", "FAQ.html"]
WITHDRAWAL = "Widerrufsbelehrung.html"
YEAR = timedelta(days=365)
PAST_THE_TRIAL = 41


@pytest.fixture
def caller(api: Api) -> Caller:
    return api.customer()


def mail(api: Api, caller: Caller, subject: str) -> dict[str, Any]:
    """The mail with this subject, once it has come."""

    def found() -> list[dict[str, Any]]:
        mails: list[Any] = api.mails(f"{caller.name}@example.org")
        return [mail for mail in mails if mail["subject"] == subject]

    return wait_until(found, subject)[-1]


def file_of(api: Api, caller: Caller, invoice: dict[str, Any]) -> bytes:
    """The PDF behind the link, which opens without a token."""
    link = caller.get(invoice["file"]).json()["url"]
    got = httpx.get(link, timeout=SOON)
    assert got.status_code == 200
    assert got.content.startswith(b"%PDF-")
    return got.content


# --- what it costs


def test_everybody_can_read_the_prices(api: Api) -> None:
    """Sections 10 and 21: the whole list, of terms and of repairs."""
    told = api.anybody().get("/prices").json()

    assert {days for band in told["terms"] for days in band["netCents"]} == {"365", "730"}
    limits = [band["upToW"] for band in told["terms"]]
    assert limits == [5_000, 10_000, 30_000, 100_000, 500_000, None]
    assert told["unknownPowerW"] == 20_000
    assert told["repairs"] == api.anybody().get("/repairs/prices").json()["prices"]
    assert all(price["netCents"] > 0 for price in told["repairs"])


def test_the_total_price_is_shown_and_how_it_comes_about(api: Api, caller: Caller) -> None:
    """Section 11: before the order there is the total price in euros, with the VAT."""
    plant = a_plant_with(api, caller, SMALL)

    shown = {days: quote(caller, plant, days=days) for days in (365, 730)}

    assert {days: one["netCents"] for days, one in shown.items()} == {365: 2_900, 730: 4_900}
    assert shown[365]["vat"]["percent"] == "19"
    assert (shown[365]["vat"]["cents"], shown[365]["grossCents"]) == (551, 3_451)
    assert shown[365]["currency"] == "EUR"


def test_an_unknown_inverter_counts_20000_watts_until_its_type_is_reported(
    api: Api, caller: Caller
) -> None:
    """Section 11: 20.000 W are taken for a type that is unknown; corrected, the price is right."""
    plant, serial = new_plant(caller), new_serial()
    add_inverter(api, caller, plant, serial)
    assert seen(caller, plant)["warnings"] == ["unknown_inverter"]
    shown = quote(caller, plant)
    (line,) = shown["lines"]
    assert (line["powerW"], line["unknown"], line["netCents"]) == (20_000, 1, 9_900)
    assert plant in shown["warnings"][0]
    path = f"/plants/{plant}/inverters/{serial}"

    etag = caller.get(path).headers["etag"]
    assert caller.put(path, {"type": SMALL}, If_Match=etag).json()["powerW"] == 4_200

    corrected = quote(caller, plant)
    (line,) = corrected["lines"]
    assert (line["powerW"], line["unknown"], line["netCents"]) == (4_200, 0, 2_900)
    assert corrected["warnings"] == []


# --- the order


def test_nothing_is_ordered_without_consent_nor_at_a_price_that_was_not_shown(
    api: Api, caller: Caller
) -> None:
    """Section 11: the checkbox of the contract terms, and the total price beside the button."""
    plant = a_plant_with(api, caller, SMALL)

    for accepted in ({}, {"terms": VERSIONS["terms"]}):
        refused = order(caller, plant, acceptedDocuments=accepted)
        problem(refused, 422, "CONTRACT_NOT_ACCEPTED")
    old = order(caller, plant, acceptedDocuments={**VERSIONS, "terms": "2025-01"})
    problem(old, 409, "DOCUMENT_VERSION_UNKNOWN")
    told = problem(order(caller, plant, grossCents=3_450), 409, "PRICE_CHANGED")

    assert told["quote"]["grossCents"] == 3_451
    assert caller.get("/term-orders").json()["orders"] == []
    assert seen(caller, plant)["openOrder"] is None


def test_an_order_is_acknowledged_and_once_paid_accepted_with_the_invoice(
    api: Api, caller: Caller
) -> None:
    """Section 11: two mails with all documents; the contract comes about with the second."""
    plant = a_plant_with(api, caller, SMALL)
    let_days_pass(api, plant, PAST_THE_TRIAL)
    number = ordered(caller, plant)
    first = mail(api, caller, f"Ihre Bestellung {number} ist bei uns eingegangen")
    assert first["attachments"] == [*DOCUMENTS, WITHDRAWAL]
    assert "Gesamtpreis: 34,51 €" in first["text"]
    assert "noch nicht unsere Auftragsbestätigung" in first["text"]
    assert not caller.get(f"/entitlements/{plant}").json()["allowed"]

    pay(api, caller, number)

    wait_until(lambda: is_active(caller, number), "the licence")
    shown = seen(caller, plant)
    first_day_without = today(api) + YEAR + timedelta(days=1)
    assert (shown["state"], shown["end"]) == ("active", first_day_without.isoformat())
    assert caller.get(f"/entitlements/{plant}").json()["allowed"]
    (invoice,) = invoices(api, caller)
    second = mail(api, caller, f"Auftragsbestätigung zu Ihrer Bestellung {number}")
    assert second["attachments"] == [f"{invoice['number']}.pdf", *DOCUMENTS, WITHDRAWAL]
    assert "der Lizenzvertrag ist damit zustande gekommen" in second["text"]
    assert (invoice["grossCents"], invoice["paid"]) == (3_451, True)
    assert b"factur-x.xml" in file_of(api, caller, invoice)
    problem(api.customer().get(invoice["file"]), 404, "NOT_FOUND")


def test_the_contracts_language_is_english_for_whoever_wants_it(api: Api, caller: Caller) -> None:
    """Section 11: the contract's languages are German and English."""
    plant = a_plant_with(api, caller, SMALL)

    number = ordered(caller, plant, language="en")

    assert caller.get(f"/term-orders/{number}").json()["language"] == "en"
    told = wait_until(lambda: api.mails(f"{caller.name}@example.org"), "the mail")[-1]
    assert "Total: €34.51" in told["text"]
    assert number in told["subject"]
    assert "Bestellung" not in told["subject"]


def test_companies_get_no_notice_of_a_right_that_they_have_not(api: Api) -> None:
    """Section 11: the withdrawal notice is for consumers in Germany."""
    swiss = Address("Weg 1", "8001", "Zürich", "CH")
    company = api.customer(kind=CustomerKind.COMPANY, name="Beispiel AG", address=swiss)
    plant = a_plant_with(api, company, SMALL)

    number = ordered(company, plant)

    told = mail(api, company, f"Ihre Bestellung {number} ist bei uns eingegangen")
    assert told["attachments"] == DOCUMENTS
    assert caller_quote(company, number)["vat"]["rule"] == "outside_eu"


def caller_quote(caller: Caller, number: str) -> dict[str, Any]:
    told: dict[str, Any] = caller.get(f"/term-orders/{number}").json()["quote"]
    return told


def test_the_documents_can_be_viewed_by_everybody(api: Api) -> None:
    """Section 3 and 11: terms, general terms, privacy policy, FAQ, and the withdrawal notice."""
    for kind in ("terms", "general-terms", "privacy", "faq", "withdrawal"):
        for language in ("de", "en"):
            page = api.anybody().get(f"/documents/{kind}?language={language}")
            assert page.headers["content-type"] == "text/html; charset=utf-8", kind
            assert page.headers["content-language"] == language
            assert f'<html lang="{language}">' in page.text


def test_the_same_order_is_placed_once(api: Api, caller: Caller) -> None:
    """The specification: `Idempotency-Key` on the order; one open order for each plant."""
    plant = a_plant_with(api, caller, SMALL)
    placed = order(caller, plant, key="button-1")

    again = order(caller, plant, key="button-1")

    assert (placed.status_code, again.json()) == (201, placed.json())
    told = problem(order(caller, plant), 409, "ORDER_OPEN")
    assert told["order"] == placed.json()["orderNumber"]
    assert len(caller.get("/term-orders").json()["orders"]) == 1


def test_power_that_was_under_reported_is_charged_later(api: Api, caller: Caller) -> None:
    """Section 11: the vendor may charge later what was paid too little; the term stays."""
    plant = a_plant_with(api, caller, SMALL)
    number = bought(api, caller, plant)
    end = seen(caller, plant)["end"]
    path = f"/operator/accounts/{caller.account}/term-orders/{number}/reinvoice"
    found = {"plant": plant, "powerW": 8_000, "reason": "Typenschild"}

    assert api.operator().post(path, found).status_code == 202

    correction = next(one for one in invoices(api, caller, 2) if one["kind"] == "correction")
    assert (correction["netCents"], correction["of"]) == (4_900 - 2_900, number)
    assert not correction["paid"]
    subject = f"Rechnung {correction['number']}: Nachberechnung zu Ihrer Bestellung {number}"
    assert mail(api, caller, subject)["attachments"][0] == f"{correction['number']}.pdf"
    assert seen(caller, plant)["end"] == end
    problem(api.operator().post(path, found), 409, "NOTHING_TO_CHARGE")


# --- paying


def test_the_price_is_the_same_however_it_is_paid(api: Api, caller: Caller) -> None:
    """Section 12: the total price holds whatever means of payment is chosen."""
    by_card, slowly, by_transfer = (a_plant_with(api, caller, SMALL) for _ in range(3))
    gross = quote(caller, by_card)["grossCents"]

    first = ordered(caller, by_card)
    page = payment_page(api, caller, first)
    assert payment_page(api, caller, first) == page  # the same, as long as it is open
    shown = httpx.get(page, timeout=SOON).json()
    assert sum(line["cents"] for line in shown["lines"]) == shown["amount_total"] == gross
    httpx.post(page, json={"choice": "card"}, timeout=SOON).raise_for_status()
    wait_until(lambda: is_active(caller, first), "the licence that was paid by card")

    second = ordered(caller, slowly)
    page = payment_page(api, caller, second)
    httpx.post(page, json={"choice": "slow"}, timeout=SOON).raise_for_status()
    again = f"/term-orders/{second}/payment-page"
    wait_until(lambda: not caller.post(again).is_success, "that it is under way")
    problem(caller.post(again), 409, "PAYMENT_UNDER_WAY")
    assert not is_active(caller, second)
    outcome = {"outcome": "succeeded"}
    httpx.post(f"{page}/outcome", json=outcome, timeout=SOON).raise_for_status()
    wait_until(lambda: is_active(caller, second), "the licence that was paid slowly")

    third = ordered(caller, by_transfer)
    assert transfer(api, caller, third, gross, f"Auszug {third}").status_code == 201
    assert is_active(caller, third)
    problem(caller.post(f"/term-orders/{third}/payment-page"), 409, "ORDER_NOT_TO_BE_PAID")

    paid = {one["orderNumber"]: one["paidCents"] for one in orders(caller)}
    assert paid == dict.fromkeys((first, second, third), gross)


def orders(caller: Caller) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = caller.get("/term-orders").json()["orders"]
    return told


def test_an_order_that_is_not_paid_gives_nothing_and_can_be_cancelled(
    api: Api, caller: Caller
) -> None:
    """Section 12: the period of use is extended on receipt of the money, and not before."""
    plant = a_plant_with(api, caller, SMALL)
    number, end = ordered(caller, plant), seen(caller, plant)["end"]
    page = payment_page(api, caller, number)
    httpx.post(page, json={"choice": "cancel"}, timeout=SOON).raise_for_status()
    assert (seen(caller, plant)["end"], seen(caller, plant)["openOrder"]) == (end, number)

    assert caller.post(f"/term-orders/{number}/cancellation").json()["state"] == "cancelled"

    assert seen(caller, plant)["openOrder"] is None
    received = transfer(api, caller, number, 3_451, f"Zu spät {number}")
    assert (received.json()["mismatch"], received.json()["aside"]) == ("order_not_open", True)
    assert seen(caller, plant)["end"] == end
    waiting = api.operator().get("/operator/payments?limit=50").json()["payments"]
    assert received.json()["id"] in {one["id"] for one in waiting}
    back = api.operator().post(
        f"/operator/payments/{received.json()['id']}/settlement", {"note": "Zurücküberwiesen"}
    )
    assert not back.json()["aside"]


def test_several_plants_are_bought_with_one_order(api: Api, caller: Caller) -> None:
    """Section 13: one line each, one price, one payment, one invoice."""
    plants = [a_plant_with(api, caller, type_) for type_ in (SMALL, LARGE, LARGEST)]

    number = bought(api, caller, *plants, days=730)

    shown = caller_quote(caller, number)
    assert [line["plant"] for line in shown["lines"]] == plants
    assert [line["netCents"] for line in shown["lines"]] == [4_900, 8_900, 17_900]
    assert shown["netCents"] == 31_700
    assert {seen(caller, plant)["licensedPowerW"] for plant in plants} == {4_200, 8_000, 20_000}
    (invoice,) = invoices(api, caller)
    assert invoice["netCents"] == 31_700


# --- more power


def test_growth_is_told_with_its_cost_and_then_ends_the_licence(api: Api, caller: Caller) -> None:
    """Section 14: the right ends; what is left is credited on a licence from the extension on."""
    plant = a_plant_with(api, caller, SMALL)
    let_days_pass(api, plant, PAST_THE_TRIAL)
    bought(api, caller, plant)
    let_days_pass(api, plant, 73)  # a fifth of the term
    serial = new_serial()
    warned = problem(
        add_inverter(api, caller, plant, serial, type=LARGE), 409, "GROWTH_NOT_ACCEPTED"
    )

    growth = warned["growth"]
    credit = 2_900 * (365 - 73) // 365
    assert (growth["licensedPowerW"], growth["powerW"]) == (4_200, 12_200)
    assert (growth["creditCents"], growth["endsOn"]) == (credit, today(api).isoformat())
    assert [(one["days"], one["netCents"]) for one in growth["offers"]] == [
        (365, 9_900 - credit),
        (730, 17_900 - credit),
    ]
    assert growth["offers"][0]["firstDay"] == (today(api) + timedelta(days=1)).isoformat()
    assert seen(caller, plant)["state"] == "active"
    assert seen(caller, plant)["inverters"] == 1

    accepted = add_inverter(api, caller, plant, serial, type=LARGE, acceptGrowth=True)

    assert accepted.status_code == 201
    shown = seen(caller, plant)
    assert (shown["state"], shown["creditCents"]) == ("expired", credit)
    assert "outgrown" in shown["warnings"]
    assert not caller.get(f"/entitlements/{plant}").json()["allowed"]
    assert "12200 W" in mail(api, caller, f"Mehr Leistung als lizenziert: {shown['name']}")["text"]
    assert quote(caller, plant)["grossCents"] == growth["offers"][0]["grossCents"]
    number = bought(api, caller, plant)
    shown = seen(caller, plant)
    assert (shown["state"], shown["licensedPowerW"]) == ("active", 12_200)
    assert shown["end"] == (today(api) + YEAR + timedelta(days=1)).isoformat()
    assert (shown["creditCents"], shown["warnings"]) == (0, [])
    (line,) = caller_quote(caller, number)["lines"]
    assert (line["listCents"], line["creditCents"]) == (9_900, credit)


def test_power_within_the_licence_changes_nothing(api: Api, caller: Caller) -> None:
    """Section 14: only what exceeds the licensed power ends the right."""
    plant = a_plant_with(api, caller, LARGE)
    bought(api, caller, plant)
    end = seen(caller, plant)["end"]
    (inverter,) = caller.get(f"/plants/{plant}/inverters").json()["inverters"]

    exchanged = {**api.printed_on(new_serial()), "type": SMALL}
    path = f"/plants/{plant}/inverters/{inverter['serial']}/exchange"
    assert caller.post(path, exchanged).status_code == 201

    shown = seen(caller, plant)
    assert (shown["end"], shown["powerW"], shown["licensedPowerW"]) == (end, 4_200, 8_000)
    assert shown["warnings"] == []


# --- the end


def test_a_licence_can_be_renewed_from_40_days_before_its_end(api: Api, caller: Caller) -> None:
    """Section 15: "Lizenz erneuern" is there from 40 days before; no day already had is lost."""
    plant = a_plant_with(api, caller, SMALL)
    let_days_pass(api, plant, PAST_THE_TRIAL)
    bought(api, caller, plant)
    end = date.fromisoformat(seen(caller, plant)["end"])
    early = caller.post("/quotes", {"plants": [plant], "days": 365})
    told = problem(early, 409, "NOT_YET_RENEWABLE")
    assert told["renewableFrom"] == (end - timedelta(days=40)).isoformat()
    assert not seen(caller, plant)["renewable"]

    let_days_pass(api, plant, (end - today(api)).days - 40)

    shown = seen(caller, plant)
    end = today(api) + timedelta(days=40)
    assert (shown["state"], shown["renewable"]) == ("expiring", True)
    assert shown["end"] == end.isoformat()
    assert caller.get(f"/entitlements/{plant}").json()["renewable"]
    bought(api, caller, plant)
    assert seen(caller, plant)["end"] == (end + YEAR).isoformat()
    assert seen(caller, plant)["state"] == "active"


def test_at_its_end_the_right_is_gone_by_itself(api: Api, caller: Caller) -> None:
    """Section 15: nothing has to be cancelled, and nothing is renewed unasked."""
    plant = a_plant_with(api, caller, SMALL)
    let_days_pass(api, plant, PAST_THE_TRIAL)
    number = bought(api, caller, plant)

    let_days_pass(api, plant, 365)
    last_day = seen(caller, plant)
    let_days_pass(api, plant, 1)
    over = seen(caller, plant)

    assert last_day["state"] == "expiring"
    assert (over["state"], over["renewable"]) == ("expired", True)
    told = caller.get(f"/entitlements/{plant}").json()
    assert (told["allowed"], told["state"]) == (False, "expired")
    assert [one["orderNumber"] for one in orders(caller)] == [number]
    assert quote(caller, plant)["grossCents"] == 3_451
