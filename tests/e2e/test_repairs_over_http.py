"""Repair orders over real HTTP: from the form to the customer's answer.

Each test names the section of the source (document 004) that it shows.
"""

from datetime import timedelta
from typing import Any

import pytest

from tests.e2e.api import Api, Caller, found, problem
from tests.e2e.running import wait_until
from tests.e2e.terms import today

pytestmark = pytest.mark.e2e

ADVOCATE = "reparatur@example.com"
ITEMS = [
    {"text": "Austauschgerät bis 5 kW", "netCents": 49_900},
    {"text": "Anfahrt", "netCents": 8_900},
]


@pytest.fixture
def caller(api: Api) -> Caller:
    return api.customer()


def asked(caller: Caller, **changes: Any) -> dict[str, Any]:
    return {
        "contact": {"name": "Anna Huber", "email": f"{caller.name}@example.org"},
        "device": {"category": "older", "type": "REFUsol 020K", "serial": "SN-4711"},
        "remoteMonitoring": "AE SiteLink, Portal-ID 12",
        "fault": "Meldet seit gestern Isolationsfehler, nur bei Regen.",
        "specialSettings": "cos phi 0,95 untererregt",
        **changes,
    }


def requested(caller: Caller) -> str:
    """Its id."""
    made = caller.post("/repair-orders", asked(caller))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def offered(api: Api, caller: Caller, id_: str) -> Any:
    """What the customer sees of the advocate's offer."""
    body = {
        "items": ITEMS,
        "text": "Wir tauschen das Gerät.",
        "validUntil": (today(api) + timedelta(days=14)).isoformat(),
    }
    path = f"/operator/accounts/{caller.account}/repair-orders/{id_}/offer"
    assert api.operator().post(path, body).status_code == 201
    return caller.get(f"/repair-orders/{id_}")


def mail_to_advocate(api: Api, about: str, id_: str) -> str:
    def texts() -> list[str]:
        told = api.mails(ADVOCATE)
        return [one["text"] for one in told if about in one["subject"] and id_ in one["subject"]]

    return wait_until(texts, f"{about} {id_}")[-1]


def test_there_are_four_categories_of_devices(api: Api) -> None:
    """Section 19, to the letter."""
    told = api.anybody().get("/repairs/categories", headers={"Accept-Language": "de"})

    assert [one["name"] for one in told.json()["categories"]] == [
        "AE Geräte (Neugeräte geliefert ab 01.01.2015)",
        "AE / REFU Geräte (Neugeräte geliefert bis 31.12.2014)",
        "Siemens Wechselrichter DE und Sinvert Controllbox",
        "AE / REFU / Siemens Gerätereparatur außerhalb der Gewährleistung",
    ]


def test_everybody_can_read_what_repairs_cost(api: Api) -> None:
    """Section 21: the whole list of repair prices."""
    told = api.anybody().get("/repairs/prices").json()

    assert told["currency"] == "EUR"
    assert {one["name"] for one in told["prices"]} >= {"Fehlerdiagnose", "Anfahrt"}
    assert all(one["netCents"] > 0 for one in told["prices"])


def test_the_form_is_to_be_filled_in_completely(caller: Caller) -> None:
    """Section 22: contact, device, remote monitoring, fault, and special settings if any."""
    complete = asked(caller)
    for field in ("contact", "device", "remoteMonitoring", "fault"):
        lacking = {name: value for name, value in complete.items() if name != field}
        told = problem(caller.post("/repair-orders", lacking), 422, "VALIDATION_FAILED")
        assert told["errors"][0]["pointer"] == f"/{field}"
    unknown = {**complete["device"], "category": "toaster"}
    told = problem(
        caller.post("/repair-orders", asked(caller, device=unknown)), 422, "VALIDATION_FAILED"
    )
    assert told["errors"][0]["pointer"] == "/device/category"
    assert caller.get("/repair-orders").json()["repairOrders"] == []

    del complete["specialSettings"]
    assert caller.post("/repair-orders", complete).status_code == 201


def test_an_advocate_looks_into_it_and_offers_and_the_customer_accepts(
    api: Api, caller: Caller
) -> None:
    """Section 22: checked by the vendor, then an offer; 23: how to pay is talked about."""
    id_ = requested(caller)
    path = f"/operator/accounts/{caller.account}/repair-orders/{id_}"
    assert path in mail_to_advocate(api, "Reparaturauftrag", id_)
    full = api.operator().get(path).json()
    assert full["fault"] == asked(caller)["fault"]
    assert full["device"]["categoryName"].startswith("AE / REFU Geräte")

    shown = offered(api, caller, id_)

    offer = shown.json()["offer"]
    assert (offer["netCents"], offer["vatCents"], offer["grossCents"]) == (58_800, 11_172, 69_972)
    told = api.mail(f"{caller.name}@example.org", f"Unser Angebot zu Ihrem Reparaturauftrag {id_}")
    assert "Gesamtpreis: 699,72 €" in told
    assert "Wie Sie die Reparatur bezahlen, besprechen Sie bitte mit uns." in told
    assert found(r"(\S*/repair-orders/\S+)", told).endswith(id_)
    accepted = caller.post(f"/repair-orders/{id_}/acceptance", None, If_Match=shown.headers["etag"])
    assert (accepted.status_code, accepted.json()["state"]) == (201, "accepted")
    assert "699,72 €" in mail_to_advocate(api, "Angebot angenommen", id_)


def test_an_offer_can_be_declined_and_a_better_one_takes_its_place(
    api: Api, caller: Caller
) -> None:
    """Section 22: nobody but the customer answers, and only the offer that was read."""
    id_ = requested(caller)
    first = offered(api, caller, id_).headers["etag"]
    second = offered(api, caller, id_).headers["etag"]
    path = f"/repair-orders/{id_}"
    problem(caller.post(f"{path}/acceptance", None, If_Match=first), 412, "CHANGED_MEANWHILE")
    problem(caller.post(f"{path}/declination"), 428, "PRECONDITION_REQUIRED")
    problem(api.customer().get(path), 404, "NOT_FOUND")

    declined = caller.post(f"{path}/declination", None, If_Match=second)

    assert (declined.status_code, declined.json()["state"]) == (201, "declined")
    assert mail_to_advocate(api, "Angebot abgelehnt", id_)
    late = caller.post(f"{path}/acceptance", None, If_Match=second)
    assert late.status_code in {409, 412}
