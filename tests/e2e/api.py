"""The API as its clients see it: over HTTP, with what came by mail and SMS."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from pyotp import parse_uri

from freischalt.account_ports import Put
from freischalt.adapters import keys
from freischalt.adapters.argon2_hasher import Argon2Hasher
from freischalt.adapters.items import millis
from freischalt.adapters.kms_secret_maker import KmsSecretMaker
from freischalt.clock import utc_now
from freischalt.domain.account import Account
from freischalt.domain.activation import VERSION, activation_code, inverter_serial
from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.purposes import ACTIVATION
from freischalt.domain.user import Language, Password, User, user_id
from tests.e2e.running import Running, wait_until

ADDRESS = {"street": "Weg 1", "postalCode": "10115", "city": "Berlin", "country": "DE"}
VERSIONS = {"terms": "2026-11", "privacy": "2026-11"}
PASSWORD = "Geheim-1234"
PASSWORD_HASH = Argon2Hasher().hash(PASSWORD)
GERMAN = Address("Weg 1", "10115", "Berlin", "DE")


@dataclass
class Api:
    """Calls the API and keeps a journal: how often each operation was answered by which status."""

    desk: Running
    http: httpx.Client
    journal: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    operators: dict[str, "Caller"] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=lambda: {PASSWORD})

    def anybody(self) -> "Caller":
        return Caller(self, None)

    def holding(self, token: str) -> "Caller":
        self.secrets.add(token)
        return Caller(self, token)

    # --- mails

    def mails(self, to: str) -> list[dict[str, str]]:
        answer = self.http.get(f"{self.desk.stack.phone}/mails", params={"to": to})
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def mail(self, to: str, subject: str, *, number: int = 1) -> str:
        """The text of the last mail with that subject, once there are so many."""

        def found() -> list[str]:
            texts = [mail["text"] for mail in self.mails(to) if mail["subject"] == subject]
            return texts if len(texts) >= number else []

        return wait_until(found, f"mail {number}, {subject!r}")[-1]

    # --- inverters

    def printed_on(self, serial: str) -> dict[str, str]:
        """What the customer reads there: its activation code is a secret, too."""
        desk = self.desk
        maker = KmsSecretMaker(desk.kms, desk.outputs["SecretKeyArn"])
        code = activation_code(maker.secret(ACTIVATION, VERSION), inverter_serial(serial))
        self.secrets.add(code)
        return {"serial": serial, "activationCode": code}

    # --- customers

    def register(self, name: str, **changes: Any) -> dict[str, Any]:
        body = {
            "userName": name,
            "email": f"{name}@example.org",
            "kind": "person",
            "name": f"Kundin {name}",
            "address": ADDRESS,
            "accepted": VERSIONS,
            **changes,
        }
        answer = self.anybody().post("/registrations", body)
        assert answer.status_code == 202, answer.text
        return body

    def mailed(self, name: str, *, number: int = 1) -> tuple[str, str]:
        """The initial password and the link's token."""
        text = self.mail(f"{name}@example.org", "Ihre Registrierung bei Freischalt", number=number)
        password, token = found(r"Passwort: (\S+)", text), found(r"token=(\S+)", text)
        self.secrets |= {password, token, f"{name}@example.org"}
        return password, token

    def newcomer(self) -> "Caller":
        """A customer who has come all the way: registered, confirmed, changed the password."""
        name = new_name()
        self.register(name)
        password, token = self.mailed(name)
        assert self.anybody().post("/registrations/validation", {"token": token}).is_success
        caller = self.signed_in(name, password)
        changed = caller.put("/password", {"current": password, "new": PASSWORD})
        assert changed.status_code == 204, changed.text
        return caller

    def customer(self, **registrant: Any) -> "Caller":
        """A customer as `newcomer` is at the end, put there at once, and signed in."""
        name = new_name()
        number = AccountNumber(f"K{uuid4().int % 10**12:012d}")
        entered = Registrant(CustomerKind.PERSON, f"Kundin {name}", GERMAN)
        person = replace(entered, **registrant)
        user = User(
            id=user_id(name),
            name=name,
            email=f"{name}@example.org",
            language=Language.GERMAN,
            created_at=utc_now(),
            accounts=(number,),
            accepted=VERSIONS,
            password=Password(PASSWORD_HASH, utc_now()),
        )
        account = Account(
            number=number,
            company=person.name,
            created_at=utc_now(),
            registrant=person,
            users=(user.id,),
        )
        self.desk.records.write(Put(user), Put(account))
        return self.signed_in(name)

    def signed_in(self, name: str, password: str = PASSWORD) -> "Caller":
        answer = self.sign_in(name, password)
        assert answer.status_code == 201, answer.text
        caller = self.holding(answer.json()["token"])
        caller.name, caller.account = name, str(answer.json()["account"])
        return caller

    def sign_in(self, name: str, password: str) -> httpx.Response:
        return self.anybody().post("/sessions", {"userName": name, "password": password})

    # --- operators

    def operator(self) -> "Caller":
        """One operator for all tests: each six digits open one session, twice a minute."""
        if "one" not in self.operators:
            self.operators["one"] = self._new_operator()
        return self.operators["one"]

    def _new_operator(self) -> "Caller":
        name = new_name()
        told = self.desk.tool("operator", "add", name, "--email", f"{name}@example.org")
        password = found(r"│ Password\s+│ (\S+)", told)
        totp: Any = parse_uri(found(r"(otpauth://\S+)", told))
        body = {"userName": name, "password": password, "totp": totp.at(self.desk.now())}
        answer = self.anybody().post("/operator/sessions", body)
        assert answer.status_code == 201, answer.text
        caller = self.holding(answer.json()["token"])
        caller.name = name
        changed = caller.put("/operator/password", {"current": password, "new": PASSWORD})
        assert changed.status_code == 204, changed.text
        return caller

    # --- the table, for what takes days

    @contextmanager
    def user_item(self, name: str) -> Iterator[dict[str, Any]]:
        """Change a user's item as no call could: to let time pass."""
        key = keys.user(user_id(name))
        table = self.desk.outputs["TableName"]
        item: Any = self.desk.dynamodb.get_item(TableName=table, Key=key)["Item"]
        yield item
        self.desk.dynamodb.put_item(TableName=table, Item=item)

    def age_password(self, name: str, days: int) -> None:
        with self.user_item(name) as item:
            item["password"]["M"]["changed_at"] = ago(timedelta(days=days))


class Caller:
    """Somebody with a token, or nobody."""

    def __init__(self, api: Api, token: str | None) -> None:
        self.name = ""
        self.account = ""
        self.token = token
        self._api = api
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", path, json=body, headers=named)

    def put(self, path: str, body: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("PUT", path, json=body, headers=named)

    def delete(self, path: str) -> httpx.Response:
        return self.call("DELETE", path)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self._headers | options.pop("headers", {})
        answer = self._api.http.request(method, path, headers=headers, **options)
        self._api.journal[method, path.partition("?")[0], answer.status_code] += 1
        if path == "/codes" and answer.is_success:
            self._api.secrets.add(answer.json()["code"])
        return answer


def new_name() -> str:
    return f"kunde-{uuid4().hex[:12]}"


def new_serial() -> str:
    return f"SN-{uuid4().hex[:12].upper()}"


def new_carat_id() -> str:
    return uuid4().hex[:7].upper() + "A"


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"{pattern} is not in the text"
    return match[1]


def ago(time: timedelta) -> dict[str, str]:
    return {"N": str(millis(datetime.now(UTC) - time))}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that it is, or the test fails."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code), told
    assert told["requestId"]
    return told
