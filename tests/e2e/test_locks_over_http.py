"""Locks, each rule over real HTTP and by SMS."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from freischalt.adapters import keys
from tests.e2e.api import Api, Caller, ago, new_carat_id, problem
from tests.e2e.running import wait_until

pytestmark = pytest.mark.e2e

INFORMATION = "90ABCDEF"


@pytest.fixture
def caller(api: Api) -> Caller:
    return api.customer()


@pytest.fixture
def carat_id(api: Api, caller: Caller) -> str:
    """A dongle with five points, never fetched."""
    carat_id = new_carat_id()
    body = {"caratId": carat_id, "points": 5}
    released = api.operator().post(f"/operator/accounts/{caller.account}/releases", body)
    assert released.status_code == 201, released.text
    return carat_id


def lock(api: Api, caller: Caller, **body: Any) -> str:
    body = {"reason": "security", **body}
    answer = api.operator().post(f"/operator/accounts/{caller.account}/locks", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def lift(api: Api, caller: Caller, lock_id: str) -> Any:
    path = f"/operator/accounts/{caller.account}/locks/{lock_id}/lifting"
    return api.operator().post(path, {"resolution": "Rechnung bezahlt"})


def ask(carat_id: str, points: int = 5) -> dict[str, str]:
    return {"type": f"{points}P", "licenceNumber": carat_id + INFORMATION}


def test_a_lock_is_shown_wherever_the_licence_is_shown(
    api: Api, caller: Caller, carat_id: str
) -> None:
    phone = "+4366012377001"
    registered = api.operator().post(
        f"/operator/accounts/{caller.account}/phones", {"phone": phone}
    )
    assert registered.status_code == 201
    lock(api, caller, caratId=carat_id, until="2099-12-31", note="Bitte melden")

    shown = caller.get(f"/licences/{carat_id}").json()
    assert shown["locked"] == "gesperrt bis 31.12.2099"
    (listed,) = wait_until(lambda: caller.get("/licences").json()["licences"], "the licence")
    assert listed == shown
    validation = caller.get(f"/licences/{carat_id}/validation").json()
    assert (validation["valid"], validation["code"]) == (False, "LICENCE_LOCKED")
    assert validation["detail"] == "Lizenz gesperrt bis 31.12.2099"
    assert validation["detailEn"] == "The licence is locked until 2099-12-31"
    (blocker,) = validation["blockers"]
    assert (blocker["code"], blocker["until"]) == ("LICENCE_LOCKED", "2099-12-31")
    assert datetime.fromisoformat(blocker["since"]) > datetime.now(UTC) - timedelta(minutes=5)
    told = problem(caller.post("/codes", ask(carat_id)), 423, "LOCKED")
    assert told["detail"] == "Lizenz gesperrt bis 31.12.2099"
    problem(caller.post("/orders", ask(carat_id, 7)), 423, "LOCKED")
    assert api.desk.ask(phone, f"cl.5.{carat_id}{INFORMATION}") == "Lizenz gesperrt bis 31.12.2099"
    (mine,) = caller.get("/locks").json()["locks"]
    assert (mine["state"], mine["text"], mine["note"]) == (
        "holds",
        "gesperrt bis 31.12.2099",
        "Bitte melden",
    )
    assert "Zugang gesperrt" in mine["wayOut"]
    assert "Hotline" in mine["wayOut"]
    assert "privateNote" not in mine


def test_without_a_date_it_holds_until_revoked(api: Api, caller: Caller, carat_id: str) -> None:
    lock(api, caller)

    assert caller.get("/account").json()["locked"] == "gesperrt bis auf Widerruf"
    assert caller.get(f"/licences/{carat_id}").json()["locked"] == "gesperrt bis auf Widerruf"
    problem(caller.post("/codes", ask(carat_id)), 423, "LOCKED")
    problem(caller.post("/orders", ask(new_carat_id())), 423, "LOCKED")
    assert api.signed_in(caller.name)  # to read why


def test_free_when_the_last_of_several_locks_is_gone(
    api: Api, caller: Caller, carat_id: str
) -> None:
    first, second = lock(api, caller), lock(api, caller, caratId=carat_id, until="2099-12-31")
    blockers = caller.get(f"/licences/{carat_id}/validation").json()["blockers"]
    assert [blocker["code"] for blocker in blockers] == ["ACCOUNT_LOCKED", "LICENCE_LOCKED"]

    assert lift(api, caller, first).status_code == 201
    problem(caller.post("/codes", ask(carat_id)), 423, "LOCKED")
    assert lift(api, caller, second).status_code == 201

    assert caller.post("/codes", ask(carat_id)).status_code == 200
    problem(lift(api, caller, second), 409, "LOCK_OVER")
    problem(lift(api, caller, "0000000000000-000000000000"), 404, "NOT_FOUND")
    problem(
        api.operator().post(
            f"/operator/accounts/{caller.account}/locks/{first}/lifting", {"resolution": ""}
        ),
        422,
        "VALIDATION_FAILED",
    )


def test_a_lock_can_spare_what_is_paid_up(api: Api, caller: Caller, carat_id: str) -> None:
    code = caller.post("/codes", ask(carat_id)).json()["code"]
    other = new_carat_id()
    api.operator().post(
        f"/operator/accounts/{caller.account}/releases", {"caratId": other, "points": 5}
    )
    lock(api, caller, reason="contract", scope="new")

    assert caller.post("/codes", ask(carat_id)).json()["code"] == code
    assert caller.get(f"/licences/{carat_id}/validation").json()["valid"] is True
    problem(caller.post("/codes", ask(other)), 423, "LOCKED")
    problem(caller.post("/orders", ask(carat_id, 7)), 423, "LOCKED")


def test_a_customer_locks_a_licence_at_once_and_only_the_vendor_lifts_it(
    api: Api, caller: Caller, carat_id: str
) -> None:
    body = {"note": "Dongle gestohlen"}
    first = caller.post(f"/licences/{carat_id}/locks", body, Idempotency_Key="once")
    again = caller.post(f"/licences/{carat_id}/locks", body, Idempotency_Key="once")
    assert (first.status_code, again.json()) == (201, first.json())

    (mine,) = caller.get("/locks").json()["locks"]
    assert (mine["reason"], mine["caratId"]) == ("customer", carat_id)
    problem(caller.post("/codes", ask(carat_id)), 423, "LOCKED")
    problem(caller.post(f"/licences/{new_carat_id()}/locks", body), 404, "NOT_FOUND")
    past = caller.post(f"/licences/{carat_id}/locks", {"until": "2020-01-01"})
    problem(past, 422, "LOCK_END_IN_THE_PAST")
    assert lift(api, caller, mine["id"]).status_code == 201
    assert caller.post("/codes", ask(carat_id)).status_code == 200


def test_a_planned_end_comes_by_itself_and_the_schedule_tells_once(
    api: Api, caller: Caller, carat_id: str
) -> None:
    lock_id = lock(api, caller, until="2099-12-31")
    problem(caller.post("/codes", ask(carat_id)), 423, "LOCKED")
    let_it_end(api, caller, lock_id)

    assert caller.post("/codes", ask(carat_id)).status_code == 200  # nobody has noticed it yet
    for _ in range(2):  # a doubled run
        run_schedule(api)

    address = f"{caller.name}@example.org"
    assert api.mail(address, f"Sperrung beendet: Kundenkonto {caller.account}")
    wait_until(lambda: "lock_ended" in caller.get("/account/audit-trail").text, "the entry")
    run_schedule(api)
    subjects = [mail["subject"] for mail in api.mails(address)]
    assert len([one for one in subjects if one.startswith("Sperrung beendet")]) == 1
    (mine,) = caller.get("/locks").json()["locks"]
    assert (mine["state"], mine["text"]) == ("ended", "")
    problem(lift(api, caller, lock_id), 409, "LOCK_OVER")


def let_it_end(api: Api, caller: Caller, lock_id: str) -> None:
    """Yesterday, wherever it is written: no call can do that."""
    table, dynamodb = api.desk.outputs["TableName"], api.desk.dynamodb
    yesterday = {"S": (date.today() - timedelta(days=1)).isoformat()}  # noqa: DTZ011
    for key in (keys.lock(caller.account, lock_id), keys.account(caller.account)):  # type: ignore[arg-type]
        item: Any = dynamodb.get_item(TableName=table, Key=key)["Item"]
        if "due" in item:
            item |= {"until": yesterday, "due_at": ago(timedelta(days=1))}
        for carried in item.get("locks", {}).get("L", ()):
            carried["M"]["until"] = yesterday
        dynamodb.put_item(TableName=table, Item=item)


def run_schedule(api: Api) -> None:
    name = api.desk.stack.deployment.physical_id("EndLocks")
    done = api.desk.functions.invoke(FunctionName=name, Payload=json.dumps({}).encode())
    assert "FunctionError" not in done, done["Payload"].read()


def test_every_lock_and_lift_is_told_and_in_the_trail(
    api: Api, caller: Caller, carat_id: str
) -> None:
    lock_id = lock(
        api,
        caller,
        caratId=carat_id,
        note="Rechnung offen",
        privateNote="RE 4711",
        until="2099-12-31",
    )
    lift(api, caller, lock_id)

    address = f"{caller.name}@example.org"
    told = api.mail(address, f"Sperrung: Lizenz {carat_id}")
    assert "gesperrt bis 31.12.2099" in told
    assert "Rechnung offen" in told
    assert "RE 4711" not in told
    assert '"Zugang gesperrt"' in told
    assert "Buchhaltung" in told
    assert api.mail(address, f"Sperrung aufgehoben: Lizenz {carat_id}")

    def entries() -> list[dict[str, Any]]:
        found = caller.get("/account/audit-trail").json()["entries"]
        return [entry for entry in found if entry["event"].startswith("lock_")]

    lifted, was_set = wait_until(lambda: len(entries()) == 2 and entries(), "both entries") or []
    assert (was_set["event"], lifted["event"]) == ("lock_set", "lock_lifted")
    assert was_set["actor"].startswith("operator:")
    assert lifted["details"]["resolution"] == "Rechnung bezahlt"
    assert "RE 4711" not in str(entries())
    record = api.operator().get(f"/operator/accounts/{caller.account}/locks").json()["locks"][0]
    assert (record["privateNote"], record["state"]) == ("RE 4711", "lifted")


def test_of_what_is_somebody_elses_nothing_is_told(api: Api, caller: Caller) -> None:
    other = api.customer()
    theirs = new_carat_id()
    body = {"caratId": theirs, "points": 5}
    api.operator().post(f"/operator/accounts/{other.account}/releases", body)

    def looks(carat_id: str) -> Any:
        answer = caller.get(f"/licences/{carat_id}/validation").json()
        code = caller.post("/codes", ask(carat_id)).json()
        detail = caller.get(f"/licences/{carat_id}").json()
        return answer, code["code"], code["detail"].replace(carat_id, ""), detail["code"]

    assert looks(theirs) == looks(new_carat_id())
    assert looks(theirs)[0]["code"] == "NOT_FOUND"


def test_fetch_and_order_are_the_same_by_http_and_by_sms(
    api: Api, caller: Caller, carat_id: str
) -> None:
    phone = "+4366012377002"
    api.operator().post(f"/operator/accounts/{caller.account}/phones", {"phone": phone})
    placed = caller.post("/orders", ask(carat_id, 7), Idempotency_Key="order-1")
    repeated = caller.post("/orders", ask(carat_id, 7), Idempotency_Key="order-1")
    assert (placed.status_code, repeated.json()) == (201, placed.json())
    reused = caller.post("/orders", ask(carat_id, 9), Idempotency_Key="order-1")
    problem(reused, 409, "IDEMPOTENCY_KEY_REUSED")
    problem(caller.post("/orders", ask(carat_id, 7)), 409, "ALREADY_RELEASED")

    code = caller.post("/codes", ask(carat_id, 7)).json()
    by_sms = api.desk.ask(phone, f"cl.7.{carat_id}{INFORMATION}")

    assert by_sms == code["text"] == f'OK: Ihr Freischalt-Code lautet "{code["code"]}"'
    number = placed.json()["orderNumber"]
    assert caller.get(f"/orders/{number}").json()["netCents"] > 0
    other = api.customer()
    problem(other.get(f"/orders/{number}"), 404, "NOT_FOUND")
    trail = wait_until(
        lambda: (told := api.desk.tool("audit", carat_id)).count("retrieved") == 2 and told,
        "both retrievals",
    )
    assert "user:" in str(trail)
    wrong = caller.post("/codes", ask("00000000"))
    assert problem(wrong, 422, "VALIDATION_FAILED")["errors"][0]["rule"] == "INVALID_PARAMETER"
