"""Use cases of VAT checks, registered as all others are (use_cases.py)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from freischalt.use_cases.vat_checks import data_version
from tests.proof import vat
from tests.proof.account_use_cases import HTTP_NEW
from tests.proof.accounts import (
    Firm,
)
from tests.proof.entries import (
    ACCOUNT,
    ANNA,
    DAY,
    HOUR,
    OF_THE_ACCOUNT,
    OTHER_ACCOUNT,
    SECOND,
    Call,
    Changes,
    Costs,
    Question,
    Schedule,
    UseCase,
    a_call,
    a_company,
    of_anna,
    of_olga,
)
from tests.proof.model import Model
from tests.proof.papers import registrant_of
from tests.proof.vat import CUT, MUSTER, NO_VERDICT, WERK, Company, Standing, Waiting

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
