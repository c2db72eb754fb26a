"""Plants over HTTP: what comes in, what goes out, and every no."""

from dataclasses import replace
from datetime import date, timedelta
from inspect import signature
from typing import Any

import pytest

from freischalt.account_ports import Put
from freischalt.domain.activation import activation_code
from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.ids import AccountNumber, InverterSerial, PlantId, UserId, account_of
from freischalt.domain.list_rows import SheetRow, read_rows
from freischalt.domain.locks import Lock, LockScope
from freischalt.domain.plant import Inverter, Plant, Production
from freischalt.domain.shared_plant import SharedPlant
from freischalt.domain.user import Role
from freischalt.use_cases.inverters import activation_key
from freischalt.use_cases.signing_in import Principal
from freischalt_api import operator_routes
from freischalt_api.api import Api
from freischalt_api.gate import gate_of
from freischalt_api.term_routes import add_routes
from tests.account_factories import a_company, a_password, a_session, a_user, an_account
from tests.account_fakes import FakeOffice
from tests.api_calls import Answer, Calls, at_noon
from tests.factories import ACCOUNT, OTHER_ACCOUNT
from tests.term_factories import (
    LARGE,
    ORDER,
    PLANT,
    SERIAL,
    SMALL,
    TERMS,
    TODAY,
    a_plant,
    a_term,
    an_inverter,
)

OTHER = InverterSerial("SN-0002")
SITE = {
    "country": "DE",
    "postalCode": "72555",
    "city": "Metzingen",
    "latitude": 48.5376,
    "longitude": 9.2833,
}
BODY: dict[str, Any] = {
    "name": "Dach Süd",
    "description": "Scheune",
    "site": SITE,
    "kind": "pv-thermal",
    "temperatureCoefficient": -0.38,
    "azimuth": 180,
    "tilt": 30,
    "moduleArea": 61.5,
    "moduleLabel": "M1",
    "feedInTariff": 8.11,
    "generatorPowerW": 5_000,
    "public": True,
}
OPERATOR = Principal(actor="operator:o", role=Role.OPERATOR, user=UserId("o"), account=None)
OPERATORS_OTHER_PORTS = len(signature(operator_routes.add_routes).parameters) - 2
PAID = a_plant(
    trial_from=TODAY - timedelta(days=140),
    terms=(a_term(after=TODAY - timedelta(days=100), power_w=10_000),),
)


@pytest.fixture
def fake() -> FakeOffice:
    """An account with a user who is signed in."""
    fake = FakeOffice(terms=TERMS)
    session = a_session(digest="")
    fake.records.put(a_company(), a_user(password=a_password()), session)
    return fake


@pytest.fixture
def calls(fake: FakeOffice) -> Calls:
    return calls_of(fake)


def calls_of(fake: FakeOffice) -> Calls:
    api = Api(now=at_noon, gate=gate_of(fake.office))
    add_routes(api, fake.office, fake.numbers)
    return Calls(api)


def new_inverter(fake: FakeOffice, serial: str = SERIAL, **changes: Any) -> dict[str, Any]:
    code = activation_code(activation_key(fake.office), InverterSerial(serial))
    return {"serial": serial, "activationCode": code, "type": SMALL, **changes}


def test_everybody_sees_the_inverter_types_and_what_an_unknown_one_counts(calls: Calls) -> None:
    """Section 8: the list of types is public."""
    answer = replace(calls, is_stranger=True).get("/inverter-types")

    assert answer.status == 200
    assert answer.body["unknownPowerW"] == 20_000
    assert answer.body["types"][0] == {"name": SMALL, "powerW": 4_200, "leastFirmware": "1.4"}


# --- plants


