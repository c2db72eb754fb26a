"""The function of plants as Lambda runs it: its own adapters, AWS in memory, every call counted."""

import json
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from freischalt.account_ports import Put
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.kms_secret_maker import KmsSecretMaker
from freischalt.clock import utc_now
from freischalt.domain.activation import VERSION, activation_code
from freischalt.domain.plant import Plant
from freischalt.domain.purposes import ACTIVATION
from freischalt.use_cases.told import told_of
from tests.account_factories import a_company, a_password, a_session, a_user
from tests.account_fakes import VIENNA
from tests.api_calls import SIGNED_IN
from tests.conftest import TABLE
from tests.factories import ACCOUNT
from tests.functional.conftest import Context
from tests.functional.test_plant_routes import BODY
from tests.term_factories import PLANT, SERIAL, SMALL

type Call = Callable[..., Any]


@pytest.fixture
def records(dynamodb: Any) -> DynamoDbRecords:
    """Where a customer is signed in, who has accepted what the vendor's catalogue asks for."""
    records = DynamoDbRecords(dynamodb, TABLE, VIENNA)
    now = utc_now()
    accepted = {"terms": "2026-11", "privacy": "2026-11"}
    user = a_user(accepted=accepted, password=a_password(), version=0)
    session = a_session(digest="d", created_at=now, used_at=now, version=0)
    records.write(Put(a_company(version=0)), Put(user), Put(session))
    return records


@pytest.fixture
def call(function: Any, event: Any, records: DynamoDbRecords) -> Call:
    """Status and body of an answer of the function."""
    app = function("term_api")

    def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        asked = event("term_api.inverter_types")
        context = asked["requestContext"]
        context["http"] |= {"method": method, "path": path}
        told = {**told_of(SIGNED_IN), "session": "d"}
        context["authorizer"] = {"lambda": told}
        asked |= {"rawPath": path} | ({} if body is None else {"body": json.dumps(body)})
        answer = app.handler(asked, Context())
        return answer["statusCode"], json.loads(answer["body"] or "null")

    return call


@pytest.fixture
def aws_calls(call: Call, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each operation of AWS was called since."""
    counted: Counter[str] = Counter()
    made = BaseClient._make_api_call  # type: ignore[attr-defined]

    def made_and_counted(self: Any, operation: str, parameters: Any) -> Any:
        counted[operation] += 1
        return made(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", made_and_counted)
    return counted


def printed_on(serial: Any) -> dict[str, str]:
    maker = KmsSecretMaker(boto3.client("kms"), os.environ["SECRET_KEY"])
    code = activation_code(maker.secret(ACTIVATION, VERSION), serial)
    return {"serial": serial, "activationCode": code, "type": SMALL}


def test_a_plant_with_its_first_inverter_and_what_that_costs(
    call: Call, records: DynamoDbRecords, aws_calls: Counter[str]
) -> None:
    inverter = printed_on(SERIAL)

    assert call("POST", "/plants", BODY)[0] == 201
    aws_calls.clear()
    added = call("POST", f"/plants/{PLANT}/inverters", inverter)

    assert added == (201, {"plant": PLANT, "serial": SERIAL})
    # one of the reads is the gate's: is the session still one?
    assert aws_calls == {"BatchGetItem": 2, "GenerateMac": 1, "TransactWriteItems": 1}
    aws_calls.clear()
    status, listed = call("GET", "/plants")
    assert (status, listed["plants"][0]["state"]) == (200, "trial")
    assert aws_calls == {"Query": 1, "BatchGetItem": 1}
    (plant,) = records.page(Plant, ACCOUNT, after=None, limit=10).things
    assert (plant.public_version, plant.power_w) == (2, 4_200)


def test_a_code_that_was_used_is_refused_and_a_plant_that_ends_is_shown_to_nobody(
    call: Call, records: DynamoDbRecords, dynamodb: Any
) -> None:
    inverter = printed_on(SERIAL)
    call("POST", "/plants", BODY)
    call("POST", f"/plants/{PLANT}/inverters", inverter)

    again = call("POST", f"/plants/{PLANT}/inverters", inverter)
    shown = public_rows(dynamodb)
    (plant,) = records.page(Plant, ACCOUNT, after=None, limit=10).things
    ended = call("DELETE", f"/plants/{PLANT}")

    assert (again[0], again[1]["code"]) == (409, "ACTIVATION_USED")
    assert (shown, ended[0], public_rows(dynamodb)) == ([f"DE#72555#{plant.public_id}"], 204, [])


def public_rows(dynamodb: Any) -> list[str]:
    items = dynamodb.scan(TableName=TABLE)["Items"]
    return [item["SK"]["S"] for item in items if item["PK"]["S"] == "PUBLIC"]
