"""Whoever calls the API: put into the table at once, all the way in, or as API Gateway tells of."""

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from secrets import randbelow, token_bytes
from typing import Any
from uuid import uuid4

import httpx

from freischalt.account_ports import ChangePhone, Put
from freischalt.adapters import keys
from freischalt.adapters.argon2_hasher import Argon2Hasher
from freischalt.adapters.items import millis
from freischalt.clock import utc_now
from freischalt.domain.account import Account
from freischalt.domain.address import Registrant
from freischalt.domain.conversation import Sender
from freischalt.domain.ids import AccountNumber
from freischalt.domain.sign_in import Session, digest_of
from freischalt.domain.token import SessionToken, read_token, session_token, text_of_secret
from freischalt.domain.user import Language, Password, Role, User, user_id
from freischalt.use_cases.signing_in import Principal
from freischalt.use_cases.told import told_of
from tests.privilege.desk import Desk, event
from tests.privilege.grants import Json

PASSWORD = "Geheim-1234"
VERSIONS = {"terms": "2026-11", "privacy": "2026-11"}
A_WHILE = timedelta(minutes=6)  # a session's use is noted every five


@cache
def password_hash() -> str:
    return Argon2Hasher().hash(PASSWORD)


def new_name() -> str:
    return f"kunde-{uuid4().hex[:12]}"


def new_phone() -> str:
    return f"+436609{randbelow(10**6):06d}"


# --- put there at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user who has been signed in for a while; customers have an account with a phone."""

    name: str
    account: AccountNumber
    phone: str
    token: str
    told: dict[str, str]


def new_person(
    desk: Desk, role: Role = Role.CUSTOMER, registrant: Registrant | None = None
) -> Person:
    name, phone, secret, now = new_name(), new_phone(), token_bytes(32), utc_now()
    number = AccountNumber(f"K{uuid4().int % 10**12:012d}")
    is_customer = role is Role.CUSTOMER
    user = User(
        id=user_id(name),
        name=name,
        email=f"{name}@example.org",
        language=Language.GERMAN,
        created_at=now,
        role=role,
        accounts=(number,) if is_customer else (),
        accepted=VERSIONS,
        password=Password(password_hash(), now),
    )
    session = Session(
        user=user.id,
        digest=digest_of(text_of_secret(secret)),
        account=user.primary,
        epoch=user.epoch,
        created_at=now - A_WHILE,
        used_at=now - A_WHILE,
    )
    account = Account(
        number=number,
        company=registrant.name if registrant else name,
        created_at=now,
        registrant=registrant,
        users=(user.id,),
        phones=(phone,),
    )
    free = Sender(phone=phone)
    desk.records.write(Put(user), Put(session))
    if is_customer:
        desk.records.write(Put(account), ChangePhone.to(account, free))
    return Person(
        name=name,
        account=number,
        phone=phone,
        token=session_token(user.id, secret),
        told=told_of(
            Principal(
                actor=f"{'user' if is_customer else 'operator'}:{user.id}",
                role=role,
                user=user.id,
                account=session.account,
                session=session.digest,
            )
        ),
    )


def call(method: str, path: str, body: Any = None, *, told: dict[str, str] | None = None) -> Json:
    """The event of a call, as API Gateway brings it: payload 2.0, its authorizer asked."""
    adapted = event("customer_api.documents")
    context = adapted["requestContext"]
    context["http"] |= {"method": method, "path": path}
    context["routeKey"] = f"{method} {path}"
    if told:
        context["authorizer"] = {"lambda": told}
    adapted |= {"routeKey": context["routeKey"], "rawPath": path}
    return adapted if body is None else {**adapted, "body": json.dumps(body)}


def asked_who(token: str) -> Json:
    """The event in which API Gateway asks whose token that is."""
    bearer = f"Bearer {token}"
    adapted = event("authorize.session")
    adapted["headers"]["authorization"] = bearer
    return {**adapted, "identitySource": [bearer]}


# --- all the way


class Caller:
    """Over HTTP, with a token or none; every call must be answered as told."""

    def __init__(self, desk: Desk, token: str | None = None) -> None:
        self._desk = desk
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def does(
        self, method: str, path: str, body: Any = None, *, status: int = 200, **options: Any
    ) -> httpx.Response:
        headers = self._headers | options.pop("headers", {})
        answer = self._desk.api.request(method, path, json=body, headers=headers, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def signs_in(self, path: str, **credentials: str) -> "Caller":
        """A while ago, so that the next use of the session is noted."""
        token = str(self.does("POST", path, credentials, status=201).json()["token"])
        read = read_token(token)
        assert isinstance(read, SessionToken)
        earlier = str(millis(utc_now() - A_WHILE))
        self._desk.change_item(
            keys.session(read.user, digest_of(read.secret)), used_at={"N": earlier}
        )
        return Caller(self._desk, token)
