"""May a plant be shown, and which are public: over HTTP, from DynamoDB, in one read."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics

from freischalt.account_ports import Put
from freischalt.adapters.dynamodb_entitlements import DynamoDbEntitlements
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.domain.ids import AccountNumber, plant_id
from freischalt.domain.locks import Lock, LockScope
from freischalt.domain.plant import Production
from freischalt.domain.public_plant import public_plant
from freischalt_api.entitlement_routes import add_entitlements, add_public_plants
from freischalt_api.entitlement_shapes import EntitlementOut, PublicPlantsOut
from freischalt_api.lean import LeanApi, serve_lean
from tests.account_factories import ANNA, VERSIONS, a_password, a_session, a_user, an_account
from tests.account_fakes import VIENNA, FakeOffice, an_office
from tests.conftest import ROOT, TABLE
from tests.factories import ACCOUNT, OTHER_ACCOUNT
from tests.functional.conftest import Context
from tests.term_factories import PLANT, TODAY, a_plant, a_term, details

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOG, COUNTS = Logger(service="test"), Metrics(namespace="Test", service="test")
KEY = {"actor": "key:1", "role": "customer", "account": ACCOUNT}
THEIRS = {**KEY, "account": OTHER_ACCOUNT}
RETURN = datetime(2026, 12, 31, tzinfo=UTC).date()


def event(name: str) -> Any:
    return json.loads((ROOT / f"events/entitlements.{name}.json").read_text("utf-8"))


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class Desk:
    """The routes, on a table of moto's; `calls` are what they ask of DynamoDB."""

    dynamodb: Any
    now: datetime = NOON
    calls: list[str] = field(default_factory=list)
    people: FakeOffice = field(default_factory=an_office)

    def __post_init__(self) -> None:
        self.records = DynamoDbRecords(self.dynamodb, TABLE, VIENNA)
        shown = DynamoDbEntitlements(self.dynamodb, TABLE)
        self.api = LeanApi(now=lambda: self.now, office=self.people.office)
        add_entitlements(self.api, shown, VIENNA)
        add_public_plants(self.api, shown, VIENNA)

    def put(self, *things: Any) -> None:
        for thing in things:
            self.records.write(Put(thing))

    def call(self, asked: Any, **headers: str) -> Answer:
        asked["headers"] |= {name.replace("_", "-"): text for name, text in headers.items()}
        note = lambda model, **_: self.calls.append(model.name)  # noqa: E731
        self.calls.clear()
        self.dynamodb.meta.events.register("before-call.dynamodb", note)
        try:
            answer = serve_lean(self.api, asked, Context(), LOG, COUNTS)
        finally:
            self.dynamodb.meta.events.unregister("before-call.dynamodb", note)
        body = json.loads(answer["body"]) if answer["body"] else None
        return Answer(answer["statusCode"], answer["headers"], body)

    def of(self, subject: str = PLANT, told: Any = KEY, **headers: str) -> Answer:
        asked = event("subject")
        asked["rawPath"] = asked["requestContext"]["http"]["path"] = f"/entitlements/{subject}"
        asked["requestContext"]["authorizer"] = {"lambda": told}
        return self.call(asked, **headers)

    def public(self, **query: str) -> Answer:
        asked = event("public")
        if query:
            asked["queryStringParameters"] = query
        return self.call(asked)


@pytest.fixture
def desk(dynamodb: Any) -> Desk:
    return Desk(dynamodb)


def owned(**changes: Any) -> Any:
    return an_account(version=0, **changes)


def plant(**changes: Any) -> Any:
    return a_plant(**{"version": 0, **changes})


# --- one plant


def test_a_running_trial_is_told_in_one_read_with_the_day_it_ends(desk: Desk) -> None:
    desk.put(owned(), plant())

    answer = desk.of()

    assert answer.status == 200
    assert answer.body == {
        "subject": PLANT,
        "allowed": True,
        "state": "trial",
        "until": "2027-01-02",
        "renewable": False,
        "nextChange": "2026-11-22T23:00:00Z",
        "reason": None,
    }
    assert desk.calls == ["BatchGetItem"]
    assert answer.headers["Cache-Control"] == "private, max-age=60"


