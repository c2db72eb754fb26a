"""Plants, and the terms that are bought for them, as a customer meets them over HTTP."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import openpyxl

from freischalt.account_ports import Put, Ref
from freischalt.domain.ids import PlantId
from freischalt.domain.plant import Plant
from tests.e2e.api import VERSIONS, Api, Caller, new_serial
from tests.e2e.running import SOON, wait_until

SITE = {
    "country": "DE",
    "postalCode": "72555",
    "city": "Metzingen",
    "latitude": 48.5376,
    "longitude": 9.2833,
}
PLANT: dict[str, Any] = {
    "name": "Scheune am Kelterberg",
    "site": SITE,
    "temperatureCoefficient": -0.38,
    "azimuth": 180,
    "tilt": 30,
    "moduleArea": 61.5,
    "feedInTariff": 8.11,
    "public": True,
}
SMALL, LARGE, LARGEST = "AE 1TL 4.2", "AE 3TL 8", "AE 3TL 20"
BERLIN = ZoneInfo("Europe/Berlin")


def today(api: Api) -> date:
    """By the vendor's calendar."""
    return api.desk.now().astimezone(BERLIN).date()


# --- plants and inverters


def new_plant(caller: Caller, **changes: Any) -> str:
    made = caller.post("/plants", {**PLANT, **changes})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def add_inverter(
    api: Api, caller: Caller, plant: str, serial: str = "", **said: Any
) -> httpx.Response:
    """With the code that is printed on it; of a serial number of its own if none is given."""
    body = {**api.printed_on(serial or new_serial()), **said}
    return caller.post(f"/plants/{plant}/inverters", body)


def a_plant_with(api: Api, caller: Caller, *types: str, **changes: Any) -> str:
    """One with an inverter of each of these types; its trial runs."""
    plant = new_plant(caller, **changes)
    for type_ in types:
        added = add_inverter(api, caller, plant, type=type_)
        assert added.status_code == 201, added.text
    return plant


def seen(caller: Caller, plant: str) -> dict[str, Any]:
    shown = caller.get(f"/plants/{plant}")
    assert shown.status_code == 200, shown.text
    told: dict[str, Any] = shown.json()
    return told


# --- lists


