"""Repair orders over HTTP: what comes in, what goes out, and every no."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from freischalt.domain.repair_order import RepairOrder, RepairState
from freischalt.domain.user import Role
from freischalt.use_cases.signing_in import Principal
from freischalt_api.api import Api
from freischalt_api.gate import gate_of
from freischalt_api.operator_repair_routes import add_operator_repairs
from freischalt_api.operator_routes import gate
from freischalt_api.term_routes import add_routes
from tests.account_factories import ANNA, a_company, a_password, a_session, a_user
from tests.account_fakes import FakeOffice, an_office
from tests.api_calls import SIGNED_IN, Calls, at_noon
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.fakes import FakeOrderNumbers
from tests.term_factories import TODAY, a_repair_order, an_offer

OPERATOR = Principal(actor="operator:o", role=Role.OPERATOR, user=ANNA, account=None)
BODY: dict[str, Any] = {
    "contact": {"name": "Anna Huber", "email": "anna@example.org", "phone": "+4971231234567"},
    "device": {
        "category": "new",
        "type": "AE 3TL 23",
        "serial": "SN-0001",
        "installedOn": "2020-05-04",
    },
    "remoteMonitoring": "AE SiteLink,\nseit 2021",
    "fault": "Läuft nicht an.",
    "specialSettings": "Nennstrom 8 A",
}
OFFER = {
    "items": [{"text": "Pauschale", "netCents": 25_000}],
    "text": "Wir kommen vorbei.",
    "validUntil": (TODAY + timedelta(days=14)).isoformat(),
}
OFFERED = a_repair_order(
    id="1795348800000-abcdef012345", state=RepairState.OFFERED, offer=an_offer(), version=2
)
PLACE = f"/repair-orders/{OFFERED.id}"
BY_OPERATORS = f"/operator/accounts/{ACCOUNT}/repair-orders"


@pytest.fixture
def fake() -> FakeOffice:
    return an_office(
        a_company(), a_user(accounts=(ACCOUNT,), password=a_password()), a_session(user=ANNA)
    )


@pytest.fixture
def calls(fake: FakeOffice) -> Calls:
    api = Api(now=at_noon, gate=gate_of(fake.office))
    add_routes(api, fake.office, FakeOrderNumbers())
    session = fake.records.get(type(a_session()), ANNA, "d1")
    return Calls(api, principal=replace(SIGNED_IN, session=session.digest))


@pytest.fixture
def operators(fake: FakeOffice) -> Calls:
    api = Api(now=at_noon, gate=gate)
    add_operator_repairs(api, fake.office, fake.repair_desk)
    return Calls(api, principal=OPERATOR)


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in BODY.items() if name != field}


def with_(part: str, **changes: Any) -> dict[str, Any]:
    return BODY | {part: BODY[part] | changes}


def test_everybody_reads_categories_and_prices(calls: Calls) -> None:
    stranger = replace(
        calls, principal=Principal(actor="", role=Role.CUSTOMER, user=None, account=None)
    )
    english = replace(stranger, headers={"accept-language": "en"})

    categories = stranger.get("/repairs/categories")
    prices = stranger.get("/repairs/prices")

    assert categories.body == {"categories": [{"key": "new", "name": "Neugeräte"}]}
    assert english.get("/repairs/categories").body["categories"][0]["name"] == "New devices"
    assert prices.body == {
        "currency": "EUR",
        "prices": [{"name": "Pauschale", "netCents": 25_000}],
    }


def test_a_repair_is_requested_and_shown_as_it_was_entered(calls: Calls) -> None:
    made = calls.post("/repair-orders", BODY, idempotency_key="k1")
    again = calls.post("/repair-orders", BODY, idempotency_key="k1")

    assert made.status == again.status == 201
    assert made.body == again.body
    assert made.headers["etag"] == '"1"'
    entered = {name: made.body[name] for name in BODY}
    assert entered | {"device": BODY["device"]} == BODY
    assert made.body["device"] == BODY["device"] | {"categoryName": "Neugeräte"}
    assert (made.body["state"], made.body["offer"]) == ("requested", None)
    assert calls.get("/repair-orders").body == {"repairOrders": [made.body], "next": None}
    assert calls.get(f"/repair-orders/{made.body['id']}").body == made.body


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param(without("contact"), "/contact", id="no-contact"),
        pytest.param(with_("contact", email="anna"), "/contact/email", id="no-address"),
        pytest.param(with_("contact", phone="0712"), "/contact/phone", id="national-number"),
        pytest.param(with_("contact", fax="1"), "/contact/fax", id="fax"),
        pytest.param(with_("device", category="toaster"), "/device/category", id="no-category"),
        pytest.param(with_("device", serial=" "), "/device/serial", id="empty-serial"),
        pytest.param(with_("device", type="x" * 121), "/device/type", id="long-type"),
        pytest.param(
            with_("device", installedOn="2026-11-23"), "/device/installedOn", id="tomorrow"
        ),
        pytest.param(with_("device", installedOn="2026-02-30"), "/device/installedOn", id="no-day"),
        pytest.param(without("remoteMonitoring"), "/remoteMonitoring", id="no-monitoring"),
        pytest.param(BODY | {"fault": " \n "}, "/fault", id="empty-fault"),
        pytest.param(BODY | {"fault": "x" * 4001}, "/fault", id="long-fault"),
        pytest.param(BODY | {"fault": "a\u0007b"}, "/fault", id="bell"),
        pytest.param(BODY | {"specialSettings": ""}, "/specialSettings", id="empty-settings"),
    ],
)
def test_each_field_says_what_is_wrong_with_it(
    calls: Calls, fake: FakeOffice, body: dict[str, Any], pointer: str
) -> None:
    refused = calls.post("/repair-orders", body)

    assert refused.status == 422
    assert list(refused.errors) == [pointer]
    assert fake.records.all(RepairOrder) == []


def test_two_wrong_fields_of_the_device_are_told_together(calls: Calls) -> None:
    wrong = with_("device", category="toaster", installedOn="2026-11-23")

    errors = calls.post("/repair-orders", wrong).errors

    assert errors == {
        "/device/category": "must be one of new",
        "/device/installedOn": "must not be in the future",
    }


def test_a_machine_orders_no_repair(calls: Calls, fake: FakeOffice) -> None:
    refused = calls.by_machine().post("/repair-orders", BODY)

    assert (refused.status, refused.code) == (403, "NOT_FOR_MACHINES")
    assert calls.by_machine().post(f"{PLACE}/acceptance", None, if_match='"2"').status == 403
    assert fake.records.all(RepairOrder) == []


def test_an_offer_is_shown_with_its_vat_and_accepted_as_it_was_read(
    calls: Calls, fake: FakeOffice
) -> None:
    fake.records.put(OFFERED)
    read = calls.get(PLACE)

    accepted = calls.post(f"{PLACE}/acceptance", None, if_match=read.headers["etag"])

    assert read.body["offer"] == {
        "items": [{"text": "Pauschale", "netCents": 25_000}],
        "text": "Wir kommen vorbei.",
        "validUntil": "2026-11-22",
        "offeredAt": NOON.isoformat().replace("+00:00", "Z"),
        "currency": "EUR",
        "netCents": 25_000,
        "vatRule": "domestic",
        "vatBasisPoints": 1900,
        "vatCents": 4_750,
        "grossCents": 29_750,
    }
    assert (accepted.status, accepted.body["state"]) == (201, "accepted")
    assert accepted.body["answeredAt"]
    assert calls.post(f"{PLACE}/declination", None, if_match='"3"').code == "REPAIR_ANSWERED"


def test_an_offer_is_declined(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(OFFERED)

    declined = calls.post(f"{PLACE}/declination", None, if_match='"2"')

    assert (declined.status, declined.body["state"]) == (201, "declined")


@pytest.mark.parametrize(
    ("order", "if_match", "status", "code"),
    [
        pytest.param(OFFERED, "", 428, "PRECONDITION_REQUIRED", id="which-offer"),
        pytest.param(OFFERED, '"1"', 412, "CHANGED_MEANWHILE", id="another-offer"),
        pytest.param(
            replace(OFFERED, state=RepairState.REQUESTED, offer=None),
            '"2"',
            409,
            "REPAIR_NOT_OFFERED",
            id="no-offer",
        ),
        pytest.param(
            replace(OFFERED, offer=an_offer(valid_until=TODAY - timedelta(days=1))),
            '"2"',
            409,
            "REPAIR_OFFER_EXPIRED",
            id="expired",
        ),
        pytest.param(replace(OFFERED, account=OTHER_ACCOUNT), '"2"', 404, "NOT_FOUND", id="others"),
    ],
)
@pytest.mark.parametrize("answer", ["acceptance", "declination"])
def test_what_cannot_be_answered(
    calls: Calls,
    fake: FakeOffice,
    order: RepairOrder,
    if_match: str,
    status: int,
    code: str,
    answer: str,
) -> None:
    fake.records.put(order)
    headers = {"if_match": if_match} if if_match else {}

    refused = calls.post(f"{PLACE}/{answer}", None, **headers)

    assert (refused.status, refused.code) == (status, code)
    assert fake.records.all(RepairOrder) == [order]


def test_an_expired_offer_is_shown_as_expired(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(replace(OFFERED, offer=an_offer(valid_until=TODAY - timedelta(days=1))))

    assert calls.get(PLACE).body["state"] == "expired"


def test_what_is_anothers_is_not_there(calls: Calls, fake: FakeOffice) -> None:
    fake.records.put(replace(OFFERED, account=OTHER_ACCOUNT))

    assert calls.get(PLACE).status == 404
    assert calls.get("/repair-orders").body["repairOrders"] == []


# --- operators


def test_an_operator_finds_what_waits_and_makes_an_offer(
    calls: Calls, operators: Calls, fake: FakeOffice
) -> None:
    made = calls.post("/repair-orders", BODY).body
    (waiting,) = operators.get("/operator/repair-orders?state=requested").body["repairOrders"]

    offered = operators.post(f"{BY_OPERATORS}/{waiting['id']}/offer", OFFER)

    assert waiting == made
    assert offered.status == 201
    assert offered.body["offer"]["grossCents"] == 25_000  # reverse charge
    assert offered.body["state"] == "offered"
    assert operators.get("/operator/repair-orders").body["repairOrders"] == []
    assert operators.get(BY_OPERATORS).body["repairOrders"] == [offered.body]
    assert operators.get(f"{BY_OPERATORS}/{waiting['id']}").body == offered.body
    assert calls.get(f"/repair-orders/{waiting['id']}").body == offered.body


def test_an_operator_finds_what_was_accepted_and_notes_that_it_is_done(
    calls: Calls, operators: Calls, fake: FakeOffice
) -> None:
    fake.records.put(OFFERED)
    accepted = calls.post(f"{PLACE}/acceptance", None, if_match='"2"').body
    (waits,) = operators.get("/operator/repair-orders?state=accepted").body["repairOrders"]

    done = operators.post(f"{BY_OPERATORS}/{OFFERED.id}/completion", None)

    assert waits == accepted
    assert (done.status, done.body["state"]) == (201, "done")
    assert done.body["doneAt"]
    assert calls.get(PLACE).body == done.body
    assert operators.get("/operator/repair-orders?state=accepted").body["repairOrders"] == []
    assert operators.post(f"{BY_OPERATORS}/{OFFERED.id}/completion", None).status == 201


def test_an_offer_that_waits_for_its_answer_is_not_done(operators: Calls, fake: FakeOffice) -> None:
    fake.records.put(OFFERED)

    refused = operators.post(f"{BY_OPERATORS}/{OFFERED.id}/completion", None)

    assert (refused.status, refused.code) == (409, "REPAIR_NOT_ACCEPTED")


def test_what_waits_comes_in_pages(operators: Calls, fake: FakeOffice) -> None:
    ids = [f"179534880000{n}-abcdef012345" for n in range(3)]
    fake.records.put(*(a_repair_order(id=id_) for id_ in ids))

    first = operators.get("/operator/repair-orders?limit=2").body
    second = operators.get(f"/operator/repair-orders?limit=2&after={first['next']}").body

    shown = [order["id"] for page in (first, second) for order in page["repairOrders"]]
    assert shown == ids
    assert second["next"] is None


@pytest.mark.parametrize("query", ["state=done", "after=eA", "limit=51"])
def test_a_list_that_there_is_not(operators: Calls, query: str) -> None:
    assert operators.get(f"/operator/repair-orders?{query}").status == 422


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"items": []}, "/items"),
        ({"items": OFFER["items"] * 31}, "/items"),  # type: ignore[operator]
        ({"items": [{"text": "A", "netCents": -1}]}, "/items/0/netCents"),
        ({"items": [{"text": "A\nB", "netCents": 1}]}, "/items/0/text"),
        ({"text": ""}, "/text"),
        ({"validUntil": "2026-11-21"}, "/validUntil"),
        ({"validUntil": "2028-01-01"}, "/validUntil"),
    ],
)
def test_an_offer_says_what_is_wrong_with_it(
    operators: Calls, fake: FakeOffice, changes: dict[str, Any], pointer: str
) -> None:
    order = a_repair_order(id=OFFERED.id)
    fake.records.put(order)

    refused = operators.post(f"{BY_OPERATORS}/{order.id}/offer", OFFER | changes)

    assert refused.status == 422
    assert list(refused.errors) == [pointer]
    assert fake.records.all(RepairOrder) == [order]


def test_customers_are_no_operators(calls: Calls, operators: Calls) -> None:
    refused = replace(operators, principal=calls.principal).get("/operator/repair-orders")

    assert refused.status == 403
