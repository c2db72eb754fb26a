"""The API against its own document: no answer that it does not describe, no dead operation."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import checks
from schemathesis.generation import GenerationMode

from freischalt_api.document import OPEN, document, operations_of, written
from tests.conftest import ROOT
from tests.e2e.api import (
    ADDRESS,
    VERSIONS,
    Api,
    Caller,
    found,
    new_carat_id,
    new_name,
)
from tests.e2e.running import wait_until
from tests.e2e.terms_journey import terms_journey

pytestmark = pytest.mark.e2e

EXAMPLES = 2  # of good and of bad requests for each operation
SEED = 20261122
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
COMPANY = {
    "name": "Muster & Partner GmbH",
    "address": {"street": "Beispielring 7", "postalCode": "1010", "city": "Wien", "country": "AT"},
    "vatId": "ATU99900009",
}
THE_SAME_ANYWAY = {  # whoever repeats such a call needs no key
    "/quotes",  # nothing is kept
    "/operator/accounts/{number}/quotes",
    "/term-orders/{number}/payment-page",  # one page, as long as it is open
    "/operator/accounts/{number}/term-orders/{order}/payments",  # once for the bank's reference
    "/operator/accounts/{number}/invoices/{invoice}/payments",
    "/operator/payments",
}
LINE_BREAK = "%0A"  # the gateway of the local stack has no route for it where a path is greedy
NOT_AT_RANDOM = {  # each would end what the others need; the journey below takes them
    ("delete", "/account"),
    ("delete", "/sessions"),
    ("delete", "/sessions/current"),
    ("delete", "/operator/sessions/current"),
    ("put", "/operator/maintenance"),
}


def test_the_document_is_that_of_the_routes() -> None:
    checked_in = ROOT / "layers/freischalt_api/freischalt_api/openapi.json"

    assert checked_in.read_text("utf-8") == written(), "make document"


def test_every_operation_says_who_may_and_what_can_go_wrong() -> None:
    for method, path, operation in operations_of(document()):
        statuses = operation["responses"].keys()
        assert {"400", "422", "500"} <= statuses, path
        assert any(status.startswith("2") for status in statuses), path
        assert bool(operation.get("security")) is ((method, path) not in OPEN), path
        if method == "post":
            names = {parameter["name"] for parameter in operation.get("parameters", ())}
            assert ("idempotency-key" in names) is (path not in THE_SAME_ANYWAY), path


def test_the_document_is_served(api: Api) -> None:
    assert api.anybody().get("/openapi.json").json() == document()


def test_swagger_ui_is_for_operators_alone(api: Api) -> None:
    shown = api.operator().get("/operator/swagger")

    assert shown.headers["content-type"].startswith("text/html")
    assert "SwaggerUIBundle" in shown.text
    assert '"/licences/{licence_id}/validation"' in shown.text
    assert api.anybody().get("/operator/swagger").status_code == 401
    assert api.customer().get("/operator/swagger").status_code == 403


@pytest.fixture(scope="module")
def callers(api: Api) -> dict[str, Caller]:
    return {"customer": api.customer(), "operator": api.operator(), "nobody": api.anybody()}


def test_no_answer_is_undocumented_and_none_is_our_fault(
    api: Api, callers: dict[str, Caller]
) -> None:
    schema = schemathesis.openapi.from_dict(document())
    played: Counter[int] = Counter()
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        if (operation.method, operation.path) in NOT_AT_RANDOM:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            play(operation, mode, api, token_for(operation, callers), played)

    assert played.total() > 200
    assert {200, 201, 202, 400, 404, 422} <= played.keys()


def token_for(operation: Any, callers: dict[str, Caller]) -> str | None:
    if (operation.method, operation.path) in OPEN:
        return None
    who = "operator" if operation.path.startswith("/operator/") else "customer"
    return callers[who].token


def play(operation: Any, mode: Any, api: Api, token: str | None, played: Counter[int]) -> None:
    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        assume(LINE_BREAK not in case.formatted_path)
        case.headers = {**(case.headers or {})}
        if token:
            case.headers["Authorization"] = f"Bearer {token}"
        answer = case.call(base_url=str(api.http.base_url))
        played[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    try:
        one()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing of it can be wrong
        assert not operation.body
        assert not operation.query


# --- what no generator would think of


BAD_BODIES: dict[str, tuple[bytes, int, str]] = {
    "no JSON": (b"{", 400, "MALFORMED_REQUEST"),
    "no object": (b"[]", 422, "VALIDATION_FAILED"),
    "not a number": (b'{"userName": NaN, "password": "x"}', 400, "MALFORMED_REQUEST"),
    "a name twice": (b'{"userName": "a", "userName": "b"}', 400, "MALFORMED_REQUEST"),
    "too deep": (b"[" * 60_000, 400, "MALFORMED_REQUEST"),
    "too large": (b'{"userName": "' + b"a" * 65_536 + b'"}', 413, "BODY_TOO_LARGE"),
    "no UTF-8": (b'{"userName": "\xff\xfe", "password": "x"}', 400, "MALFORMED_REQUEST"),
    "control characters": (
        b'{"userName": "a\\u0000b", "password": "x"}',
        422,
        "VALIDATION_FAILED",
    ),
    "half a surrogate": (b'{"userName": "\\ud800", "password": "x"}', 422, "VALIDATION_FAILED"),
    "a field too many": (
        b'{"userName": "a", "password": "x", "admin": true}',
        422,
        "VALIDATION_FAILED",
    ),
    "a wrong type": (b'{"userName": 1, "password": "x"}', 422, "VALIDATION_FAILED"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_bad_input_is_told_by_field_and_rule_and_not_echoed(api: Api, name: str) -> None:
    body, status, code = BAD_BODIES[name]

    answer = api.http.post("/sessions", content=body, headers={"Content-Type": "application/json"})

    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    if status == 422:
        assert all(error["pointer"] is not None and error["rule"] for error in told["errors"])
    assert b'admin": true' not in answer.content
    assert "\\ud800" not in answer.text


def test_another_content_type_is_told(api: Api) -> None:
    answer = api.http.post("/sessions", content=b"<a/>", headers={"Content-Type": "text/xml"})

    assert (answer.status_code, answer.json()["code"]) == (415, "NOT_JSON")


def test_ten_thousand_parameters_are_refused(api: Api, callers: dict[str, Caller]) -> None:
    many = "&".join(["limit=1"] * 5_000)  # as many as the client lets through

    answer = callers["customer"].get(f"/licences?{many}")

    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_REQUEST")
    assert answer.json()["errors"][0]["pointer"] == "query"


def test_what_is_not_there_is_told(api: Api, callers: dict[str, Caller]) -> None:
    answer = callers["customer"].get("/nothing-here")
    assert (answer.status_code, answer.json()["code"]) == (404, "NO_SUCH_ROUTE")


# --- the journey


def test_every_operation_succeeds_at_least_once(api: Api) -> None:
    for call in journey(api):
        assert call.is_success, (call.request.method, call.request.url.path, call.text)
    walked = {
        (method.lower(), path)
        for (method, path, status), times in api.journal.items()
        if 200 <= status < 300 and times
    }

    missing = [
        (method, path)
        for method, path, _ in operations_of(document())
        if not any(method == done and fits(path, walked_path) for done, walked_path in walked)
    ]
    assert missing == []


def test_of_all_that_was_secret_nothing_is_in_a_log(api: Api) -> None:
    logs = api.desk.logged()
    phones = {"+4366012388001", "+4366012388002", "4366012388001"}

    assert len(api.secrets) > 10
    for service in ("customer_api", "sign_in", "operator_api", "deliver_outbox", "write_audit"):
        assert f'"service":"{service}"' in logs
    assert [secret[:6] for secret in api.secrets | phones if secret in logs] == []


def fits(template: str, path: str) -> bool:
    parts, given_parts = template.split("/"), path.split("/")
    return len(parts) == len(given_parts) and all(
        part == given_part or part.startswith("{")
        for part, given_part in zip(parts, given_parts, strict=True)
    )


def journey(api: Api) -> Iterator[httpx.Response]:
    """Through every operation, as a customer and an operator would."""
    caller = api.newcomer()
    yield from customers_journey(api, caller)
    yield from operators_journey(api, caller)
    yield from repairs_journey(api, caller)
    yield from terms_journey(api)
    yield from farewell(api, caller)


def customers_journey(api: Api, caller: Caller) -> Iterator[httpx.Response]:
    carat_id, phone = new_carat_id(), "+4366012388001"
    asked = {"type": "5P", "licenceNumber": f"{carat_id}90ABCDEF"}
    yield api.anybody().get("/documents")
    yield caller.get("/documents/own")
    yield caller.post("/documents/acceptances", VERSIONS)
    yield caller.get("/session")
    account = caller.get("/account")
    yield account
    body = {"kind": "person", "name": "Anna Huber", "address": ADDRESS}
    yield caller.put("/account", body, If_Match=account.headers["etag"])
    order = caller.post("/orders", asked)
    yield order
    yield caller.post("/codes", asked)
    yield caller.get("/orders")
    yield caller.get(f"/orders/{order.json()['orderNumber']}")
    yield caller.get("/licences")
    yield caller.get(f"/licences/{carat_id}")
    yield caller.get(f"/licences/{carat_id}/validation")
    yield caller.post(f"/licences/{carat_id}/locks", {"note": "weg"})
    yield caller.get("/locks")
    yield caller.post("/phones", {"phone": phone})
    digits = found(r": (\d{6}) \(", wait_until(lambda: api.desk.answers(phone), "the code")[-1])
    yield caller.post(f"/phones/{phone}/confirmation", {"code": digits})
    yield caller.get("/phones")
    yield caller.delete(f"/phones/{phone}")
    key = caller.post("/api-keys", {"name": "Fertigung"})
    yield key
    yield caller.get("/api-keys")
    yield caller.delete(f"/api-keys/{key.json()['id']}")
    yield caller.get("/account/audit-trail")
    yield caller.get("/account/export")
    yield caller.put("/account/company", COMPANY, If_Match=caller.get("/account").headers["etag"])
    yield caller.post("/account/vat-checks")
    wait_until(lambda: caller.get("/account/vat-checks").json()["checks"], "the verdict")
    yield caller.get("/account/vat-checks")
    yield api.anybody().post("/password-resets", {"userName": caller.name})
    mail = api.mail(f"{caller.name}@example.org", "Neues Passwort für Freischalt")
    redeem = {"token": found(r"token=(\S+)", mail), "password": "Geheim-5678"}
    api.secrets |= set(redeem.values())
    yield api.anybody().post("/password-resets/redemption", redeem)


def operators_journey(api: Api, caller: Caller) -> Iterator[httpx.Response]:
    operator, base = api.operator(), f"/operator/accounts/{caller.account}"
    phone, name = "+4366012388002", new_name()
    yield operator.get(f"/operator/accounts?number={caller.account}")
    yield operator.get(base)
    yield operator.get(f"{base}/audit-trail")
    checks = operator.get(f"{base}/vat-checks")
    yield checks
    yield operator.get(f"{base}/vat-checks/{checks.json()['checks'][0]['id']}")
    version = checks.json()["standing"]["dataVersion"]
    decision = {"decision": "valid", "reason": "Bescheid liegt vor", "dataVersion": version}
    yield operator.post(f"{base}/vat-decisions", decision)
    yield operator.post(f"{base}/users", {"userName": name, "email": f"{name}@example.org"})
    yield operator.post(f"{base}/phones", {"phone": phone})
    yield operator.delete(f"{base}/phones/{phone}")
    yield operator.post(f"{base}/releases", {"caratId": new_carat_id(), "points": 5})
    lock = operator.post(f"{base}/locks", {"reason": "security"})
    yield lock
    yield operator.get(f"{base}/locks")
    yield operator.post(f"{base}/locks/{lock.json()['id']}/lifting", {"resolution": "geklärt"})
    yield operator.get("/operator/maintenance")
    yield operator.put("/operator/maintenance", {"on": True})
    yield operator.put("/operator/maintenance", {"on": False})
    yield operator.get("/operator/maintenance/audit-trail")


def repairs_journey(api: Api, caller: Caller) -> Iterator[httpx.Response]:
    """One is accepted, one declined."""
    operator, base = api.operator(), f"/operator/accounts/{caller.account}/repair-orders"
    caller = api.signed_in(caller.name, "Geheim-5678")
    categories = api.anybody().get("/repairs/categories")
    yield categories
    yield api.anybody().get("/repairs/prices")
    category = categories.json()["categories"][0]["key"]
    asked = {
        "contact": {"name": "Anna Huber", "email": f"{caller.name}@example.org"},
        "device": {"category": category, "type": "AE 3TL 23", "serial": "SN-0001"},
        "remoteMonitoring": "AE SiteLink",
        "fault": "Läuft nicht an.",
    }
    until = f"{api.desk.now() + timedelta(days=14):%Y-%m-%d}"
    items = [{"text": "Pauschale", "netCents": 25_000}]
    for answer in ("acceptance", "declination"):
        repair = caller.post("/repair-orders", asked)
        yield repair
        id_ = repair.json()["id"]
        waiting = operator.get("/operator/repair-orders?state=requested")
        yield waiting
        assert id_ in {one["id"] for one in waiting.json()["repairOrders"]}
        offer = {"items": items, "text": "Wir kommen.", "validUntil": until}
        yield operator.post(f"{base}/{id_}/offer", offer)
        offered = caller.get(f"/repair-orders/{id_}")
        yield offered
        api.mail(f"{caller.name}@example.org", f"Unser Angebot zu Ihrem Reparaturauftrag {id_}")
        etag = offered.headers["etag"]
        yield caller.post(f"/repair-orders/{id_}/{answer}", None, If_Match=etag)
        yield operator.get(f"{base}/{id_}")
        if answer == "acceptance":
            yield operator.post(f"{base}/{id_}/completion")
    yield caller.get("/repair-orders")
    yield operator.get(base)


def farewell(api: Api, caller: Caller) -> Iterator[httpx.Response]:
    """What ends sessions: the operator's, too, so the next test makes another one."""
    yield api.signed_in(caller.name, "Geheim-5678").delete("/sessions/current")
    yield api.signed_in(caller.name, "Geheim-5678").delete("/sessions")
    yield api.signed_in(caller.name, "Geheim-5678").delete("/account")
    operator = api.operators.pop("one")
    yield operator.delete("/operator/sessions/current")