def filled_in(template: bytes, *rows: Sequence[str | None]) -> bytes:
    """The template that was downloaded, with these rows below its header."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            sheet.cell(number, column, value)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def upload(form: dict[str, Any], content: bytes) -> httpx.Response:
    """As a browser does with the presigned form: its fields in their order, and then the file."""
    fields = {name: (None, value) for name, value in form["fields"].items()}
    files: Any = {**fields, "file": ("wechselrichter.xlsx", content)}
    return httpx.post(form["url"], files=files, timeout=SOON)


def checked(caller: Caller, plant: str, id_: str) -> dict[str, Any]:
    """What came of a list, once it is known."""

    def ended() -> dict[str, Any] | None:
        told: dict[str, Any] = caller.get(f"/plants/{plant}/inverter-lists/{id_}").json()
        return told if told["endedAt"] else None

    return wait_until(ended, "the end of the list") or {}


# --- buying


def quote(caller: Caller, *plants: str, days: int = 365, at_once: bool = True) -> dict[str, Any]:
    shown = caller.post("/quotes", {"plants": plants, "days": days, "immediateStart": at_once})
    assert shown.status_code == 200, shown.text
    told: dict[str, Any] = shown.json()
    return told


def order(
    caller: Caller, *plants: str, days: int = 365, key: str = "", **said: Any
) -> httpx.Response:
    """At the price that a quote has just shown; `said` is what else the button sends."""
    shown = (
        {}
        if "grossCents" in said
        else {"grossCents": quote(caller, *plants, days=days)["grossCents"]}
    )
    body = {
        "plants": plants,
        "days": days,
        "immediateStart": True,
        "acceptedDocuments": VERSIONS,
        "language": "de",
        **shown,
        **said,
    }
    return caller.post("/term-orders", body, **({"Idempotency_Key": key} if key else {}))


def ordered(caller: Caller, *plants: str, days: int = 365, **said: Any) -> str:
    """Its number."""
    placed = order(caller, *plants, days=days, **said)
    assert placed.status_code == 201, placed.text
    return str(placed.json()["orderNumber"])


def payment_page(api: Api, caller: Caller, number: str) -> str:
    """The address of what a person does on the page on which it is paid."""
    page = caller.post(f"/term-orders/{number}/payment-page")
    assert page.status_code == 200, page.text
    _, _, id_ = page.json()["url"].rpartition("/")
    return f"{api.desk.stack.pay}/_pages/{id_}"


def settle_dispute(api: Api, operator: Caller, number: str) -> httpx.Response:
    """The bank of whoever has paid takes the money back, and an operator has seen to it."""
    pages = httpx.get(f"{api.desk.stack.pay}/_pages", timeout=SOON).json()
    (intent,) = (
        page["payment_intent"]
        for page in pages
        if page["metadata"]["order"] == number and page["payment_intent"]
    )
    bank = f"{api.desk.stack.pay}/_payments/{intent}"
    httpx.post(bank, json={"move": "dispute"}, timeout=SOON).raise_for_status()
    (setback,) = wait_until(lambda: setbacks(operator, f"stripe:{intent}"), "the dispute")
    settlement = f"/operator/payments/stripe:{intent}/setbacks/{setback['id']}/settlement"
    seen = {"state": setback["state"], "note": "Beim Zahlungsdienst beantwortet"}
    return operator.post(settlement, seen)


def setbacks(operator: Caller, payment: str) -> list[dict[str, Any]]:
    known = operator.get("/operator/payments").json()["payments"]
    return [one for each in known if each["id"] == payment for one in each["setbacks"]]


def pay(api: Api, caller: Caller, number: str, choice: str = "card") -> None:
    page = payment_page(api, caller, number)
    httpx.post(page, json={"choice": choice}, timeout=SOON).raise_for_status()


def is_active(caller: Caller, number: str) -> dict[str, Any] | None:
    told: dict[str, Any] = caller.get(f"/term-orders/{number}").json()
    return told if told["state"] == "active" else None


def bought(api: Api, caller: Caller, *plants: str, days: int = 365) -> str:
    """Ordered, paid by card and active: the order's number."""
    number = ordered(caller, *plants, days=days)
    pay(api, caller, number)
    wait_until(lambda: is_active(caller, number), "the licence")
    return number


def transfer(api: Api, caller: Caller, number: str, cents: int, reference: str) -> httpx.Response:
    """An operator records it."""
    path = f"/operator/accounts/{caller.account}/term-orders/{number}/payments"
    return api.operator().post(path, received(api, cents, reference))


def received(api: Api, cents: int, reference: str) -> dict[str, Any]:
    """What an operator records of a transfer that has come today."""
    return {
        "amountCents": cents,
        "receivedOn": today(api).isoformat(),
        "reference": reference,
    }


def write_invoices(api: Api) -> None:
    """What the schedule does each minute."""
    name = api.desk.stack.deployment.physical_id("WriteInvoices")
    done = api.desk.functions.invoke(FunctionName=name, Payload=json.dumps({}).encode())
    assert "FunctionError" not in done, done["Payload"].read()


def invoices(api: Api, caller: Caller, count: int = 1) -> list[dict[str, Any]]:
    """All of the account, once so many are written."""

    def written() -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = caller.get("/invoices").json()["invoices"]
        return told if sum(one["file"] is not None for one in told) >= count else []

    if not written():
        write_invoices(api)
    return wait_until(written, f"{count} invoices")


# --- the table, for what takes days


def let_days_pass(api: Api, plant: str, days: int) -> None:
    """As no call could: the plant's trial and terms began so many days earlier."""
    records, ref = api.desk.records, Ref(Plant, (PlantId(plant),))
    found, by = records.read(ref)[ref], timedelta(days=days)
    assert found
    assert found.trial_from
    terms = tuple(replace(term, after=term.after - by) for term in found.terms)
    records.write(Put(replace(found, trial_from=found.trial_from - by, terms=terms)))
