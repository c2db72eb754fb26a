"""Plants over real HTTP: who may have one, what is entered, and who may see it.

Each test names the section of the source (document 004) that it shows.
"""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from freischalt.domain.address import Address, CustomerKind
from tests.e2e.api import Api, Caller, new_serial, problem
from tests.e2e.terms import (
    LARGE,
    LARGEST,
    PLANT,
    SITE,
    SMALL,
    a_plant_with,
    add_inverter,
    bought,
    checked,
    filled_in,
    let_days_pass,
    new_plant,
    seen,
    today,
    upload,
)

pytestmark = pytest.mark.e2e

TRIAL = timedelta(days=40)
ZURICH = Address("Weg 1", "8001", "Zürich", "CH")
ATHENS = Address("Weg 1", "10431", "Athen", "GR")
VIENNA = Address("Weg 1", "1010", "Wien", "AT")


@pytest.fixture
def caller(api: Api) -> Caller:
    return api.customer()


# --- who may


@pytest.mark.parametrize(
    ("address", "partner"),
    [(ZURICH, "Servicepartner Schweiz"), (ATHENS, "Service Partner Hellas"), (VIENNA, None)],
)
def test_consumers_abroad_are_told_of_a_partner_there(
    api: Api, address: Address, partner: str | None
) -> None:
    """Section 8: consumers in Germany alone; in Greece and Switzerland partners buy for them."""
    told = problem(api.customer(address=address).post("/plants", PLANT), 403, "MONITORING_NOT_SOLD")

    assert "Verbrauchern mit Anschrift in Deutschland" in told["detail"]
    assert (partner in told["advice"]) if partner else (told.get("advice") is None)


def test_companies_may_wherever_they_are(api: Api) -> None:
    """Section 8: of companies it is not asked where they are."""
    company = api.customer(kind=CustomerKind.COMPANY, name="Beispiel AG", address=ZURICH)

    assert company.post("/plants", PLANT).status_code == 201


def test_an_owner_lets_somebody_else_watch(api: Api, caller: Caller) -> None:
    """Section 8: third parties may be allowed to monitor a plant; they see, and change nothing."""
    plant, guest = a_plant_with(api, caller, SMALL), api.customer()
    problem(guest.get(f"/plants/{plant}"), 404, "NOT_FOUND")

    assert caller.put(f"/plants/{plant}/guests/{guest.account}", None).status_code == 204

    shown = seen(guest, plant)
    assert (shown["byGuest"], shown["powerW"], shown["guests"]) == (True, 4_200, [])
    assert guest.get(f"/entitlements/{plant}").json()["allowed"]
    problem(guest.put(f"/plants/{plant}", PLANT, If_Match='"1"'), 404, "NOT_FOUND")
    problem(guest.delete(f"/plants/{plant}"), 404, "NOT_FOUND")
    problem(guest.post("/quotes", {"plants": [plant], "days": 365}), 404, "NOT_FOUND")
    assert caller.delete(f"/plants/{plant}/guests/{guest.account}").status_code == 204
    problem(guest.get(f"/plants/{plant}"), 404, "NOT_FOUND")
    problem(guest.get(f"/entitlements/{plant}"), 404, "NOT_FOUND")


def test_a_firmware_that_is_too_old_is_told(api: Api, caller: Caller) -> None:
    """Section 8: types have a firmware from which on they can be monitored."""
    types = caller.get("/inverter-types").json()["types"]
    (least,) = (each["leastFirmware"] for each in types if each["name"] == LARGE)
    plant, old, new = new_plant(caller), new_serial(), new_serial()

    add_inverter(api, caller, plant, old, type=LARGE, firmware="1.9.9")
    add_inverter(api, caller, plant, new, type=LARGE, firmware=least)

    told = {
        each["serial"]: each["warnings"]
        for each in caller.get(f"/plants/{plant}/inverters").json()["inverters"]
    }
    assert told == {old: ["firmware_unsupported"], new: []}
    assert seen(caller, plant)["warnings"] == ["firmware_unsupported"]