LOCKED = Lock(until=RETURN)
BEFORE = date(2025, 1, 1)
OVER = {"trial_from": BEFORE}


@pytest.mark.parametrize(
    ("changes", "locks", "expected"),
    [
        pytest.param(
            {**OVER, "terms": (a_term(),)}, (), (True, "active", "2027-11-23", None), id="active"
        ),
        pytest.param(
            {**OVER, "terms": (a_term(after=date(2025, 12, 25)),)},
            (),
            (True, "expiring", "2026-12-26", None),
            id="expiring",
        ),
        pytest.param(OVER, (), (False, "expired", None, "Lizenz abgelaufen"), id="expired"),
        pytest.param(
            {"trial_from": None}, (), (False, None, None, "Lizenz nicht aktiviert"), id="not-begun"
        ),
        pytest.param(
            {"ended_at": NOON}, (), (False, "ended", None, "Lizenz abgelaufen"), id="ended"
        ),
        pytest.param(
            {"locks": (LOCKED,)},
            (),
            (False, "locked", "2027-01-02", "gesperrt bis 31.12.2026"),
            id="plant-locked",
        ),
        pytest.param(
            {"locks": (LOCKED,)},
            (Lock(until=None),),
            (False, "locked", "2027-01-02", "gesperrt bis auf Widerruf"),
            id="account-locked-too",
        ),
        pytest.param(
            {},
            (Lock(until=None, scope=LockScope.NEW),),
            (True, "trial", "2027-01-02", None),
            id="a-lock-that-spares-what-is-paid-up",
        ),
        pytest.param(
            {"locks": (Lock(until=TODAY),)}, (), (True, "trial", "2027-01-02", None), id="lock-over"
        ),
        pytest.param(
            {**OVER, "terms": (a_term(ended=TODAY),)},
            (),
            (False, "expired", None, "Lizenz abgelaufen"),
            id="outgrown",
        ),
    ],
)
def test_what_a_plants_facts_mean(
    changes: dict[str, Any],
    locks: tuple[Lock, ...],
    expected: tuple[object, ...],
    desk: Desk,
) -> None:
    desk.put(owned(locks=locks), plant(**changes))

    body = desk.of().body

    assert (body["allowed"], body["state"], body["until"], body["reason"]) == expected


def test_the_reason_is_in_the_clients_language(desk: Desk) -> None:
    desk.put(owned(), plant(locks=(LOCKED,)))

    answer = desk.of(accept_language="en")

    assert answer.body["reason"] == "locked until 2026-12-31"
    assert answer.headers["Vary"] == "Accept-Language"


def test_whose_next_term_is_bought_and_begins_later_needs_no_renewal(desk: Desk) -> None:
    desk.put(owned(), plant(**OVER, terms=(a_term(after=date(2026, 12, 2)),)))

    told = desk.of().body

    assert (told["allowed"], told["state"], told["renewable"]) == (False, "expired", False)
    assert told["nextChange"] == "2026-12-01T23:00:00Z"


@pytest.mark.parametrize(("minutes", "renewable"), [(-1, False), (1, True)])
def test_it_can_be_renewed_from_forty_days_before_the_end_midnight_on(
    minutes: int,
    renewable: bool,
    desk: Desk,
) -> None:
    desk.put(owned(), plant())
    desk.now = datetime(2026, 11, 23, tzinfo=VIENNA).astimezone(UTC) + timedelta(minutes=minutes)

    assert desk.of().body["renewable"] is renewable


def test_an_answer_is_kept_no_longer_than_it_is_right(desk: Desk) -> None:
    desk.put(owned(), plant(trial_from=date(2026, 10, 12)))
    desk.now = datetime(2026, 11, 21, 22, 59, 18, 500, tzinfo=UTC)

    ending = desk.of()
    desk.now += timedelta(seconds=42)

    assert ending.body["nextChange"] == "2026-11-21T23:00:00Z"
    assert ending.headers["Cache-Control"] == "private, max-age=41"
    assert (ending.body["allowed"], desk.of().body["allowed"]) == (True, False)


