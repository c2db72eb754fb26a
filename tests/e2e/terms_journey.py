"""Through every operation of plants, terms and money, as a customer and an operator would."""

from collections.abc import Iterator

import httpx

from tests.e2e.api import Api, Caller, new_serial
from tests.e2e.running import wait_until
from tests.e2e.terms import (
    LARGE,
    LARGEST,
    PLANT,
    SMALL,
    add_inverter,
    checked,
    filled_in,
    invoices,
    is_active,
    new_plant,
    order,
    pay,
    received,
    settle_dispute,
    transfer,
    upload,
)

TOLD_OF_THEM = {
    *("Scheune am Kelterberg", "Dach der Zehntscheuer"),
    *("Ludwig Widerruf", "UEBERWEISUNG-4711", "Zuviel-Überwiesenes", "Typenschild nachgelesen"),
    *("NACHZAHLUNG-4712", "OHNE-ANGABE-4713"),
}
"""What a customer or an operator enters here and no log may have."""


def terms_journey(api: Api) -> Iterator[httpx.Response]:
    caller = api.customer()
    yield from plants_journey(api, caller)
    plants = new_plant(caller), new_plant(caller)
    yield from lists_journey(api, caller, plants[0])
    yield from purchase_journey(api, caller, *plants)
    yield from money_journey(api, caller, new_plant(caller))
    yield from lock_journey(api, caller, plants[0])


def plants_journey(api: Api, caller: Caller) -> Iterator[httpx.Response]:
    one, other = new_serial(), new_serial()
    yield caller.get("/inverter-types")
    made = caller.post("/plants", PLANT)
    yield made
    plant = f"/plants/{made.json()['id']}"
    new_name = {**PLANT, "name": "Dach der Zehntscheuer"}
    yield caller.put(plant, new_name, If_Match=made.headers["etag"])
    yield caller.post(f"{plant}/inverters", api.printed_on(one))
    yield caller.get(f"{plant}/inverters")
    inverter = caller.get(f"{plant}/inverters/{one}")
    yield inverter
    etag = inverter.headers["etag"]
    yield caller.put(f"{plant}/inverters/{one}", {"name": "WR 1"}, If_Match=etag)
    yield caller.post(f"{plant}/inverters/{one}/exchange", api.printed_on(other))
    yield caller.delete(f"{plant}/inverters/{other}")
    yield api.operator().delete(f"/operator/activations/{other}")
    yield caller.put(f"{plant}/guests/10001", None)
    yield caller.delete(f"{plant}/guests/10001")
    yield caller.put(f"{plant}/production", {"on": "2026-01-01", "dayWh": 1, "totalWh": 2})
    yield caller.get(plant)
    yield caller.get("/plants")
    theirs = f"/operator/accounts/{caller.account}"
    yield api.operator().get(f"{theirs}/plants")
    yield api.operator().get(f"{theirs}{plant}/inverters")
    yield caller.delete(plant)


def lists_journey(api: Api, caller: Caller, plant: str) -> Iterator[httpx.Response]:
    template = caller.get("/inverter-list-template")
    yield template
    printed = api.printed_on(new_serial())
    begun = caller.post(f"/plants/{plant}/inverter-lists", {})
    yield begun
    row = (printed["serial"], printed["activationCode"], LARGE, "WR 1")
    yield upload(begun.json()["upload"], filled_in(template.content, row))
    checked(caller, plant, begun.json()["id"])


def purchase_journey(
    api: Api, caller: Caller, listed: str, single: str
) -> Iterator[httpx.Response]:
    """Two plants in one order, paid by card; one had more power than was said."""
    operator, base = api.operator(), f"/operator/accounts/{caller.account}"
    yield add_inverter(api, caller, single, type=SMALL)
    yield api.anybody().get("/prices")
    yield api.anybody().get("/documents/faq")
    yield caller.post("/quotes", {"plants": [listed, single], "days": 365})
    yield operator.post(f"{base}/quotes", {"plants": [listed, single], "days": 365})
    placed = order(caller, listed, single)
    yield placed
    number = placed.json()["orderNumber"]
    yield caller.get("/term-orders")
    yield caller.get(f"/term-orders/{number}")
    pay(api, caller, number)
    wait_until(lambda: is_active(caller, number), "the licences")
    yield settle_dispute(api, operator, number)
    yield caller.get(f"/entitlements/{listed}")
    yield api.anybody().get("/plants/public")
    (invoice,) = invoices(api, caller)
    yield caller.get(invoice["file"])
    file = operator.get(f"{base}/invoices").json()["invoices"][0]["file"]
    yield operator.get(file)
    yield operator.get(f"{base}/term-orders")
    more = {"plant": single, "powerW": 20_000, "reason": "Typenschild nachgelesen"}
    yield operator.post(f"{base}/term-orders/{number}/reinvoice", more)
    charged = next(one for one in invoices(api, caller, 2) if one["kind"] == "correction")
    paid = received(api, charged["grossCents"], "NACHZAHLUNG-4712")
    yield operator.post(f"{base}/invoices/{charged['id']}/payments", paid)
    assert caller.get("/invoices").json()["invoices"][0]["paid"]
    yield api.anybody().get("/withdrawals")
    email = f"{caller.name}@example.org"
    declared = {"name": "Ludwig Widerruf", "orderNumber": number, "email": email}
    yield api.anybody().post("/withdrawals", declared)
    waiting = operator.get("/operator/withdrawals")
    yield waiting
    (id_,) = (one["id"] for one in waiting.json()["withdrawals"] if one["orderNumber"] == number)
    yield operator.post(f"/operator/withdrawals/{id_}/acceptance", {"orderNumber": number})
    yield operator.post(f"/operator/withdrawals/{id_}/settlement", {"note": "erstattet"})


def money_journey(api: Api, caller: Caller, plant: str) -> Iterator[httpx.Response]:
    """Money for an order that was cancelled is put aside, and given to the next one."""
    operator = api.operator()
    yield add_inverter(api, caller, plant, type=LARGEST)
    cancelled = order(caller, plant).json()["orderNumber"]
    yield caller.post(f"/term-orders/{cancelled}/cancellation")
    next_ = order(caller, plant).json()
    cents = next_["quote"]["grossCents"]
    came = transfer(api, caller, cancelled, cents, "UEBERWEISUNG-4711")
    yield came
    yield operator.post("/operator/payments", received(api, 4_711, "OHNE-ANGABE-4713"))
    aside = operator.get("/operator/payments")
    yield aside
    id_ = came.json()["id"]
    assert id_ in {payment["id"] for payment in aside.json()["payments"]}
    settlement = {"note": "Zuviel-Überwiesenes", "order": next_["orderNumber"]}
    yield operator.post(f"/operator/payments/{id_}/settlement", settlement)
    assert is_active(caller, next_["orderNumber"])


def lock_journey(api: Api, caller: Caller, plant: str) -> Iterator[httpx.Response]:
    operator, base = api.operator(), f"/operator/accounts/{caller.account}/locks"
    lock = operator.post(base, {"reason": "security", "plant": plant})
    yield lock
    assert not caller.get(f"/entitlements/{plant}").json()["allowed"]
    yield operator.post(f"{base}/{lock.json()['id']}/lifting", {"resolution": "geklärt"})
    assert caller.get(f"/entitlements/{plant}").json()["allowed"]