# --- what is entered


def test_a_plant_is_as_it_was_entered_and_can_be_corrected(caller: Caller) -> None:
    """Section 9: free are name, description and module label; mistakes are corrected later."""
    entered = {
        **PLANT,
        "name": "Kelter & Scheune „Süd“",
        "description": "Zwei Dächer,\nverschattet ab 16 Uhr",
        "moduleLabel": "XY-285 Ω",
        "kind": "pv-thermal",
        "temperatureCoefficient": -0.41,
        "azimuth": 172,
        "tilt": 28,
        "moduleArea": 48.25,
        "feedInTariff": 8.03,
        "generatorPowerW": 9_600,
        "public": False,
    }
    made = caller.post("/plants", entered)
    assert made.status_code == 201
    assert entered.items() <= made.json().items()
    path, etag = f"/plants/{made.json()['id']}", made.headers["etag"]

    corrected = {**entered, "feedInTariff": 8.11, "site": {**SITE, "latitude": 48.6}}
    assert caller.put(path, corrected, If_Match=etag).status_code == 200

    assert corrected.items() <= caller.get(path).json().items()
    problem(caller.put(path, entered, If_Match=etag), 412, "CHANGED_MEANWHILE")
    problem(caller.put(path, entered), 428, "PRECONDITION_REQUIRED")
    wrong = {**entered, "site": {**SITE, "postalCode": "7255"}}
    (error,) = problem(caller.post("/plants", wrong), 422, "VALIDATION_FAILED")["errors"]
    assert error["pointer"] == "/site/postalCode"


def test_everybody_sees_a_public_plant_and_where_it_is_not_whose(api: Api, caller: Caller) -> None:
    """Section 9: country, postal code, city, powers, the day's energy and all of it; no more."""
    city = f"Musterstadt {uuid4().hex[:8]}"
    plant = a_plant_with(
        api, caller, SMALL, site={**SITE, "city": city}, generatorPowerW=5_000, public=True
    )
    report = {"on": today(api).isoformat(), "dayWh": 21_400, "totalWh": 8_730_000}
    assert caller.put(f"/plants/{plant}/production", report).status_code == 204

    assert public_plants(api, city) == [
        {
            "country": "DE",
            "postalCode": "72555",
            "city": city,
            "generatorPowerW": 5_000,
            "acPowerW": 4_200,
            "production": report,
        }
    ]
    shown = caller.get(f"/plants/{plant}")
    hidden = {**PLANT, "site": {**SITE, "city": city}, "public": False}
    assert caller.put(f"/plants/{plant}", hidden, If_Match=shown.headers["etag"]).is_success
    assert public_plants(api, city) == []