def test_who_has_the_answer_gets_none_until_it_changes(desk: Desk) -> None:
    desk.put(owned(), plant())
    etag = desk.of().headers["ETag"]

    again = desk.of(if_none_match=f'"x", {etag}')
    weak = desk.of(if_none_match=f"W/{etag}")
    desk.records.write(Put(a_plant(locks=(Lock(until=None),))))
    locked = desk.of(if_none_match=etag)

    assert (again.status, again.body, again.headers["ETag"]) == (304, None, etag)
    assert again.headers["Cache-Control"] == "private, max-age=60"
    assert weak.status == 304
    assert locked.status == 200
    assert locked.headers["ETag"] != etag


def test_answers_are_as_the_document_says(desk: Desk) -> None:
    desk.put(owned(), plant(locks=(LOCKED,)))
    public(desk, 1, production=Production(on=TODAY, day_wh=1, total_wh=2))

    EntitlementOut.model_validate(desk.of().body, strict=False, extra="forbid")
    PublicPlantsOut.model_validate(desk.public().body, strict=False, extra="forbid")
    assert set(desk.of().body) == {field.alias for field in EntitlementOut.model_fields.values()}


# --- who may ask


def test_a_guest_sees_it_and_it_is_the_owners_lock_that_counts(desk: Desk) -> None:
    desk.put(owned(), plant(guests=(OTHER_ACCOUNT,)), owned(number=OTHER_ACCOUNT))

    assert desk.of(told=THEIRS).body["allowed"] is True


@pytest.mark.parametrize(
    ("subject", "told", "calls"),
    [
        pytest.param(PLANT, THEIRS, ["BatchGetItem"], id="foreign"),
        pytest.param(f"{ACCOUNT}-2", KEY, ["BatchGetItem"], id="unknown"),
        pytest.param("99999-1", KEY, ["BatchGetItem"], id="of-an-unknown-account"),
        pytest.param("12345678", KEY, [], id="no-plants-id"),
    ],
)
def test_unknown_and_foreign_look_the_same(
    subject: str, told: Any, calls: list[str], desk: Desk
) -> None:
    desk.put(owned(), plant())

    answer = desk.of(subject, told)

    assert answer.status == 404
    assert answer.body == desk.of(f"{ACCOUNT}-99", THEIRS).body
    assert answer.body["code"] == "NOT_FOUND"
    assert desk.of(subject, told) == answer
    assert desk.calls == calls


def test_of_an_erased_account_nothing_is_shown(desk: Desk) -> None:
    desk.put(owned(erased=True), plant())

    assert desk.of().status == 404


def test_who_has_not_accepted_the_documents_gets_412(desk: Desk) -> None:
    desk.put(owned(), plant())
    old = a_user(accepted={**VERSIONS, "terms": "2020-01"}, password=a_password())
    desk.people.records.put(old, a_session())
    told = {**KEY, "actor": f"user:{ANNA}", "user": ANNA, "session": "d1", "lacks": "terms"}

    refused = desk.of(told=told)
    desk.people.records.put(a_user(password=a_password()))  # accepted, and told a minute ago

    assert (refused.status, refused.body["code"]) == (412, "DOCUMENTS_NOT_ACCEPTED")
    assert [document["kind"] for document in refused.body["documents"]] == ["terms"]
    assert desk.of(told=told).status == 200


def test_nobody_gets_nothing(desk: Desk) -> None:
    desk.put(owned(), plant())

    assert desk.of(told={}).status == 403


# --- public plants


def public(desk: Desk, running: int, city: str = "Metzingen", **changes: Any) -> None:
    account = changes.pop("account", ACCOUNT)
    site = changes.pop("code", "72555")
    base = details(is_public=True)

    where = replace(base.site, city=city, postal_code=site)
    shown = a_plant(
        id=plant_id(AccountNumber(account), running),
        details=replace(base, site=where, generator_power_w=5_000),
        **changes,
    )
    row = public_plant(shown)
    assert row
    desk.put(row)


