"""Locks of plants over HTTP: who may set one, and how it is shown."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics

from freischalt.domain.ids import plant_id
from freischalt.domain.locks import LockRecord
from freischalt.domain.plant import Plant
from freischalt_api import customer_routes, operator_routes
from freischalt_api.api import Api, serve
from tests.account_factories import ANNA, a_user, an_account
from tests.account_fakes import FakeOffice, an_office
from tests.conftest import ROOT
from tests.factories import ACCOUNT, CARAT_ID, NOON, OTHER_ACCOUNT, a_dongle
from tests.functional.conftest import Context
from tests.term_factories import PLANT, a_plant

type Call = Callable[..., tuple[int, Any]]

LOG, COUNTS = Logger(service="test"), Metrics(namespace="Test", service="test")
LOCKS = f"/operator/accounts/{ACCOUNT}/locks"
A_CALL = json.loads((ROOT / "events/operator_api.maintenance.json").read_text("utf-8"))


@pytest.fixture
def fake() -> FakeOffice:
    theirs = a_plant(id=plant_id(OTHER_ACCOUNT, 1))
    return an_office(an_account(users=(ANNA,)), a_user(), a_dongle(), a_plant(), theirs)


def calling(api: Api, role: str) -> Call:
    told = {"actor": f"{role}:x", "role": role, "account": ACCOUNT}

    def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        context = A_CALL["requestContext"]
        http = {**context["http"], "method": method, "path": path}
        event = {
            **A_CALL,
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"content-type": "application/json"},
            "body": json.dumps(body) if body is not None else None,
            "requestContext": {**context, "http": http, "authorizer": {"lambda": told}},
        }
        answer = serve(api, event, Context(), LOG, COUNTS)
        return answer["statusCode"], json.loads(answer["body"])

    return call


@pytest.fixture
def operator(fake: FakeOffice) -> Call:
    api = Api(now=lambda: NOON)
    nothing: Any = None
    operator_routes.add_routes(api, fake.office, fake.records, nothing, nothing)
    return calling(api, "operator")


@pytest.fixture
def customer(fake: FakeOffice) -> Call:
    api = Api(now=lambda: NOON)
    nothing: Any = None
    customer_routes.add_routes(api, fake.office, fake.counter, fake.records, nothing)
    return calling(api, "customer")


def test_an_operator_locks_one_plant_and_lifts_it(fake: FakeOffice, operator: Call) -> None:
    asked = {"plant": PLANT, "reason": "contract", "until": "2026-12-31"}

    status, made = operator("POST", LOCKS, asked)

    assert status == 201
    (shown,) = operator("GET", LOCKS)[1]["locks"]
    assert (shown["plant"], shown["caratId"]) == (PLANT, None)
    assert shown["text"] == "gesperrt bis 31.12.2026"
    assert len(fake.records.get(Plant, PLANT).locks) == 1
    status, _ = operator("POST", f"{LOCKS}/{made['id']}/lifting", {"resolution": "bezahlt"})
    assert status == 201
    assert fake.records.get(Plant, PLANT).locks == ()


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param({"plant": f"{OTHER_ACCOUNT}-1"}, 404, id="of-another-account"),
        pytest.param({"plant": f"{ACCOUNT}-2"}, 404, id="of-nobody"),
        pytest.param({"plant": "?"}, 422, id="no-plants-id"),
        pytest.param({"plant": PLANT, "caratId": CARAT_ID}, 422, id="two-targets"),
    ],
)
def test_what_cannot_be_locked(
    asked: dict[str, str], status: int, fake: FakeOffice, operator: Call
) -> None:
    assert operator("POST", LOCKS, {"reason": "contract", **asked})[0] == status
    assert fake.records.all(LockRecord) == []


def test_a_customer_locks_a_plant_at_once_and_sees_until_when(
    fake: FakeOffice, customer: Call
) -> None:
    status, _ = customer("POST", f"/licences/{PLANT}/locks", {"note": "Diebstahl"})

    assert status == 201
    (shown,) = customer("GET", "/locks")[1]["locks"]
    assert (shown["plant"], shown["text"]) == (PLANT, "gesperrt bis auf Widerruf")
    assert len(fake.records.get(Plant, PLANT).locks) == 1


@pytest.mark.parametrize("id_", [f"{OTHER_ACCOUNT}-1", f"{ACCOUNT}-9"])
def test_another_customers_plant_looks_as_if_there_were_none(
    id_: str, fake: FakeOffice, customer: Call
) -> None:
    status, problem = customer("POST", f"/licences/{id_}/locks", {})

    assert (status, problem["code"]) == (404, "NOT_FOUND")
    assert fake.records.all(LockRecord) == []


def test_a_dongles_licence_is_locked_as_before(fake: FakeOffice, customer: Call) -> None:
    assert customer("POST", f"/licences/{CARAT_ID}/locks", {})[0] == 201

    (lock,) = fake.records.all(LockRecord)
    assert (lock.carat_id, lock.plant) == (CARAT_ID, None)