def test_a_plant_comes_back_as_it_was_entered(calls: Calls) -> None:
    made = calls.post("/plants", BODY)

    assert (made.status, made.headers["etag"]) == (201, '"1"')
    assert {name: made.body[name] for name in BODY} == BODY
    assert made.body["id"] == f"{ACCOUNT}-1"
    assert (made.body["state"], made.body["renewable"], made.body["end"]) == (None, False, None)
    assert calls.get(f"/plants/{ACCOUNT}-1").body == made.body


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"site": {**SITE, "latitude": 90.1}}, "/site/latitude"),
        ({"site": {**SITE, "longitude": -180.5}}, "/site/longitude"),
        ({"site": {**SITE, "latitude": "48.5"}}, "/site/latitude"),
        ({"site": {**SITE, "country": "XX"}}, "/site/country"),
        ({"site": {**SITE, "postalCode": "7255"}}, "/site/postalCode"),
        ({"site": {**SITE, "postalCode": "#"}}, "/site/postalCode"),
        ({"site": {**SITE, "city": " "}}, "/site/city"),
        ({"name": ""}, "/name"),
        ({"azimuth": 360}, "/azimuth"),
        ({"azimuth": 1.5}, "/azimuth"),
        ({"tilt": 91}, "/tilt"),
        ({"temperatureCoefficient": 0.1}, "/temperatureCoefficient"),
        ({"temperatureCoefficient": -2.1}, "/temperatureCoefficient"),
        ({"moduleArea": 0}, "/moduleArea"),
        ({"feedInTariff": -1}, "/feedInTariff"),
        ({"generatorPowerW": 0}, "/generatorPowerW"),
        ({"kind": "wind"}, "/kind"),
        ({"public": "yes"}, "/public"),
        ({"owner": "me"}, "/owner"),
        ({"moduleLabel": "x" * 121}, "/moduleLabel"),
        ({"moduleLabel": "\x00"}, "/moduleLabel"),
    ],
)
def test_each_field_has_its_rule(calls: Calls, change: dict[str, Any], pointer: str) -> None:
    answer = calls.post("/plants", {**BODY, **change})

    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
    assert list(answer.errors) == [pointer]


def test_the_smallest_and_the_largest_of_all(calls: Calls) -> None:
    edges = {
        "site": {**SITE, "latitude": -90, "longitude": 180},
        "azimuth": 359,
        "tilt": 0,
        "temperatureCoefficient": -2,
        "feedInTariff": 0,
    }

    assert calls.post("/plants", {**BODY, **edges}).status == 201


