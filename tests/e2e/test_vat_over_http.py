"""VAT IDs over real HTTP: from the company's data to the registry's verdict, and to the order."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from freischalt.adapters import keys
from freischalt.domain.ids import AccountNumber
from tests.e2e.api import VERSIONS, Api, Caller, ago, new_carat_id, new_name, problem
from tests.e2e.running import wait_until

pytestmark = pytest.mark.e2e

VIENNA = {"street": "Beispielring 7", "postalCode": "1010", "city": "Wien", "country": "AT"}
MUSTER = {"name": "Muster & Partner GmbH", "address": VIENNA}
MUSTER_VAT_ID = "ATU99900009"
UNAVAILABLE_AT_FIRST, NOT_ASSIGNED = "ATU99960015", "ATU99920014"
OTHER_CITY_AT_FIRST = "ATU99960079"

type Change = Callable[..., httpx.Response]


@pytest.fixture(autouse=True)
def stand_in(api: Api) -> httpx.Client:
    with httpx.Client(base_url=api.desk.stack.vat) as client:
        assert client.delete("/_scenario").status_code == 204
    return client


@pytest.fixture
def caller(api: Api) -> Caller:
    return api.customer()


def enter(caller: Caller, vat_id: str | None, **changes: Any) -> httpx.Response:
    """Become this company."""
    etag = caller.get("/account").headers["etag"]
    body = {**MUSTER, "vatId": vat_id, **changes}
    return caller.put("/account/company", body, If_Match=etag)


def standing(caller: Caller) -> dict[str, Any]:
    told: dict[str, Any] = caller.get("/account/vat-checks").json()["standing"]
    return told


def until(caller: Caller, state: str) -> dict[str, Any]:
    wait_until(lambda: standing(caller)["state"] == state, f"the state {state}", seconds=30)
    return standing(caller)


def order(caller: Caller, **headers: str) -> httpx.Response:
    return caller.post(
        "/orders", {"type": "5P", "licenceNumber": f"{new_carat_id()}90ABCDEF"}, **headers
    )


def checks(caller: Caller) -> list[dict[str, Any]]:
    found_: list[dict[str, Any]] = caller.get("/account/vat-checks").json()["checks"]
    return found_


def mail(api: Api, caller: Caller, subject: str) -> str:
    return api.mail(f"{caller.name}@example.org", subject)


def let_pass(api: Api, caller: Caller, **times: timedelta) -> None:
    """As no call could: what the account remembers happened so long ago, and is due now."""
    table, dynamodb = api.desk.outputs["TableName"], api.desk.dynamodb
    number = AccountNumber(caller.account)
    item: Any = dynamodb.get_item(TableName=table, Key=keys.account(number))["Item"]
    vat = item["vat"]["M"]
    for name, time in times.items():
        (vat["waiting"]["M"] if name in {"since", "next_try"} else vat)[name] = ago(time)
    dynamodb.put_item(TableName=table, Item=item)
    due: Any = dynamodb.get_item(TableName=table, Key=keys.vat_due(number)).get("Item")
    if due:
        due.pop("claimed_by", None)
        dynamodb.put_item(TableName=table, Item=due | {"due_at": ago(timedelta(seconds=1))})


def run_schedule(api: Api) -> None:
    name = api.desk.stack.deployment.physical_id("ScheduleVat")
    done = api.desk.functions.invoke(FunctionName=name, Payload=json.dumps({}).encode())
    assert "FunctionError" not in done, done["Payload"].read()


# --- what is entered


def test_a_company_is_confirmed_told_so_and_may_buy(api: Api, caller: Caller) -> None:
    assert enter(caller, "atu 999 000 09").json()["vatId"] == MUSTER_VAT_ID

    told = until(caller, "valid")

    assert (told["mayBuy"], told["code"], told["differing"]) == (True, None, [])
    assert "Sie können jetzt bestellen" in mail(api, caller, f"USt-IdNr. {MUSTER_VAT_ID} bestätigt")
    (check,) = checks(caller)
    assert (check["state"], check["service"], check["code"]) == ("valid", "evatr", "evatr-0000")
    assert check["fields"] == dict.fromkeys(("name", "street", "postal_code", "city"), "matches")
    assert order(caller).status_code == 201
    wait_until(lambda: "vat_checked" in caller.get("/account/audit-trail").text, "the entry")


def test_a_company_is_checked_from_its_registration_on(api: Api) -> None:
    name = new_name()
    account = {"userName": name, "email": f"{name}@example.org", "accepted": VERSIONS}
    body = {**account, "kind": "company", **MUSTER, "vatId": MUSTER_VAT_ID}
    assert api.anybody().post("/registrations", body).status_code == 202
    password, token = api.mailed(name)
    assert api.anybody().post("/registrations/validation", {"token": token}).is_success
    newcomer = api.signed_in(name, password)
    changed = newcomer.put("/password", {"current": password, "new": "Geheim-1234"})
    assert changed.status_code == 204

    until(newcomer, "valid")


@pytest.mark.parametrize(
    ("vat_id", "country", "rule"),
    [
        ("ATU99900008", "AT", "VAT_ID_CHECKSUM"),
        ("ATU9990000", "AT", "VAT_ID_LENGTH"),
        ("DE999100018", "AT", "VAT_ID_COUNTRY"),
        ("ATX99900009", "AT", "VAT_ID_FORMAT"),
        ("EL666600022", "DE", "VAT_ID_COUNTRY"),
    ],
)
def test_a_malformed_vat_id_is_told_at_once_and_asked_of_nobody(
    caller: Caller, stand_in: httpx.Client, vat_id: str, country: str, rule: str
) -> None:
    told = problem(
        enter(caller, vat_id, address={**VIENNA, "country": country}), 422, "VAT_ID_MALFORMED"
    )

    (error,) = told["errors"]
    assert (error["pointer"], error["rule"]) == ("/vatId", rule)


def test_letters_that_registries_do_not_take_get_a_second_field(api: Api, caller: Caller) -> None:
    company = {"name": "Müller Maschinenbau GmbH"}
    address = {
        "street": "Hauptstraße 12",
        "postalCode": "80331",
        "city": "München",
        "country": "DE",
    }
    vat_id = "DE999100026"

    told = problem(enter(caller, vat_id, **company, address=address), 422, "NOT_LATIN")

    suggested = {error["pointer"]: error["suggestion"] for error in told["errors"]}
    assert suggested == {
        "/name": "Mueller Maschinenbau GmbH",
        "/address/street": "Hauptstrasse 12",
        "/address/city": "Muenchen",
    }
    latin = {"streetLatin": suggested["/address/street"], "cityLatin": suggested["/address/city"]}
    done = enter(
        caller, vat_id, **company, nameLatin=suggested["/name"], address={**address, **latin}
    )
    assert done.json()["name"] == "Müller Maschinenbau GmbH"
    until(caller, "valid")
    (check,) = checks(caller)
    assert check["service"] == "vies"


# --- what comes of it


def test_what_differs_is_told_with_what_was_entered_and_is_corrected(
    api: Api, caller: Caller
) -> None:
    enter(caller, OTHER_CITY_AT_FIRST)

    told = until(caller, "mismatch")

    assert told["differing"] == [{"pointer": "/address/city", "entered": "Wien"}]
    refused = problem(order(caller), 409, "VAT_DATA_DIFFERS")
    assert [error["pointer"] for error in refused["errors"]] == ["/address/city"]
    assert "Ort: Wien" in mail(api, caller, f"USt-IdNr. {OTHER_CITY_AT_FIRST}: Angaben weichen ab")
    enter(caller, OTHER_CITY_AT_FIRST, address={**VIENNA, "street": "Beispielring 7 "})
    assert standing(caller)["state"] == "mismatch"  # nothing has changed
    let_pass(api, caller, decided_at=timedelta(minutes=6))
    assert caller.post("/account/vat-checks").status_code == 202
    until(caller, "valid")
    assert [check["state"] for check in checks(caller)] == ["valid", "mismatch"]


def test_a_vat_id_that_nobody_has_buys_nothing(api: Api, caller: Caller) -> None:
    enter(caller, NOT_ASSIGNED)

    assert until(caller, "invalid")["code"] == "VAT_ID_INVALID"
    problem(order(caller), 409, "VAT_ID_INVALID")
    assert mail(api, caller, f"USt-IdNr. {NOT_ASSIGNED} ist ungültig")


def test_a_registry_that_is_not_there_is_asked_again_when_it_is_time(
    api: Api, caller: Caller
) -> None:
    enter(caller, UNAVAILABLE_AT_FIRST)

    wait_until(lambda: standing(caller)["reason"], "the first try")
    told = standing(caller)
    assert (told["state"], told["mayBuy"]) == ("pending", False)
    assert told["nextTry"] > told["pendingSince"]
    refused = order(caller)
    problem(refused, 409, "VAT_CHECK_PENDING")
    assert 200 < int(refused.headers["retry-after"]) < 400
    let_pass(api, caller, since=timedelta(minutes=6), next_try=timedelta(minutes=1))
    run_schedule(api)

    until(caller, "valid")
    assert order(caller).status_code == 201


def test_a_verdict_of_yesterday_is_repeated_before_an_order_which_never_waits(
    api: Api, caller: Caller
) -> None:
    enter(caller, MUSTER_VAT_ID)
    until(caller, "valid")
    let_pass(api, caller, decided_at=timedelta(hours=25))

    refused = order(caller)

    problem(refused, 409, "vat_check_running")
    assert int(refused.headers["retry-after"]) <= 30
    wait_until(lambda: len(checks(caller)) == 2, "the second check")
    assert order(caller).status_code == 201
    subjects = [told["subject"] for told in api.mails(f"{caller.name}@example.org")]
    assert subjects == [f"USt-IdNr. {MUSTER_VAT_ID} bestätigt"]  # the repetition is no news


def test_a_company_elsewhere_needs_no_check_and_one_in_the_eu_needs_the_vendors_word(
    api: Api, caller: Caller
) -> None:
    swiss = {**VIENNA, "country": "CH"}
    assert enter(caller, "CHE-123.456.788 MWST", address=swiss).status_code == 200
    assert (standing(caller)["state"], standing(caller)["mayBuy"]) == (None, True)
    enter(caller, None)
    problem(order(caller), 409, "VAT_ID_MISSING")

    version = standing(caller)["dataVersion"]
    body = {"decision": "without_vat_id", "reason": "Kleinunternehmer", "dataVersion": version}
    path = f"/operator/accounts/{caller.account}/vat-decisions"
    assert api.operator().post(path, body).json()["mayBuy"]

    assert order(caller).status_code == 201


# --- the vendor


def test_an_operator_decides_and_has_the_evidence(api: Api, caller: Caller) -> None:
    enter(caller, NOT_ASSIGNED)
    until(caller, "invalid")
    base = f"/operator/accounts/{caller.account}"
    operator = api.operator()

    body = {"decision": "valid", "reason": "Bescheid liegt vor", "dataVersion": "0" * 16}
    problem(operator.post(f"{base}/vat-decisions", body), 412, "CHANGED_MEANWHILE")
    body["dataVersion"] = operator.get(f"{base}/vat-checks").json()["standing"]["dataVersion"]
    assert operator.post(f"{base}/vat-decisions", body).json()["state"] == "valid"

    assert order(caller).status_code == 201
    decided, asked = operator.get(f"{base}/vat-checks").json()["checks"]
    evidence = operator.get(f"{base}/vat-checks/{asked['id']}")
    assert evidence.headers["content-disposition"].startswith("attachment")
    kept = evidence.json()
    assert json.loads(kept["request"])["angefragteUstid"] == NOT_ASSIGNED
    assert json.loads(kept["response"])["status"] == kept["code"] == "evatr-2001"
    assert kept["requestId"]
    word = operator.get(f"{base}/vat-checks/{decided['id']}").json()
    assert (word["reason"], word["by"].partition(":")[0]) == ("Bescheid liegt vor", "operator")
    wait_until(lambda: "vat_decided" in operator.get(f"{base}/audit-trail").text, "the entry")
    problem(operator.get(f"{base}/vat-checks/0000000000000-abcdefabcdef"), 404, "NOT_FOUND")


def test_a_registry_is_asked_by_two_at_once_at_most(api: Api, stand_in: httpx.Client) -> None:
    with httpx.Client(base_url=api.desk.stack.vat) as client:
        client.post("/_scenario", json={"service": "evatr", "seconds": 2}).raise_for_status()
        callers = [api.customer() for _ in range(8)]
        for one in callers:
            enter(one, MUSTER_VAT_ID)

        for one in callers:
            until(one, "valid")

        asked = client.get("/_asked").json()
    assert len(asked["asked"]) == len(callers)
    assert asked["most"]["evatr"] <= 2


def test_no_company_is_in_any_log(api: Api, caller: Caller) -> None:
    began = round(datetime.now(UTC).timestamp() * 1000)
    enter(caller, MUSTER_VAT_ID, name="Geheimnis GmbH", address={**VIENNA, "street": "Versteck 1"})
    until(caller, "mismatch")

    wait_until(lambda: caller.account in api.desk.logged(began), "the line")
    logged = api.desk.logged(began)
    for secret in (MUSTER_VAT_ID, "Geheimnis", "Versteck"):
        assert secret not in logged
