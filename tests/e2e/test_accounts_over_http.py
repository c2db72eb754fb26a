"""Registration, sign-in, passwords, documents, phones and keys, each rule over real HTTP."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from freischalt.adapters import keys
from freischalt.adapters.argon2_hasher import Argon2Hasher
from freischalt.domain.address import CustomerKind
from freischalt.domain.ids import AccountNumber
from freischalt.domain.user import user_id
from tests.account_factories import keep_many_locks
from tests.e2e.api import (
    ADDRESS,
    GERMAN,
    PASSWORD,
    PASSWORD_HASH,
    VERSIONS,
    Api,
    ago,
    found,
    new_carat_id,
    new_name,
    problem,
)
from tests.e2e.running import wait_until

pytestmark = pytest.mark.e2e


def rules(answer: httpx.Response) -> set[str]:
    return {error["rule"] for error in problem(answer, 422, "PASSWORD_RULES")["errors"]}


# --- registration


def test_nobody_signs_in_before_the_link_was_opened_and_then_only_to_change(api: Api) -> None:
    name = new_name()
    api.register(name)
    password, token = api.mailed(name)

    problem(api.sign_in(name, password), 403, "WRONG_CREDENTIALS")

    opened = api.anybody().post("/registrations/validation", {"token": token})
    assert opened.status_code == 200
    caller = api.signed_in(name, password)
    problem(caller.get("/licences"), 403, "PASSWORD_CHANGE_REQUIRED")
    assert caller.put("/password", {"current": password, "new": PASSWORD}).status_code == 204
    assert caller.get("/licences").json() == {"licences": [], "next": None}


def test_a_link_opens_once_and_for_a_day(api: Api) -> None:
    name, late = new_name(), new_name()
    api.register(name)
    api.register(late)
    _, token = api.mailed(name)
    _, late_token = api.mailed(late)
    with api.user_item(late) as item:
        item["validation"]["M"]["until"] = ago(timedelta(seconds=1))
    open_link = api.anybody().post

    assert open_link("/registrations/validation", {"token": token}).status_code == 200
    problem(open_link("/registrations/validation", {"token": token}), 404, "LINK_NOT_VALID")
    problem(open_link("/registrations/validation", {"token": late_token}), 404, "LINK_NOT_VALID")


def test_an_unconfirmed_registration_disappears_after_a_week_and_frees_the_name(api: Api) -> None:
    name = new_name()
    body = api.register(name)
    problem(api.anybody().post("/registrations", body), 409, "USER_NAME_TAKEN")
    with api.user_item(name) as item:
        item["created_at"] = ago(timedelta(days=7))

    _, old = api.mailed(name)
    assert api.anybody().post("/registrations", body).status_code == 202

    _, token = api.mailed(name, number=2)
    open_link = api.anybody().post
    problem(open_link("/registrations/validation", {"token": old}), 404, "LINK_NOT_VALID")
    assert open_link("/registrations/validation", {"token": token}).status_code == 200


def test_both_documents_are_accepted_in_their_version_or_nothing_is_kept(api: Api) -> None:
    name = new_name()
    body = {
        "userName": name,
        "email": "anna@example.org",
        "kind": "person",
        "name": "Anna",
        "address": ADDRESS,
    }
    caller = api.anybody()

    missing = problem(caller.post("/registrations", body), 422, "VALIDATION_FAILED")
    old = {**VERSIONS, "privacy": "2020-01"}
    refused = problem(
        caller.post("/registrations", {**body, "accepted": old}), 412, "DOCUMENTS_NOT_ACCEPTED"
    )

    assert [error["pointer"] for error in missing["errors"]] == ["/accepted"]
    assert [error["pointer"] for error in refused["errors"]] == ["/accepted/privacy"]
    assert caller.post("/registrations", {**body, "accepted": VERSIONS}).status_code == 202


def test_an_address_that_is_known_is_answered_like_any_other(api: Api) -> None:
    first, second = new_name(), new_name()
    api.register(first, email="same@example.org")

    api.register(second, email="same@example.org")


@pytest.mark.parametrize(
    ("kind", "country", "may_buy", "advice"),
    [
        ("person", "DE", True, None),
        ("person", "AT", False, None),
        ("person", "GR", False, "Service Partner Hellas, service@example.gr"),
        ("person", "CH", False, "Servicepartner Schweiz, service@example.ch"),
        ("company", "GR", True, None),
    ],
)
def test_who_may_buy_monitoring(
    api: Api, kind: str, country: str, may_buy: bool, advice: str | None
) -> None:
    vat_id = "EL094259216" if kind == "company" else None
    caller = api.customer(
        kind=CustomerKind(kind), address=replace(GERMAN, country=country), vat_id=vat_id
    )

    account = caller.get("/account").json()

    assert (account["mayBuyMonitoring"], account["advice"]) == (may_buy, advice)


# --- the password policy


def test_all_broken_rules_are_told_at_once_in_the_callers_language(api: Api) -> None:
    caller = api.customer()

    def change(new: str, language: str = "de") -> httpx.Response:
        body = {"current": PASSWORD, "new": new}
        return caller.put("/password", body, Accept_Language=language)

    assert rules(change("kurz")) == {"TOO_SHORT", "NO_DIGIT", "NO_SPECIAL", "TOO_YOUNG"}
    assert rules(change("12345678")) == {"NO_LETTER", "NO_SPECIAL", "TOO_YOUNG"}
    assert rules(change(PASSWORD)) == {"TOO_YOUNG", "USED_BEFORE"}
    assert rules(change("a1!" * 50)) == {"TOO_LONG", "TOO_YOUNG"}
    german, english = (
        {error["detail"] for error in change("kurz", language).json()["errors"]}
        for language in ("de", "en")
    )
    assert "hat mindestens 8 Zeichen" in german
    assert "has at least 8 characters" in english


def test_a_password_stays_two_days_and_expires_after_a_year(api: Api) -> None:
    caller = api.customer()
    body = {"current": PASSWORD, "new": "Geheim-1235"}
    assert rules(caller.put("/password", body)) == {"TOO_YOUNG"}
    api.age_password(caller.name, 2)
    assert caller.put("/password", body).status_code == 204

    api.age_password(caller.name, 365)
    again = api.sign_in(caller.name, "Geheim-1235")
    assert again.json()["mustChangePassword"] is True
    expired = api.holding(again.json()["token"])
    problem(expired.get("/orders"), 403, "PASSWORD_CHANGE_REQUIRED")
    new = {"current": "Geheim-1235", "new": "Geheim-1236"}
    assert expired.put("/password", new).status_code == 204
    assert expired.get("/orders").status_code == 200


def test_none_of_the_eight_previous_passwords(api: Api) -> None:
    caller = api.customer()
    with api.user_item(caller.name) as item:  # seven more, after the one that is tried
        first, others = Argon2Hasher().hash("Geheim-0001"), [PASSWORD_HASH] * 7
        item["old_hashes"] = {"L": [{"S": hashed} for hashed in (first, *others)]}
    api.age_password(caller.name, 3)

    used = caller.put("/password", {"current": PASSWORD, "new": "Geheim-0001"})
    assert rules(used) == {"USED_BEFORE"}
    body = {"current": PASSWORD, "new": "Geheim-2009"}
    assert caller.put("/password", body).status_code == 204
    api.age_password(caller.name, 3)
    body = {"current": "Geheim-2009", "new": "Geheim-0001"}  # the ninth one back
    assert caller.put("/password", body).status_code == 204


# --- signing in


def test_fifty_wrong_passwords_at_once_count_exactly_five(api: Api) -> None:
    caller = api.customer()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: api.sign_in(caller.name, "Falsch-1234"), range(50)))

    assert Counter(answer.json()["code"] for answer in answers) == {
        "WRONG_CREDENTIALS": 5,
        "SIGN_IN_LOCKED": 45,
    }
    locked = api.sign_in(caller.name, PASSWORD)
    problem(locked, 423, "SIGN_IN_LOCKED")
    assert 0 < int(locked.headers["retry-after"]) <= 15 * 60
    assert caller.get("/licences").status_code == 200  # who is signed in stays so
    wait_until(
        lambda: "sign_in_locked" in caller.get("/account/audit-trail").text, "the audit entry"
    )


def test_a_name_that_nobody_has_locks_the_same(api: Api) -> None:
    name = new_name()

    answers = [api.sign_in(name, "Falsch-1234") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [403] * 5 + [423]


def test_a_lock_ends_after_a_quarter_of_an_hour_and_a_success_clears(api: Api) -> None:
    caller = api.customer()
    for _ in range(4):
        problem(api.sign_in(caller.name, "Falsch-1234"), 403, "WRONG_CREDENTIALS")
    api.signed_in(caller.name)
    for _ in range(5):
        problem(api.sign_in(caller.name, "Falsch-1234"), 403, "WRONG_CREDENTIALS")
    problem(api.sign_in(caller.name, PASSWORD), 423, "SIGN_IN_LOCKED")

    key, table = keys.sign_in(user_id(caller.name)), api.desk.outputs["TableName"]
    item = api.desk.dynamodb.get_item(TableName=table, Key=key)["Item"]
    item["locked_until"] = ago(timedelta(seconds=1))  # type: ignore[assignment]
    api.desk.dynamodb.put_item(TableName=table, Item=item)

    api.signed_in(caller.name)


def test_sessions_end_by_signing_out_all_at_once_and_by_themselves(api: Api) -> None:
    caller = api.customer()
    other = api.signed_in(caller.name)

    assert other.delete("/sessions/current").status_code == 204
    assert other.delete("/sessions").status_code in {403, 204}  # kept for a minute at most
    fresh, third = api.signed_in(caller.name), api.signed_in(caller.name)
    assert fresh.delete("/sessions").status_code == 204
    assert third.get("/licences").status_code == 403
    assert third.get("/licences").json() == {"message": "Forbidden"}  # by API Gateway

    idle = api.signed_in(caller.name)
    table = api.desk.outputs["TableName"]
    sessions = api.desk.dynamodb.query(
        TableName=table,
        KeyConditionExpression="PK = :user AND begins_with(SK, :session)",
        ExpressionAttributeValues={
            ":user": keys.user(user_id(caller.name))["PK"],
            ":session": {"S": keys.SESSION},
        },
    )["Items"]
    for session in sessions:
        session["used_at"] = ago(timedelta(minutes=30))  # type: ignore[assignment]
        api.desk.dynamodb.put_item(TableName=table, Item=session)
    assert idle.get("/licences").status_code == 403


def test_a_reset_link_opens_once_ends_all_sessions_and_tells_nobody(api: Api) -> None:
    caller = api.customer()
    unknown = api.anybody().post("/password-resets", {"userName": new_name()})
    known = api.anybody().post("/password-resets", {"userName": caller.name})
    assert (unknown.status_code, unknown.json()) == (known.status_code, known.json())
    text = api.mail(f"{caller.name}@example.org", "Neues Passwort für Freischalt")
    token = found(r"token=(\S+)", text)
    redeem = {"token": token, "password": "Geheim-9999"}

    assert rules(
        api.anybody().post("/password-resets/redemption", {**redeem, "password": "kurz"})
    ) == {"TOO_SHORT", "NO_DIGIT", "NO_SPECIAL"}
    assert api.anybody().post("/password-resets/redemption", redeem).status_code == 204

    again = api.anybody().post("/password-resets/redemption", redeem)
    problem(again, 404, "LINK_NOT_VALID")
    problem(api.sign_in(caller.name, PASSWORD), 403, "WRONG_CREDENTIALS")
    api.signed_in(caller.name, "Geheim-9999")
    fresh = api.holding(caller.token or "").get("/account/audit-trail")
    assert fresh.status_code in {200, 403}  # the answer of a minute ago may still count


# --- documents


def test_a_new_version_is_accepted_before_anything_else(api: Api) -> None:
    caller = api.customer()
    with api.user_item(caller.name) as item:
        item["accepted"]["M"]["terms"] = {"S": "2025-01"}
    late = api.signed_in(caller.name)

    told = problem(late.get("/licences"), 412, "DOCUMENTS_NOT_ACCEPTED")
    english = late.get("/licences", headers={"Accept-Language": "en"}).json()

    (document,) = told["documents"]
    assert (document["kind"], document["version"]) == ("terms", "2026-11")
    assert document["urls"]["de"].startswith("https://")
    assert told["detail"].startswith("Bitte akzeptieren")
    assert english["detail"].startswith("Please accept")
    for still_open in ("/session", "/documents/own", "/documents"):
        assert late.get(still_open).status_code == 200
    problem(late.post("/orders", {"type": "5P", "licenceNumber": "A" * 16}), 412, told["code"])
    wrong = late.post("/documents/acceptances", {**VERSIONS, "terms": "2025-01"})
    problem(wrong, 409, "DOCUMENT_VERSION_UNKNOWN")
    assert late.post("/documents/acceptances", VERSIONS).status_code == 204
    assert late.get("/licences").status_code == 200


# --- phones and keys


def test_a_phone_orders_after_its_six_digits_came_back(api: Api) -> None:
    caller, phone = api.customer(), "+4366012399001"
    assert caller.post("/phones", {"phone": "+4315331234"}).status_code == 422  # no mobile
    assert caller.post("/phones", {"phone": phone}).status_code == 202
    text = wait_until(lambda: api.desk.answers(phone), "the code")[-1]
    digits = found(r": (\d{6}) \(", text)
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
    confirm = f"/phones/{phone}/confirmation"

    problem(caller.post(confirm, {"code": wrong}), 422, "PHONE_CODE_WRONG")
    assert caller.post(confirm, {"code": digits}).status_code == 200

    carat_id = new_carat_id()
    answer = api.desk.ask(phone, f"Ich bestelle verbindlich 5P {carat_id}90ABCDEF")
    assert answer.startswith("OK: Bestellung ")
    assert caller.get("/phones").json() == {"phones": [phone]}
    other = api.customer()
    other.post("/phones", {"phone": phone})
    wait_until(lambda: len(api.desk.answers(phone)) == 3, "the other's code")
    digits = found(r": (\d{6}) \(", api.desk.answers(phone)[-1])
    problem(other.post(confirm, {"code": digits}), 409, "PHONE_TAKEN")
    assert caller.delete(f"/phones/{phone}").status_code == 204
    assert other.post(confirm, {"code": digits}).status_code == 200
    trail = wait_until(
        lambda: (found := caller.get("/account/audit-trail").text).count("phone_re") == 2 and found,
        "both entries",
    )
    assert phone not in str(trail)


def test_five_wrong_codes_are_all(api: Api) -> None:
    caller, phone = api.customer(), "+4366012399002"
    caller.post("/phones", {"phone": phone})
    digits = found(r": (\d{6}) \(", wait_until(lambda: api.desk.answers(phone), "the code")[-1])
    confirm = f"/phones/{phone}/confirmation"
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"

    for _ in range(5):
        problem(caller.post(confirm, {"code": wrong}), 422, "PHONE_CODE_WRONG")

    problem(caller.post(confirm, {"code": digits}), 422, "PHONE_CODE_WRONG")


def test_a_machine_uses_a_key_until_it_is_revoked(api: Api) -> None:
    caller = api.customer()
    made = caller.post("/api-keys", {"name": "Fertigung"}, Idempotency_Key="k1")
    again = caller.post("/api-keys", {"name": "Fertigung"}, Idempotency_Key="k1")
    assert made.json() == again.json()
    machine = api.holding(made.json()["token"])

    assert machine.get("/licences").status_code == 200
    problem(machine.get("/account/export"), 403, "NOT_FOR_MACHINES")
    (key,) = caller.get("/api-keys").json()["apiKeys"]
    assert (key["name"], key["revokedAt"]) == ("Fertigung", None)
    assert made.json()["token"] not in str(key)
    assert caller.delete(f"/api-keys/{made.json()['id']}").status_code == 204
    assert api.holding(made.json()["token"] + "x").get("/licences").status_code == 403
    stored = str(
        api.desk.dynamodb.query(
            TableName=api.desk.outputs["TableName"],
            KeyConditionExpression="PK = :account",
            ExpressionAttributeValues={":account": {"S": f"ACCOUNT#{caller.account}"}},
        )["Items"]
    )
    assert "revoked_at" in stored
    assert made.json()["token"].rpartition("_")[2] not in stored


# --- the account


def test_who_writes_back_what_it_read_sends_the_etag(api: Api) -> None:
    caller = api.customer()
    body = {"kind": "person", "name": "Anna Neu", "address": ADDRESS}
    etag = caller.get("/account").headers["etag"]

    problem(caller.put("/account", body), 428, "PRECONDITION_REQUIRED")
    changed = caller.put("/account", body, If_Match=etag)
    assert (changed.status_code, changed.json()["name"]) == (200, "Anna Neu")
    problem(caller.put("/account", body, If_Match=etag), 412, "CHANGED_MEANWHILE")


def test_an_account_is_exported_whole_and_erased_without_a_trace_of_the_person(api: Api) -> None:
    caller = api.customer()
    carat_id = new_carat_id()
    order = caller.post("/orders", {"type": "5P", "licenceNumber": f"{carat_id}90ABCDEF"}).json()
    exported = wait_until(
        lambda: (kept := caller.get("/account/export").json())["orders"] and kept, "the order"
    )
    assert exported["users"][0]["email"] == f"{caller.name}@example.org"
    assert [one["number"] for one in exported["orders"]] == [order["orderNumber"]]
    assert exported["licences"] == [carat_id]

    assert caller.delete("/account").status_code == 204

    problem(api.sign_in(caller.name, PASSWORD), 403, "WRONG_CREDENTIALS")
    left = api.operator().get(f"/operator/accounts/{caller.account}").json()
    assert (left["name"], left["address"], left["phones"]) == ("(gelöscht)", None, [])
    assert caller.name not in str(left)


def test_a_large_export_is_left_at_an_address_that_opens_it(api: Api) -> None:
    caller = api.customer()
    count = keep_many_locks(api.desk.records, AccountNumber(caller.account))

    answer = caller.get("/account/export")

    assert answer.status_code == 202
    link = answer.json()["url"]
    whole = httpx.get(link)
    assert whole.headers["content-disposition"] == "attachment"
    assert len(whole.json()["locks"]) == count
    unsigned, _, _ = link.partition("?")
    assert f"/accounts/{caller.account}/" in unsigned
    assert "X-Amz-Signature" not in api.desk.logged()


def test_an_account_with_a_contract_lock_is_not_erased(api: Api) -> None:
    caller = api.customer()
    lock = {"reason": "contract", "note": "Rechnung offen"}
    assert api.operator().post(f"/operator/accounts/{caller.account}/locks", lock).is_success

    problem(caller.delete("/account"), 409, "OPEN_OBLIGATIONS")


# --- operators


def test_an_operator_needs_the_second_factor_and_each_code_once(api: Api) -> None:
    operator = api.operator()
    body = {"userName": operator.name, "password": PASSWORD, "totp": "000000"}

    problem(api.anybody().post("/operator/sessions", body), 403, "WRONG_CREDENTIALS")
    problem(api.sign_in(operator.name, PASSWORD), 403, "WRONG_CREDENTIALS")  # not the front door
    assert api.customer().get("/operator/maintenance").status_code == 403
    assert operator.get("/licences").status_code == 403


def test_who_switched_maintenance_is_in_the_switchs_trail(api: Api) -> None:
    operator = api.operator()
    for on in (True, False):
        operator.put("/operator/maintenance", {"on": on})

    def switched() -> list[tuple[str, str]]:
        entries = operator.get("/operator/maintenance/audit-trail").json()["entries"]
        return [(entry["details"]["to"], entry["actor"]) for entry in entries[:2]]

    wait_until(lambda: [to for to, _ in switched()] == ["off", "on"], "both entries")
    assert {actor for _, actor in switched()} == {f"operator:{user_id(operator.name)}"}


def test_an_operator_finds_an_account_by_number_name_phone_and_dongle(api: Api) -> None:
    caller = api.customer(name="Zwölfaxinger KG")
    phone, carat_id = "+4366012399010", new_carat_id()
    operator = api.operator()
    base = f"/operator/accounts/{caller.account}"
    assert operator.post(f"{base}/phones", {"phone": phone}).status_code == 201
    assert operator.post(f"{base}/releases", {"caratId": carat_id, "points": 5}).status_code == 201

    def numbers(**query: str) -> list[str]:
        found = operator.get("/operator/accounts", params=query).json()["accounts"]
        return [account["number"] for account in found]

    assert numbers(number=caller.account) == [caller.account]
    assert numbers(phone=phone) == [caller.account]
    assert numbers(caratId=carat_id) == [caller.account]
    wait_until(lambda: caller.account in numbers(name="zwoelfax"), "the name is listed")
    problem(operator.get("/operator/accounts"), 422, "VALIDATION_FAILED")
    assert operator.delete(f"{base}/phones/{phone}").status_code == 204


def test_an_invited_user_signs_in_to_the_account_that_was_there(api: Api) -> None:
    owner, name = api.customer(), new_name()
    body = {"userName": name, "email": f"{name}@example.org"}
    invited = api.operator().post(f"/operator/accounts/{owner.account}/users", body)
    assert invited.status_code == 202
    password, token = api.mailed(name)
    opened = api.anybody().post("/registrations/validation", {"token": token})
    assert opened.json() == {"account": owner.account}
    caller = api.signed_in(name, password)
    assert caller.put("/password", {"current": password, "new": PASSWORD}).status_code == 204
    problem(caller.get("/licences"), 412, "DOCUMENTS_NOT_ACCEPTED")
    assert caller.post("/documents/acceptances", VERSIONS).status_code == 204
    assert caller.get("/account").json()["number"] == owner.account


def test_what_was_done_is_in_the_trail(api: Api) -> None:
    caller = api.newcomer()
    wanted = {"validated", "password_changed"}

    def events() -> set[str]:
        entries = caller.get("/account/audit-trail").json()["entries"]
        return {entry["event"] for entry in entries}

    wait_until(lambda: wanted <= events(), f"{wanted} in the trail")
    entry = caller.get("/account/audit-trail").json()["entries"][0]
    assert entry["actor"] == f"user:{user_id(caller.name)}"
    assert datetime.fromisoformat(entry["at"]) > datetime.now(UTC) - timedelta(minutes=5)