def test_plants_come_newest_first_page_by_page(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(*(a_plant(id=PlantId(f"{ACCOUNT}-{n}")) for n in range(1, 12)))

    first = calls.get("/plants?limit=10").body
    last = calls.get(f"/plants?limit=10&after={first['next']}").body

    ids = [plant["id"] for plant in (*first["plants"], *last["plants"])]
    assert ids == [f"{ACCOUNT}-{n}" for n in range(11, 0, -1)]
    assert last["next"] is None


def test_a_change_names_what_it_has_read(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(a_plant(revision=3))

    without = calls.put(f"/plants/{PLANT}", BODY)
    old = calls.put(f"/plants/{PLANT}", BODY, If_Match='"2"')
    done = calls.put(f"/plants/{PLANT}", BODY, If_Match='"3"')

    assert (without.status, old.status, done.status) == (428, 412, 200)
    assert (done.headers["etag"], done.body["public"]) == ('"4"', True)


def view(plant: Plant, calls: Calls, fake: FakeOffice) -> dict[str, Any]:
    fake.records.put(plant)
    body: dict[str, Any] = calls.get(f"/plants/{PLANT}").body
    return body


@pytest.mark.parametrize(
    ("plant", "state", "end", "renewable", "warnings"),
    [
        pytest.param(a_plant(), "trial", "2027-01-02", False, [], id="trial"),
        pytest.param(PAID, "active", "2027-08-15", False, [], id="active"),
        pytest.param(
            replace(PAID, terms=(a_term(after=TODAY - timedelta(days=330)),)),
            "expiring",
            "2026-12-28",
            True,
            [],
            id="expiring",
        ),
        pytest.param(a_plant(trial_from=date(2026, 1, 1)), "expired", None, True, [], id="expired"),
        pytest.param(
            replace(PAID, terms=(a_term(after=TODAY + timedelta(days=10)),)),
            "expired",
            None,
            False,
            [],
            id="the next term is bought and begins later",
        ),
        pytest.param(
            replace(PAID, extended_on=TODAY, terms=(a_term(ended=TODAY),)),
            "expired",
            None,
            True,
            ["outgrown"],
            id="outgrown",
        ),
        pytest.param(
            replace(PAID, locks=(Lock(until=date(2026, 12, 1)),)),
            "locked",
            "2027-08-15",
            False,
            [],
            id="locked",
        ),
        pytest.param(
            replace(PAID, unknown_inverters=1, unsupported_inverters=2),
            "active",
            "2027-08-15",
            False,
            ["firmware_unsupported", "unknown_inverter"],
            id="warnings",
        ),
        pytest.param(replace(PAID, ended_at=at_noon()), "ended", None, False, [], id="ended"),
    ],
)
def test_how_a_plants_licence_stands(
    plant: Plant,
    state: str,
    end: str | None,
    renewable: bool,
    warnings: list[str],
    calls: Calls,
    fake: FakeOffice,
) -> None:
    seen = view(plant, calls, fake)

    assert [seen[name] for name in ("state", "end", "renewable", "warnings")] == [
        *(state, end, renewable, warnings)
    ]


def test_a_lock_of_the_account_shows_on_each_plant(calls: Calls, fake: FakeOffice) -> None:
    until = date(2026, 12, 1)
    fake.records.put(an_account(locks=(Lock(until=until),)))

    seen = view(PAID, calls, fake)

    assert (seen["state"], seen["nextChange"]) == ("locked", until.isoformat())
    assert seen["locked"] == "gesperrt bis 01.12.2026"
    assert calls.get("/plants").body["plants"] == [seen]


@pytest.mark.parametrize(
    ("plant", "german", "english"),
    [
        pytest.param(PAID, None, None, id="free"),
        pytest.param(
            replace(PAID, locks=(Lock(until=date(2026, 12, 31)), Lock(until=date(2026, 12, 1)))),
            "gesperrt bis 31.12.2026",
            "locked until 2026-12-31",
            id="until a day",
        ),
        pytest.param(
            replace(PAID, locks=(Lock(until=None),)),
            "gesperrt bis auf Widerruf",
            "locked until revoked",
            id="until revoked",
        ),
        pytest.param(
            replace(PAID, locks=(Lock(until=None, scope=LockScope.NEW),)), None, None, id="spared"
        ),
        pytest.param(
            replace(PAID, locks=(Lock(until=None),), ended_at=at_noon()), None, None, id="ended"
        ),
    ],
)
def test_a_locked_plant_says_until_when(
    plant: Plant, german: str | None, english: str | None, calls: Calls, fake: FakeOffice
) -> None:
    in_english = replace(calls, headers={"accept-language": "en"})

    assert view(plant, calls, fake)["locked"] == german
    assert view(plant, in_english, fake)["locked"] == english


def test_a_paid_plant_asks_before_it_ends(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(PAID)

    asked = calls.delete(f"/plants/{PLANT}")
    done = calls.delete(f"/plants/{PLANT}?confirm=true")

    assert (asked.status, asked.code) == (409, "ENDING_NOT_CONFIRMED")
    assert done.status == 204
    assert calls.get(f"/plants/{PLANT}").body["state"] == "ended"


def test_a_plant_with_an_open_order_does_not_end(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(a_plant(open_order=ORDER))

    answer = calls.delete(f"/plants/{PLANT}?confirm=true")

    assert (answer.status, answer.code) == (409, "PLANT_HAS_OPEN_ORDER")


# --- who may what


def every_call(calls: Calls, fake: FakeOffice) -> list[Answer]:
    its = f"/plants/{PLANT}"
    report = {"on": TODAY.isoformat(), "dayWh": 1, "totalWh": 2}
    return [
        calls.get(f"{its}/inverters"),
        calls.get(f"{its}/inverters/{SERIAL}"),
        calls.put(f"{its}/production", report),
        calls.put(its, BODY, If_Match='"0"'),
        calls.put(f"{its}/guests/{OTHER_ACCOUNT}"),
        calls.delete(f"{its}/guests/{OTHER_ACCOUNT}"),
        calls.post(f"{its}/inverters", new_inverter(fake, OTHER)),
        calls.post(f"{its}/inverters/{SERIAL}/exchange", new_inverter(fake, "SN-0003")),
        calls.put(f"{its}/inverters/{SERIAL}", {"type": SMALL}, If_Match='"1"'),
        calls.delete(f"{its}/inverters/{SERIAL}"),
        calls.delete(its),
    ]


def test_anothers_plant_is_not_there(calls: Calls, fake: FakeOffice) -> None:
    plant = a_plant(guests=(AccountNumber("guest"),))
    fake.records.put(plant, an_inverter())
    writes = fake.records.writes

    for account, reading in ((OTHER_ACCOUNT, 404), ("guest", 200)):
        answers = every_call(calls.of(account), fake)
        assert [answer.status for answer in answers] == [reading, reading, *[404] * 9]
    assert calls.of(OTHER_ACCOUNT).get(f"/plants/{PLANT}").status == 404
    assert fake.records.writes == writes


def test_a_machine_reads_and_reports_and_changes_nothing_else(
    calls: Calls, fake: FakeOffice
) -> None:
    fake.records.put(a_plant(), an_inverter())

    answers = every_call(calls.by_machine(), fake)

    assert [answer.status for answer in answers] == [200, 200, 204, *[403] * 8]
    assert calls.by_machine().post("/plants", BODY).status == 403
    assert calls.by_machine().get("/plants").status == 200


def test_a_guest_sees_the_plant_and_not_what_was_paid(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(replace(PAID, credit_cents=17))
    before = calls.of(OTHER_ACCOUNT).get(f"/plants/{PLANT}")

    assert calls.put(f"/plants/{PLANT}/guests/{OTHER_ACCOUNT}").status == 204
    seen = calls.of(OTHER_ACCOUNT).get(f"/plants/{PLANT}").body
    own = calls.get(f"/plants/{PLANT}").body

    assert before.status == 404
    assert (seen["byGuest"], seen["creditCents"], seen["guests"]) == (True, None, [])
    assert (own["byGuest"], own["creditCents"], own["guests"]) == (False, 17, [OTHER_ACCOUNT])
    assert calls.delete(f"/plants/{PLANT}/guests/{OTHER_ACCOUNT}").status == 204
    assert calls.of(OTHER_ACCOUNT).get(f"/plants/{PLANT}").status == 404


def test_a_guest_finds_the_plant_and_monitors_its_inverters(calls: Calls, fake: FakeOffice) -> None:
    """Section 8: the owner lets others monitor its inverters."""
    until = date(2026, 12, 1)
    fake.records.put(PAID, an_inverter(), a_company(locks=(Lock(until=until),)))
    guest, its = calls.of(OTHER_ACCOUNT), f"/plants/{PLANT}"
    calls.put(f"{its}/guests/{OTHER_ACCOUNT}")

    assert guest.get("/plants").body["plants"] == []
    assert guest.get("/plants?shared=true").body == {
        "plants": [guest.get(its).body],
        "next": None,
    }
    assert guest.get(its).body["locked"] == "gesperrt bis 01.12.2026"
    assert guest.get(f"{its}/inverters").body == calls.get(f"{its}/inverters").body
    one = f"{its}/inverters/{SERIAL}"
    assert guest.get(one).body == calls.get(one).body
    assert calls.get("/plants?shared=true").body["plants"] == []
    calls.delete(f"{its}/guests/{OTHER_ACCOUNT}")
    assert guest.get("/plants?shared=true").body["plants"] == []


def test_shared_plants_come_page_by_page_from_all_owners(calls: Calls, fake: FakeOffice) -> None:
    ids = [PlantId(f"1000{owner}-1") for owner in range(2, 7)]
    for id_ in ids:
        fake.records.put(a_plant(id=id_, guests=(ACCOUNT,)), a_company(number=account_of(id_)))
        fake.records.put(SharedPlant(guest=ACCOUNT, plant=id_, version=1))
    fake.records.put(a_plant(id=ids[1]))  # it has just gone

    first = calls.get("/plants?shared=true&limit=3").body
    last = calls.get(f"/plants?shared=true&limit=3&after={first['next']}").body

    assert [plant["id"] for plant in first["plants"]] == ["10006-1", "10005-1", "10004-1"]
    assert [plant["id"] for plant in last["plants"]] == ["10002-1"]
    assert last["next"] is None


def test_oneself_is_no_guest(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(a_plant())

    answer = calls.put(f"/plants/{PLANT}/guests/{ACCOUNT}")

    assert (answer.status, list(answer.errors)) == (422, ["account"])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"dayWh": -1}, "/dayWh"),
        ({"totalWh": 4}, "/totalWh"),
        ({"on": "2026-13-01"}, "/on"),
        ({"on": "2026-11-30"}, "/on"),
        ({"dayWh": 1.5}, "/dayWh"),
    ],
)
def test_a_report_has_its_rules(
    calls: Calls, fake: FakeOffice, change: dict[str, Any], pointer: str
) -> None:
    fake.records.put(a_plant())
    report = {"on": "2026-11-22", "dayWh": 5, "totalWh": 10, **change}

    answer = calls.put(f"/plants/{PLANT}/production", report)

    assert (answer.status, list(answer.errors)) == (422, [pointer])


def test_a_report_shows_on_the_plant(calls: Calls, fake: FakeOffice) -> None:
    report = {"on": "2026-11-22", "dayWh": 5, "totalWh": 10}
    fake.records.put(a_plant())

    assert calls.put(f"/plants/{PLANT}/production", report).status == 204
    assert calls.get(f"/plants/{PLANT}").body["production"] == report


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"terms": ()}, id="expired"),
        pytest.param({"locks": (Lock(until=None),)}, id="locked"),
        pytest.param({"ended_at": at_noon()}, id="ended"),
    ],
)
def test_data_of_a_plant_without_a_licence_are_not_given(
    change: dict[str, Any], calls: Calls, fake: FakeOffice
) -> None:
    """Section 17: only data of licensed plants can be fetched."""
    licensed = replace(
        PAID, production=Production(on=TODAY, day_wh=5, total_wh=10), guests=(OTHER_ACCOUNT,)
    )
    viewers = (calls, calls.by_machine(), calls.of(OTHER_ACCOUNT))

    assert view(licensed, calls, fake)["production"] is not None
    unlicensed = replace(licensed, **change)
    assert [view(unlicensed, viewer, fake)["production"] for viewer in viewers] == [None] * 3
    assert [plant["production"] for plant in calls.get("/plants").body["plants"]] == [None]


