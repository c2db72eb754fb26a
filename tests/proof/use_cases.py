"""Every use case that the proof is about: THE place to register another one (see README.md).

A use case is what is so beforehand, what comes in, and what that may cost. Faults, load and bench
take all of them from here; what must come out is said by the model alone.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from freischalt.use_cases.vat_checks import data_version
from tests.proof import vat
from tests.proof.accounts import (
    TERMS,
    Check,
    Firm,
    Hold,
    Person,
    Sitting,
    end_locks,
)
from tests.proof.entries import (
    ACCOUNT,
    ANNA,
    CAREFUL,
    CHOSEN,
    CUSTOMER,
    DAY,
    FAR_AWAY,
    HOUR,
    OF_THE_ACCOUNT,
    OTHER_ACCOUNT,
    PASSWORD,
    SECOND,
    SECOND_PHONE,
    STRANGER,
    TILL,
    Call,
    Changes,
    Costs,
    Question,
    Said,
    Schedule,
    Text,
    UseCase,
    a_call,
    a_company,
    also,
    an_office,
    of_anna,
    of_olga,
)
from tests.proof.model import Model
from tests.proof.papers import registrant_of
from tests.proof.term_use_cases import TERMS_AND_MONEY
from tests.proof.vat import CUT, MUSTER, NO_VERDICT, WERK, Company, Standing, Waiting

FETCH = "cl.31.1234567890ABCDEF"
UPGRADE = "Ich bestelle verbindlich 33P 1234567890ABCDEF"
NEW = "Ich bestelle verbindlich 5P 9ABCDEF012345678"
RIGHT_DIGITS, WRONG_DIGITS = "JA {right}", "JA {wrong}"


def a_text(name: str, words: str, costs: Costs, *, phone: str = CUSTOMER, **more: Any) -> UseCase:
    return UseCase(name, Text(Said(words, phone)), costs, **more)


TEXTS = (
    a_text("first fetch", FETCH, Costs(3, 2, 7, 4)),
    a_text("repeated fetch", FETCH, Costs(3, 2, 7, 4), before=(Said(FETCH),)),
    a_text("refused fetch", "cl.99.1234567890ABCDEF", Costs(3, 1, 5, 4)),
    a_text("locked fetch", FETCH, Costs(3, 1, 5, 4), locked_until=date(2099, 1, 1)),
    a_text("fetch in maintenance", FETCH, Costs(3, 1, 5, 4), maintenance=True),
    a_text("new order", NEW, Costs(4, 1, 12, 4)),
    a_text("order, first of 50", UPGRADE, Costs(4, 1, 12, 4)),
    a_text(
        "order",
        UPGRADE,
        Costs(3, 1, 11, 4),
        before=(Said(NEW),),
        with_faults=False,
    ),
    a_text("repeated order", NEW, Costs(3, 1, 5, 4), before=(Said(NEW),)),
    a_text("refused order", NEW.replace("5P", "3P"), Costs(3, 1, 5, 4), before=(Said(NEW),)),
    a_text("order redriven too late", NEW, Costs(3, 1, 5, 4), arrived_before=timedelta(days=2)),
    a_text("order to be confirmed", NEW, Costs(3, 2, 5, 4), phone=CAREFUL),
    a_text(
        "confirmation",
        RIGHT_DIGITS,
        Costs(5, 2, 12, 4),
        phone=CAREFUL,
        before=(Said(NEW, CAREFUL),),
    ),
    a_text(
        "wrong confirmation",
        WRONG_DIGITS,
        Costs(3, 2, 5, 3),
        phone=CAREFUL,
        before=(Said(NEW, CAREFUL),),
    ),
    a_text("help", "HILFE", Costs(3, 1, 5, 3)),
    a_text("unknown text", "hallo", Costs(3, 1, 5, 3)),
    a_text("unregistered", FETCH, Costs(3, 1, 5, 4), phone=STRANGER),
    a_text(
        "unregistered, again that day",
        FETCH,
        Costs(1, 0, 0, 4),
        phone=STRANGER,
        before=(Said(FETCH, STRANGER),),
    ),
    a_text("over the limit", FETCH, Costs(1, 0, 0, 4), replies_before=30),
    a_text("apology, then redrive", FETCH, Costs(4, 2, 10, 7), out_of_order="GenerateMac"),
    a_text("not served", FETCH, Costs(0, 0, 0, 0), phone=FAR_AWAY),
    a_text("stop", "STOPP", Costs(0, 1, 0, 0)),
    a_text("duplicate delivery", FETCH, Costs(1, 0, 0, 4), delivered_before=True),
    UseCase(
        "orders published",
        Changes("deliver_outbox"),
        Costs(4, 1, 12, 0),
        before=(Said(NEW), Said(UPGRADE)),
        then=lambda model, _: model.publish(),
    ),
    UseCase(
        "an order leaves",
        Changes("deliver_outbox"),
        Costs(2, 1, 6, 0),
        before=(Said(NEW),),
        with_faults=False,
        then=lambda model, _: model.publish(),
    ),
    UseCase(
        "orders swept",
        Schedule("sweep_outbox", timedelta(minutes=10)),
        Costs(52, 1, 12, 24),
        before=(Said(NEW), Said(UPGRADE)),
        then=lambda model, _: model.publish(),
    ),
    UseCase(
        "nothing to sweep", Schedule("sweep_outbox", timedelta(minutes=10)), Costs(48, 0, 0, 24)
    ),
    UseCase(
        "audit trail written",
        Changes("write_audit"),
        Costs(4, 0, 4, 0),
        before=(Said(FETCH), Said(NEW)),
        then=lambda model, _: model.write_trail(),
    ),
    UseCase(
        "audit of a code",
        Changes("write_audit"),
        Costs(1, 0, 1, 0),
        before=(Said(FETCH),),
        with_faults=False,
        then=lambda model, _: model.write_trail(),
    ),
    UseCase(
        "audit of a new licence's order",
        Changes("write_audit"),
        Costs(3, 0, 3, 0),
        before=(Said(NEW),),
        with_faults=False,
        then=lambda model, _: model.write_trail(),
    ),
    UseCase(
        "audit of an order",
        Changes("write_audit"),
        Costs(2, 0, 2, 0),
        before=(Said(UPGRADE),),
        with_faults=False,
        then=lambda model, _: model.write_trail(),
    ),
    UseCase("audit of nothing", Changes("write_audit"), Costs(0, 0, 0, 0), before=(Said("HILFE"),)),
    UseCase(
        "orders exported",
        Schedule("export_orders", timedelta(0), {"month": "{now:%Y-%m}"}),
        Costs(64, 4, 0, 32),  # orders, two months of orders of terms, invoices: 16 partitions each
        before=(Said(NEW), Said(UPGRADE)),
        then=lambda model, now: model.export(now),
    ),
)


# --- requests over HTTP

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

# --- VAT IDs

SUCCESSOR = replace(MUSTER, name="Muster Nachfolger GmbH")
ELSEWHERE = replace(MUSTER, city="Graz", postal_code="8010")
SILENT, LOST = replace(MUSTER, vat_id=NO_VERDICT), replace(MUSTER, vat_id=CUT)


def of_company(company: Company) -> Call:
    """The first change of the account."""
    body = {
        "name": company.name,
        "address": {
            "street": company.street,
            "postalCode": company.postal_code,
            "city": company.city,
            "country": company.country,
        },
        "vatId": company.vat_id,
    }
    return Call("customer_api", "PUT /account/company", body, ANNA, ACCOUNT, key="", read="1")


def asked_about(company: Company, **more: Any) -> Callable[[Model, datetime], None]:
    """There is a message about it."""
    return a_company(company, **{"waits": timedelta(seconds=2), "handed_out": True, **more})


def a_check(
    name: str, given: Callable[[Model, datetime], None], costs: Costs, **more: Any
) -> UseCase:
    return UseCase(name, Question(ACCOUNT), costs, given=given, **more)


def two_companies(model: Model, now: datetime) -> None:
    """Of two countries, both to be asked about."""
    a_company(waits=timedelta(seconds=2))(model, now)
    standing = Standing(waiting=Waiting(now - HOUR, now - SECOND, 2, "MS_UNAVAILABLE"))
    model.accounts.firms[OTHER_ACCOUNT] = Firm(WERK.name, entered=WERK, vat=standing)


def a_decision(company: Company) -> Call:
    """By who has seen these data."""
    return of_olga(
        f"{OF_THE_ACCOUNT}/vat-decisions",
        decision="valid",
        reason="laut Firmenbuch vom Montag",
        dataVersion=data_version(registrant_of(company)),
    )


def hand_out(model: Model, now: datetime) -> None:
    vat.hand_out(model.accounts, now)


VAT_CHECKS = (
    a_call(
        "company changed",
        of_company(SUCCESSOR),
        Costs(4, 0, 5, 5),
        given=a_company(decided=10 * DAY),
    ),
    a_call(
        "VAT check wished for",
        of_anna("POST /account/vat-checks"),
        Costs(4, 0, 7, 6),
        given=a_company(decided=10 * DAY),
    ),
    a_call(
        "VAT ID decided by an operator",
        a_decision(SILENT),
        Costs(3, 0, 9, 4),
        given=a_company(SILENT, waits=3 * DAY, tries=70, told=True),
    ),
    a_call(
        "HTTP order of a company", HTTP_NEW, Costs(3, 0, 11, 4), given=a_company(decided=2 * HOUR)
    ),
    a_call(
        "HTTP order begins a VAT check",
        HTTP_NEW,
        Costs(3, 0, 5, 6),
        given=a_company(decided=25 * HOUR),
    ),
    a_check("VAT ID asked", asked_about(MUSTER), Costs(5, 0, 10, 6.5)),
    a_check("VAT ID asked, and it differs", asked_about(ELSEWHERE), Costs(5, 0, 10, 6.5)),
    a_check("VAT ID asked of VIES", asked_about(WERK), Costs(5, 0, 12, 6.5), with_faults=False),
    a_check(
        "VAT ID asked in vain",
        asked_about(SILENT, waits=25 * HOUR, tries=26),
        Costs(5, 0, 8, 6.5),
    ),
    a_check("VAT ID asked, and cut off", asked_about(LOST, tries=2), Costs(4, 0, 5, 5.5)),
    a_check(
        "VAT ID given up",
        asked_about(SILENT, waits=14 * DAY + HOUR, tries=90, told=True),
        Costs(5, 0, 10, 6.5),
    ),
    a_check(
        "VAT ID asked again after 90 days",
        a_company(decided=90 * DAY + HOUR, handed_out=True),
        Costs(5, 0, 12, 5.5),
    ),
    a_check("VAT ID not due", a_company(decided=DAY), Costs(1, 0, 0, 2)),
    UseCase(
        "VAT check handed out",
        Changes("deliver_outbox"),
        Costs(1, 1, 2, 0),
        before=(of_company(SUCCESSOR),),
        given=a_company(decided=10 * DAY),
        then=hand_out,
    ),
    UseCase(
        "VAT checks handed out by the schedule",
        Schedule("schedule_vat", timedelta(0)),
        Costs(18, 2, 4, 8),
        given=two_companies,
        then=hand_out,
    ),
    UseCase("no VAT check due", Schedule("schedule_vat", timedelta(0)), Costs(16, 0, 0, 8)),
    UseCase(
        "VAT mail sent",
        Changes("deliver_outbox"),
        Costs(2, 1, 4, 0),
        before=(Question(ACCOUNT),),
        given=asked_about(ELSEWHERE),
        with_faults=False,
        then=lambda model, _: model.accounts.deliver(),
    ),
    UseCase(
        "audit of VAT checks",
        Changes("write_audit"),
        Costs(2, 0, 2, 0),
        before=(Question(ACCOUNT), a_decision(ELSEWHERE)),
        given=asked_about(ELSEWHERE),
        then=lambda model, _: model.write_trail(),
    ),
)

USE_CASES = (*TEXTS, *CALLS, *VAT_CHECKS, *TERMS_AND_MONEY)