def test_a_public_plant_is_shown_without_its_name_owner_and_place(desk: Desk) -> None:
    desk.put(owned())
    reported = Production(on=TODAY, day_wh=12_000, total_wh=3_400_000)
    public(desk, 1, production=reported)
    public(desk, 2, "Reutlingen")

    answer = desk.public()

    assert answer.body == {
        "plants": [
            {
                "country": "DE",
                "postalCode": "72555",
                "city": "Metzingen",
                "generatorPowerW": 5_000,
                "acPowerW": 4_200,
                "production": {"on": "2026-11-22", "dayWh": 12_000, "totalWh": 3_400_000},
            },
            {
                "country": "DE",
                "postalCode": "72555",
                "city": "Reutlingen",
                "generatorPowerW": 5_000,
                "acPowerW": 4_200,
                "production": None,
            },
        ],
        "next": None,
    }
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert desk.calls == ["Query", "BatchGetItem"]


def test_none_is_shown_without_a_right_or_under_a_lock(desk: Desk) -> None:
    desk.put(owned(), owned(number=OTHER_ACCOUNT, locks=(Lock(until=None),)))
    public(desk, 1, "A")
    public(desk, 2, "expired", trial_from=BEFORE)
    public(desk, 3, "locked", locks=(Lock(until=None),))
    public(desk, 1, "its owner is locked", account=OTHER_ACCOUNT)
    public(desk, 1, "its owner is gone", account="99999")

    assert [one["city"] for one in desk.public().body["plants"]] == ["A"]


def test_page_by_page_each_comes_once_and_no_place_tells_whose_a_plant_is(desk: Desk) -> None:
    desk.put(owned())
    codes = ["72555"] * 5 + ["72556"] + ["80331"] * 3
    for n, code in enumerate(codes):
        public(desk, n + 1, f"City {n}", code=code)
    found, places, after = [], [], None

    for _ in range(10):
        asked = {"limit": "2"} | ({"after": after} if after else {})
        answer = desk.public(**asked)
        assert desk.calls.count("Query") == 1
        found += [one["city"] for one in answer.body["plants"]]
        after = answer.body["next"]
        if not after:
            break
        places.append(urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode())

    assert sorted(found) == sorted(f"City {n}" for n in range(len(codes)))
    assert places == ["DE#72555#2", "DE#72555#4", "DE#72556#1", "DE#80331#2"]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "x"},
        {"limit": "²"},
        {"after": "%%%"},
        {"after": "AAAA"},
        {"after": "REUjNzI1NTU"},
        {"after": "A" * 201},
    ],
)
def test_what_no_page_has_named_is_refused(query: dict[str, str], desk: Desk) -> None:
    answer = desk.public(**query)

    assert (answer.status, answer.body["code"]) == (422, "VALIDATION_FAILED")
    assert desk.calls == []


def test_towards_midnight_the_list_is_kept_no_longer_than_the_day(desk: Desk) -> None:
    desk.now = datetime(2026, 11, 22, 22, 59, 50, tzinfo=UTC)

    answer = desk.public()

    assert answer.body == {"plants": [], "next": None}
    assert answer.headers["Cache-Control"] == "public, max-age=10"


# --- the function


@pytest.mark.parametrize(("name", "status"), [("subject", 404), ("public", 200)])
def test_the_function_answers(name: str, status: int, function: Callable[[str], Any]) -> None:
    assert function("entitlements").handler(event(name), Context())["statusCode"] == status


def test_an_unknown_route_and_a_failure_are_problems_that_tell_nothing(
    function: Callable[[str], Any], dynamodb: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    entitlements = function("entitlements")
    other = event("subject")
    other["rawPath"] = other["requestContext"]["http"]["path"] = "/entitlements"
    unknown = entitlements.handler(other, Context())
    dynamodb.delete_table(TableName=TABLE)

    failed = entitlements.handler(event("subject"), Context())

    assert (unknown["statusCode"], failed["statusCode"]) == (404, 500)
    assert json.loads(failed["body"])["code"] == "INTERNAL"
    assert '"Status_5xx"' in capsys.readouterr().out