# --- inverters


def test_the_longest_name_of_a_list_can_be_edited(calls: Calls, fake: FakeOffice) -> None:
    row = SheetRow(2, [OTHER, "ABCD", "x" * 80])
    header = SheetRow(1, ["Seriennummer", "Aktivierungscode", "Name"])
    (listed,) = read_rows([header, row], types=[SMALL]).rows
    fake.records.put(a_plant(), an_inverter(name=listed.name))
    its = f"/plants/{PLANT}/inverters/{SERIAL}"
    shown = calls.get(its).body

    answer = calls.put(its, {"type": shown["type"], "name": shown["name"]}, If_Match='"1"')

    assert (answer.status, answer.body["name"]) == (200, "x" * 80)


def test_an_inverter_is_added_and_listed(calls: Calls, fake: FakeOffice) -> None:
    calls.post("/plants", BODY)
    body = new_inverter(fake, name="WR 1", firmware="1.3")

    made = calls.post(f"/plants/{PLANT}/inverters", body)
    listed = calls.get(f"/plants/{PLANT}/inverters").body
    one = calls.get(f"/plants/{PLANT}/inverters/{SERIAL.lower()}")

    assert (made.status, made.body) == (201, {"plant": PLANT, "serial": SERIAL})
    assert listed == {"inverters": [one.body], "next": None}
    assert one.headers["etag"] == '"1"'
    assert one.body["warnings"] == ["firmware_unsupported"]
    plant = calls.get(f"/plants/{PLANT}").body
    assert (plant["state"], plant["powerW"], plant["inverters"]) == ("trial", 4_200, 1)


