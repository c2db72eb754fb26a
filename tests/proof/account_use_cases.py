"""Use cases of accounts, and of requests over HTTP, registered as all others are (use_cases.py)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from tests.proof.accounts import (
    TERMS,
    Check,
    Hold,
    Person,
    Sitting,
)
from tests.proof.calls import end_locks
from tests.proof.entries import (
    ACCOUNT,
    ANNA,
    CHOSEN,
    OF_THE_ACCOUNT,
    PASSWORD,
    SECOND_PHONE,
    TILL,
    Call,
    Changes,
    Costs,
    Schedule,
    UseCase,
    a_call,
    also,
    an_office,
    of_anna,
    of_olga,
)
from tests.proof.model import Model

DONGLE, NEW_PHONE = "12345678", "+436641112233"
LOCK_DAY = "2099-01-01"


HTTP_FETCH = of_anna("POST /codes", type="31P", licenceNumber="1234567890ABCDEF")
HTTP_ORDER = of_anna("POST /orders", type="33P", licenceNumber="1234567890ABCDEF")
HTTP_NEW = of_anna("POST /orders", type="5P", licenceNumber="9ABCDEF012345678")

REGISTRATION = Call(
    "customer_api",
    "POST /registrations",
    {
        "userName": "neu.gierig",
        "email": "neu@neuland.example",
        "kind": "company",
        "name": "Neuland GmbH",
        "address": {"street": "Weg 1", "postalCode": "1010", "city": "Wien", "country": "AT"},
        "vatId": "ATU13585627",
        "accepted": TERMS,
    },
)
OWN_LOCK = of_anna(f"POST /licences/{DONGLE}/locks", note="gestohlen", until=LOCK_DAY)
NEW_KEY = of_anna("POST /api-keys", name="scale")
ASK_FOR_PHONE = of_anna("POST /phones", phone=NEW_PHONE)
LIFTING = of_olga(f"{OF_THE_ACCOUNT}/locks/{{lock}}/lifting", resolution="bezahlt")


def sign_in(password: str) -> Call:
    return Call("sign_in", "POST /sessions", {"userName": "anna.huber", "password": password})


def whose(who: str) -> Call:
    return Call("authorize", "TOKEN", {}, who, ACCOUNT)


def anna_with(**changes: Any) -> Callable[[Model, datetime], None]:
    def change(model: Model, _now: datetime) -> None:
        accounts = model.accounts
        accounts.people["anna.huber"] = replace(accounts.people["anna.huber"], **changes)

    return also(change)


def idle(model: Model, _now: datetime) -> None:
    model.accounts.sittings[0].idle = model.accounts.keys[0].idle = True


def two_sessions(model: Model, _now: datetime) -> None:
    model.accounts.sittings.append(Sitting("anna.huber"))


def somebody_registered(model: Model, _now: datetime) -> None:
    model.accounts.people["neu.gierig"] = Person("neu@neuland.example", entered="Neuland GmbH")


def held(model: Model, *holds: Hold) -> None:
    for hold in holds:
        model.accounts.holds.append(hold)
        model.locks_on(hold.account, hold.dongle).append(hold.until)


def a_lock_is_over(model: Model, now: datetime) -> None:
    today = now.astimezone(model.zone).date()
    held(model, Hold(ACCOUNT, until=today), Hold(ACCOUNT, until=date(2099, 1, 1)))


def a_licence_lock_is_over(model: Model, now: datetime) -> None:
    held(model, Hold(ACCOUNT, DONGLE, until=now.astimezone(model.zone).date()))


CALLS = (
    a_call("HTTP fetch", HTTP_FETCH, Costs(2, 1, 6, 4)),
    a_call("HTTP fetch repeated", HTTP_FETCH, Costs(1, 1, 0, 4), delivered_before=True),
    a_call(
        "HTTP fetch by a machine",
        replace(HTTP_FETCH, who=TILL),
        Costs(2, 1, 6, 4),
        with_faults=False,
    ),
    a_call("HTTP locked fetch", HTTP_FETCH, Costs(2, 0, 4, 4), locked_until=date(2099, 1, 1)),
    a_call("HTTP order", HTTP_ORDER, Costs(3, 0, 11, 4)),
    a_call("HTTP new order", HTTP_NEW, Costs(3, 0, 11, 4)),
    a_call("HTTP order repeated", HTTP_ORDER, Costs(1, 0, 0, 4), delivered_before=True),
    a_call("session authorized", whose(ANNA), Costs(1, 0, 0, 2)),
    a_call("key authorized", whose(TILL), Costs(1, 0, 0, 1)),
    a_call("session authorized after a while", whose(ANNA), Costs(2, 0, 2, 2), given=also(idle)),
    a_call("key authorized after a while", whose(TILL), Costs(2, 0, 2, 1), given=also(idle)),
    a_call("sign in", sign_in(PASSWORD), Costs(4, 1, 10, 5)),
    a_call("wrong password", sign_in("falsch-1234"), Costs(2, 0, 2, 2)),
    a_call(
        "locked name",
        sign_in(PASSWORD),
        Costs(1, 0, 0, 2),
        given=also(lambda model, _: model.accounts.wrong.update({"anna.huber": 5})),
    ),
    a_call(
        "account locked",
        of_olga(f"{OF_THE_ACCOUNT}/locks", reason="security", until=LOCK_DAY),
        Costs(4, 0, 14, 6),
    ),
    a_call(
        "licence locked",
        of_olga(f"{OF_THE_ACCOUNT}/locks", reason="contract", caratId=DONGLE),
        Costs(3, 0, 11, 5),
    ),
    a_call(
        "account's lock lifted",
        LIFTING,
        Costs(4, 0, 13, 6),
        given=also(lambda model, _: held(model, Hold(ACCOUNT))),
    ),
    a_call(
        "licence's lock lifted",
        LIFTING,
        Costs(4, 0, 11, 6),
        given=also(lambda model, _: held(model, Hold(ACCOUNT, DONGLE))),
    ),
    a_call("own lock", OWN_LOCK, Costs(4, 0, 12, 7)),
    UseCase(
        "account's lock ended",
        Schedule("end_locks", timedelta(0)),
        Costs(20, 0, 11, 13),
        given=also(a_lock_is_over),
        then=end_locks,
    ),
    UseCase(
        "licence's lock ended",
        Schedule("end_locks", timedelta(0)),
        Costs(20, 0, 9, 13),
        given=also(a_licence_lock_is_over),
        then=end_locks,
    ),
    UseCase("no lock ended", Schedule("end_locks", timedelta(0)), Costs(16, 0, 0, 8)),
    UseCase(
        "mail sent",
        Changes("deliver_outbox"),
        Costs(2, 3, 4, 0),
        before=(REGISTRATION,),
        given=an_office,
        then=lambda model, _: model.accounts.deliver(),
    ),
    UseCase(
        "code sent",
        Changes("deliver_outbox"),
        Costs(2, 2, 4, 0),
        before=(ASK_FOR_PHONE,),
        given=an_office,
        then=lambda model, _: model.accounts.deliver(),
    ),
    UseCase(
        "mail and code swept",
        Schedule("sweep_outbox", timedelta(minutes=10)),
        Costs(52, 3, 8, 24),
        before=(OWN_LOCK, ASK_FOR_PHONE),
        given=an_office,
        then=lambda model, _: model.accounts.deliver(),
    ),
    a_call("registration", REGISTRATION, Costs(2, 0, 7, 2)),
    a_call(
        "registration validated",
        Call("sign_in", "POST /registrations/validation", {"token": "{validation}"}),
        Costs(2, 3, 9, 2),
        given=somebody_registered,
    ),
    a_call(
        "password changed",
        of_anna("PUT /password", "sign_in", "", current=PASSWORD, new=CHOSEN),
        Costs(4, 0, 11, 5),
        given=also(two_sessions),
    ),
    a_call(
        "reset asked for",
        Call("customer_api", "POST /password-resets", {"userName": "anna.huber"}),
        Costs(2, 0, 7, 2),
    ),
    a_call(
        "password reset",
        Call(
            "sign_in",
            "POST /password-resets/redemption",
            {"token": "{reset}", "password": CHOSEN},
        ),
        Costs(2, 1, 7, 2),
        given=anna_with(reset=True),
    ),
    a_call(
        "documents accepted",
        of_anna("POST /documents/acceptances", **TERMS),
        Costs(2, 0, 4, 2),
        given=anna_with(accepted=False),
    ),
    a_call("phone asked for", ASK_FOR_PHONE, Costs(4, 0, 9, 7)),
    a_call(
        "phone confirmed",
        of_anna(f"POST /phones/{NEW_PHONE}/confirmation", code="{digits}"),
        Costs(3, 1, 8, 6),
        given=also(lambda model, _: model.accounts.checks.append(Check(ACCOUNT, NEW_PHONE))),
    ),
    a_call(
        "wrong phone code",
        of_anna(f"POST /phones/{NEW_PHONE}/confirmation", code="000000"),
        Costs(3, 1, 4, 6),
        given=also(lambda model, _: model.accounts.checks.append(Check(ACCOUNT, NEW_PHONE))),
    ),
    a_call("phone released", of_anna(f"DELETE /phones/{SECOND_PHONE}", key=""), Costs(3, 0, 4, 4)),
    a_call("API key made", NEW_KEY, Costs(4, 1, 6, 5)),
    a_call("API key revoked", of_anna("DELETE /api-keys/{key}", key=""), Costs(3, 0, 2, 3)),
    a_call(
        "release by an operator",
        of_olga(f"{OF_THE_ACCOUNT}/releases", caratId="55556666", points=9),
        Costs(3, 0, 6, 5),
    ),
    UseCase(
        "audit of an account",
        Changes("write_audit"),
        Costs(2, 0, 2, 0),
        before=(OWN_LOCK, NEW_KEY),
        given=an_office,
        then=lambda model, _: model.write_trail(),
    ),
    UseCase(
        "audit of an HTTP fetch and order",
        Changes("write_audit"),
        Costs(4, 0, 4, 0),
        before=(HTTP_FETCH, HTTP_NEW),
        given=an_office,
        then=lambda model, _: model.write_trail(),
    ),
)