def public_plants(api: Api, city: str) -> list[dict[str, Any]]:
    """Those of a city, from all pages; nobody has to sign in for them."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = api.anybody().get(f"/plants/public?limit=100{after}").json()
        found += [plant for plant in page["plants"] if plant["city"] == city]
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


# --- inverters


def test_the_first_inverter_begins_the_trial_once(api: Api, caller: Caller) -> None:
    """Section 9: nothing to pay; 40 days from the first activation on, the day itself uncounted."""
    plant = new_plant(caller)
    assert (seen(caller, plant)["state"], seen(caller, plant)["end"]) == (None, None)
    assert not caller.get(f"/entitlements/{plant}").json()["allowed"]

    add_inverter(api, caller, plant, type=SMALL)

    first_day_without = today(api) + TRIAL + timedelta(days=1)
    shown = seen(caller, plant)
    assert (shown["state"], shown["end"]) == ("trial", first_day_without.isoformat())
    let_days_pass(api, plant, 10)
    add_inverter(api, caller, plant, type=SMALL)
    assert seen(caller, plant)["end"] == (first_day_without - timedelta(days=10)).isoformat()
    let_days_pass(api, plant, 31)
    assert seen(caller, plant)["state"] == "expired"
    assert add_inverter(api, caller, plant, type=SMALL).status_code == 201
    assert seen(caller, plant)["state"] == "expired"


def test_an_inverter_needs_the_code_that_is_printed_on_it_which_works_once(
    api: Api, caller: Caller
) -> None:
    """Section 9: one by one, each with its activation code; without one the vendor is asked."""
    plant, serial = new_plant(caller), new_serial()
    printed = api.printed_on(serial)
    another = {**printed, "activationCode": api.printed_on(new_serial())["activationCode"]}
    problem(caller.post(f"/plants/{plant}/inverters", another), 422, "ACTIVATION_WRONG")

    assert caller.post(f"/plants/{plant}/inverters", printed).status_code == 201

    thief = api.customer()
    theirs = new_plant(thief)
    problem(thief.post(f"/plants/{theirs}/inverters", printed), 409, "ACTIVATION_USED")
    assert caller.delete(f"/plants/{plant}/inverters/{serial}").status_code == 204
    problem(caller.post(f"/plants/{plant}/inverters", printed), 409, "ACTIVATION_USED")
    assert api.operator().delete(f"/operator/activations/{serial}").status_code == 204
    assert thief.post(f"/plants/{theirs}/inverters", printed).status_code == 201


def test_inverters_are_listed_changed_exchanged_and_deleted(api: Api, caller: Caller) -> None:
    """Section 9: the list of a plant's inverters, and what can be done with each of them."""
    plant, first, second, third = new_plant(caller), new_serial(), new_serial(), new_serial()
    base = f"/plants/{plant}/inverters"
    add_inverter(api, caller, plant, first, type=SMALL, name="Nord")
    add_inverter(api, caller, plant, second, type=SMALL)
    read = caller.get(f"{base}/{first}")
    change = {"type": LARGE, "name": "Süd", "firmware": "2.4"}

    assert caller.put(f"{base}/{first}", change, If_Match=read.headers["etag"]).is_success
    put_in = {**api.printed_on(third), "type": LARGEST}
    assert caller.post(f"{base}/{second}/exchange", put_in).status_code == 201

    listed = {one["serial"]: one for one in caller.get(base).json()["inverters"]}
    assert {serial: one["powerW"] for serial, one in listed.items()} == {
        first: 8_000,
        third: 20_000,
    }
    assert change.items() <= listed[first].items()
    assert seen(caller, plant)["powerW"] == 28_000
    assert caller.delete(f"{base}/{first}").status_code == 204
    problem(caller.get(f"{base}/{first}"), 404, "NOT_FOUND")
    assert (seen(caller, plant)["powerW"], seen(caller, plant)["inverters"]) == (20_000, 1)


def test_a_filled_in_excel_list_adds_all_its_inverters(api: Api, caller: Caller) -> None:
    """Section 9: the template is downloaded, filled in and uploaded."""
    template = caller.get("/inverter-list-template")
    assert "wechselrichterliste.xlsx" in template.headers["content-disposition"]
    plant, printed = new_plant(caller), [api.printed_on(new_serial()) for _ in range(3)]
    rows = [(one["serial"], one["activationCode"], SMALL, "Dach") for one in printed]

    told = upload_list(caller, plant, filled_in(template.content, *rows))

    assert (told["state"], told["rows"], told["problems"]) == ("published", 3, [])
    shown = seen(caller, plant)
    assert (shown["inverters"], shown["powerW"], shown["state"]) == (3, 12_600, "trial")
    listed = caller.get(f"/plants/{plant}/inverters").json()["inverters"]
    assert {one["serial"] for one in listed} == {one["serial"] for one in printed}
    assert api.mail(f"{caller.name}@example.org", f"Wechselrichterliste übernommen: Anlage {plant}")