def test_inverters_come_by_their_serials_and_staged_ones_not(
    calls: Calls, fake: FakeOffice
) -> None:
    serials = [InverterSerial(f"SN-{n:04d}") for n in range(6)]
    staged = an_inverter(serial=InverterSerial("SN-0002"), import_id="l1")
    fake.records.put(a_plant(imports=("l1",)), *(an_inverter(serial=each) for each in serials))
    fake.records.put(staged)

    first = calls.get(f"/plants/{PLANT}/inverters?limit=4").body
    last = calls.get(f"/plants/{PLANT}/inverters?limit=4&after={first['next']}").body

    assert [len(page["inverters"]) for page in (first, last)] == [3, 2]
    assert calls.get(f"/plants/{PLANT}/inverters/SN-0002").status == 404


@pytest.mark.parametrize(
    ("change", "status", "code", "pointer"),
    [
        ({"activationCode": "0000-0000-0000"}, 422, "ACTIVATION_WRONG", "/activationCode"),
        ({"serial": "SN"}, 422, "VALIDATION_FAILED", "/serial"),
        ({"serial": "-SN-0001"}, 422, "VALIDATION_FAILED", "/serial"),
        ({"type": "AE 99"}, 422, "VALIDATION_FAILED", "/type"),
        ({"firmware": "new"}, 422, "VALIDATION_FAILED", "/firmware"),
        ({"name": "\ud800"}, 422, "VALIDATION_FAILED", "/name"),
        ({"name": "x" * 81}, 422, "VALIDATION_FAILED", "/name"),
        ({"activationCode": "\x00"}, 422, "VALIDATION_FAILED", "/activationCode"),
        ({"acceptGrowth": "yes"}, 422, "VALIDATION_FAILED", "/acceptGrowth"),
    ],
)
def test_an_inverter_has_its_rules(
    calls: Calls,
    fake: FakeOffice,
    change: dict[str, Any],
    status: int,
    code: str,
    pointer: str,
) -> None:
    fake.records.put(a_plant())

    answer = calls.post(f"/plants/{PLANT}/inverters", {**new_inverter(fake), **change})

    assert (answer.status, answer.code, list(answer.errors)) == (status, code, [pointer])


def test_a_repeated_request_adds_one_and_another_with_its_key_none(
    calls: Calls, fake: FakeOffice
) -> None:
    fake.records.put(a_plant(inverters=0, power_w=0))
    path, key = f"/plants/{PLANT}/inverters", {"Idempotency_Key": "k1"}

    answers = [calls.post(path, new_inverter(fake), **key) for _ in range(2)]
    other = calls.post(path, new_inverter(fake, OTHER), **key)

    assert [answer.status for answer in answers] == [201, 201]
    assert (other.status, other.code) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert len(fake.records.all(Inverter)) == 1


def test_growth_tells_its_cost_and_is_accepted(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(PAID)
    path, body = f"/plants/{PLANT}/inverters", new_inverter(fake, OTHER, type=LARGE)

    told = calls.post(path, body)
    done = calls.post(path, {**body, "acceptGrowth": True})

    assert (told.status, told.code) == (409, "GROWTH_NOT_ACCEPTED")
    growth = told.body["growth"]
    assert growth["endsOn"] == TODAY.isoformat()
    assert (growth["licensedPowerW"], growth["orderedPowerW"]) == (10_000, None)
    assert (growth["powerW"], growth["creditCents"]) == (27_200, 3_557)
    assert growth["offers"][0] == {
        "days": 365,
        "listCents": 9_900,
        "creditCents": 3_557,
        "netCents": 6_343,
        "vatRule": "reverse_charge",
        "vatBasisPoints": 0,
        "vatCents": 0,
        "grossCents": 6_343,
        "firstDay": "2026-11-23",
        "lastDay": "2027-11-22",
    }
    assert growth["offers"][1]["lastDay"] == "2028-11-21"
    assert done.status == 201
    assert calls.get(f"/plants/{PLANT}").body["warnings"] == ["outgrown"]


def test_a_type_is_corrected_with_what_was_read(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(a_plant(), an_inverter())
    path, body = f"/plants/{PLANT}/inverters/{SERIAL}", {"type": LARGE, "firmware": "2.0"}

    without = calls.put(path, body)
    old = calls.put(path, body, If_Match='"7"')
    done = calls.put(path, body, If_Match='"1"')

    assert (without.status, old.status, done.status) == (428, 412, 200)
    assert (done.headers["etag"], done.body["powerW"]) == ('"2"', 23_000)
    assert calls.get(f"/plants/{PLANT}").body["powerW"] == 23_000


def test_an_inverter_is_exchanged_and_taken_off(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(a_plant(inverters=0, power_w=0, trial_from=None))
    path = f"/plants/{PLANT}/inverters"
    calls.post(path, new_inverter(fake))

    exchanged = calls.post(f"{path}/{SERIAL}/exchange", new_inverter(fake, OTHER))
    back = calls.post(f"{path}/{OTHER}/exchange", new_inverter(fake))
    gone = calls.delete(f"{path}/{OTHER}")

    assert (exchanged.status, exchanged.body["serial"]) == (201, OTHER)
    assert (back.status, back.code) == (409, "ACTIVATION_USED")
    assert gone.status == 204
    assert calls.get(path).body["inverters"] == []


def test_a_consumer_in_greece_is_told_whom_to_turn_to(fake: FakeOffice) -> None:
    greek = Registrant(CustomerKind.PERSON, "Anna", Address("Weg 1", "10115", "Ort", "GR"))
    fake.records.put(a_company(registrant=greek))
    fake.catalogue = replace(fake.catalogue, contacts={"partner_GR": "Partner Hellas"})

    answer = calls_of(fake).post("/plants", BODY)

    assert (answer.status, answer.code) == (403, "MONITORING_NOT_SOLD")
    assert answer.body["advice"] == "Partner Hellas"


def test_putting_a_plant_twice_at_once_gives_one_of_them_a_412(
    calls: Calls, fake: FakeOffice
) -> None:
    fake.records.put(a_plant(revision=1))

    def quicker() -> None:
        plant = fake.records.get(Plant, PLANT)
        fake.records.write(Put(replace(plant, revision=2)))

    fake.records.quicker = [quicker]

    assert calls.put(f"/plants/{PLANT}", BODY, If_Match='"1"').status == 412


# --- the operator


def test_an_operator_lets_a_code_be_used_once_more(calls: Calls, fake: FakeOffice) -> None:
    nothing: Any = None
    api = Api(now=at_noon, gate=operator_routes.gate)
    operator_routes.add_routes(api, fake.office, *[nothing] * OPERATORS_OTHER_PORTS)
    operator = Calls(api, OPERATOR)
    fake.records.put(a_plant(inverters=0, power_w=0))
    calls.post(f"/plants/{PLANT}/inverters", new_inverter(fake))

    in_use = operator.delete(f"/operator/activations/{SERIAL}")
    calls.delete(f"/plants/{PLANT}/inverters/{SERIAL}")
    freed = operator.delete(f"/operator/activations/{SERIAL.lower()}")
    again = operator.delete(f"/operator/activations/{SERIAL}")

    assert (in_use.status, in_use.code) == (409, "INVERTER_IN_USE")
    assert (freed.status, again.status) == (204, 404)
    assert calls.post(f"/plants/{PLANT}/inverters", new_inverter(fake)).status == 201
    assert Calls(api).delete(f"/operator/activations/{SERIAL}").status == 403