def test_of_a_list_with_a_mistake_nothing_is_added_and_each_is_named(
    api: Api, caller: Caller
) -> None:
    """Section 9 and the specification: errors by row and column, all rows or none."""
    template = caller.get("/inverter-list-template").content
    plant, good, bad = new_plant(caller), api.printed_on(new_serial()), new_serial()
    rows = [
        (good["serial"], good["activationCode"], SMALL, ""),
        (bad, "AAAA-BBBB-CCCC", SMALL, ""),
        (new_serial(), None, "AE 99", ""),
    ]

    told = upload_list(caller, plant, filled_in(template, *rows))

    assert told["state"] == "refused"
    wrong = {(each["row"], each["column"]) for each in told["problems"]}
    assert {(4, "code"), (4, "type")} <= wrong
    assert all(each["detail"] for each in told["problems"])
    assert 2 not in {row for row, _ in wrong}
    assert (seen(caller, plant)["inverters"], seen(caller, plant)["state"]) == (0, None)
    problem(caller.get(f"/plants/{plant}/inverters/{good['serial']}"), 404, "NOT_FOUND")
    assert add_inverter(api, caller, plant, good["serial"]).status_code == 201


def upload_list(caller: Caller, plant: str, content: bytes) -> dict[str, Any]:
    begun = caller.post(f"/plants/{plant}/inverter-lists", {})
    assert begun.status_code == 201, begun.text
    assert upload(begun.json()["upload"], content).status_code in {200, 204}
    return checked(caller, plant, begun.json()["id"])


# --- who may show it


def test_the_app_shows_a_plant_to_its_owner_and_guests_as_long_as_it_is_licensed(
    api: Api, caller: Caller
) -> None:
    """Section 16: in the app only plants with a valid licence are shown."""
    plant, stranger = a_plant_with(api, caller, SMALL), api.customer()
    path = f"/entitlements/{plant}"
    assert caller.get(path).json()["allowed"]
    problem(stranger.get(path), 404, "NOT_FOUND")
    assert api.anybody().get(path).status_code == 401
    caller.put(f"/plants/{plant}/guests/{stranger.account}", None)
    assert stranger.get(path).json()["allowed"]

    let_days_pass(api, plant, 41)

    for whoever in (caller, stranger):
        told = whoever.get(path).json()
        assert (told["allowed"], told["state"]) == (False, "expired")
        assert told["reason"]
    bought(api, caller, plant)
    assert caller.get(path).json()["allowed"]
    assert stranger.get(path).json()["state"] == "active"


def test_the_data_service_gets_the_data_of_licensed_plants_alone(api: Api, caller: Caller) -> None:
    """Section 17: a machine asks with a key of the account's, and may keep the answer a while."""
    licensed, never_begun = a_plant_with(api, caller, SMALL), new_plant(caller)
    machine = api.holding(caller.post("/api-keys", {"name": "Datenservice"}).json()["token"])
    foreign = a_plant_with(api, other := api.customer(), SMALL)

    asked = machine.get(f"/entitlements/{licensed}")

    assert asked.json()["allowed"]
    assert asked.headers["cache-control"] == "private, max-age=60"
    etag = {"If-None-Match": asked.headers["etag"]}
    assert machine.get(f"/entitlements/{licensed}", headers=etag).status_code == 304
    assert not machine.get(f"/entitlements/{never_begun}").json()["allowed"]
    problem(machine.get(f"/entitlements/{foreign}"), 404, "NOT_FOUND")
    assert other.get(f"/entitlements/{foreign}").json()["allowed"]
    base = f"/operator/accounts/{caller.account}/locks"
    lock = api.operator().post(
        base, {"reason": "security", "plant": licensed, "until": "2099-12-31"}
    )
    told = machine.get(f"/entitlements/{licensed}", headers=etag)
    assert (told.status_code, told.json()["allowed"]) == (200, False)
    assert "31.12.2099" in told.json()["reason"]
    path = f"{base}/{lock.json()['id']}/lifting"
    assert api.operator().post(path, {"resolution": "geklärt"}).status_code == 201
    assert machine.get(f"/entitlements/{licensed}").json()["allowed"]
