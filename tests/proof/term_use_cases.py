"""Use cases of plants, terms and money, registered as all others are (use_cases.py)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from tests.proof import terms
from tests.proof.accounts import TERMS
from tests.proof.entries import (
    ACCOUNT,
    ANNA,
    ANNAS,
    DAY,
    HOUR,
    OF_THE_ACCOUNT,
    OLGA,
    Call,
    Changes,
    Costs,
    Paid,
    Portion,
    Ran,
    Schedule,
    Upload,
    UseCase,
    a_call,
    a_company,
    of_anna,
    of_olga,
)
from tests.proof.model import Model
from tests.proof.terms import (
    CONTACT,
    NEW_SERIAL,
    Inverter,
    Invoice,
    Line,
    Order,
    Payment,
    Plant,
    Repair,
    Term,
    price,
)

PLANT, OTHER_PLANT = f"{ACCOUNT}-1", f"{ACCOUNT}-2"
SMALL, LARGER = "AE 1TL 4.2", "AE 3TL 8"
CENTS = price(4_200, 365)
NOW, LATER = timedelta(), timedelta(minutes=10)
LIST = "1795348800000-abcdef012345"

type Given = Callable[[Model, datetime], None]


# --- what is so beforehand


def a_plant(*more: Given, **changes: Any) -> Given:
    """The company's plant, with an inverter that was activated a week ago, and what else is so."""

    def given(model: Model, now: datetime) -> None:
        a_company(decided=2 * HOUR)(model, now)
        found = model.accounts.terms
        found.plants[PLANT] = Plant(**{"trial": today(model, now) - 7 * DAY, **changes})
        found.inverters["SN-1001"] = Inverter(PLANT, SMALL)
        found.used.add("SN-1001")
        for change in more:
            change(model, now)

    return given


def today(model: Model, now: datetime) -> date:
    return now.astimezone(model.zone).date()


def number(now: datetime, running: int = 1) -> str:
    """Of an order that was there before."""
    return f"{now.year}-90000{running}"


def an_order(*, ago: timedelta = DAY, **changes: Any) -> Given:
    """Placed so long ago, with a page on which it can be paid."""

    def given(model: Model, now: datetime) -> None:
        found, fields = model.accounts.terms, {"placed": now - ago, "page": "open", **changes}
        found.orders[number(now)] = Order({PLANT: Line(4_200, CENTS)}, **fields)
        found.plants[PLANT].order = number(now)

    return given


def bought(*, ago: timedelta, **changes: Any) -> Given:
    """An active order whose term counts since then; nobody has looked at its invoice yet."""

    def given(model: Model, now: datetime) -> None:
        found, name = model.accounts.terms, number(now)
        placed = now - ago
        order = Order({PLANT: Line(4_200, CENTS)}, placed, state="active", paid=CENTS, **changes)
        found.orders[name] = order
        found.invoices[name] = Invoice(name, filed=order.confirmed is not None)
        after = today(model, placed)
        found.plants[PLANT].terms.append(Term(name, after, 365, 4_200, CENTS))
        found.plants[PLANT].trial = after - 41 * DAY

    return given


def another_bought(model: Model, now: datetime) -> None:
    """A second plant with an active order, whose invoice is wanted, too."""
    found, name = model.accounts.terms, number(now, 2)
    found.plants[OTHER_PLANT] = Plant(terms=[Term(name, today(model, now), 365, 4_200, CENTS)])
    found.inverters["SN-1002"] = Inverter(OTHER_PLANT, SMALL)
    found.used.add("SN-1002")
    found.orders[name] = Order(
        {OTHER_PLANT: Line(4_200, CENTS)}, now - HOUR, state="active", paid=CENTS
    )
    found.invoices[name] = Invoice(name)


def ends_in(days: int) -> Given:
    """A term that ends in so many days; nothing was told of it."""

    def given(model: Model, now: datetime) -> None:
        bought(ago=timedelta(days=366 - days), confirmed=now - 300 * DAY)(model, now)

    return given


def another_plant(model: Model, _now: datetime) -> None:
    model.accounts.terms.plants[OTHER_PLANT] = Plant()


def credit(model: Model, now: datetime) -> None:
    """More than a term costs: it has outgrown one."""
    plant = model.accounts.terms.plants[PLANT]
    plant.credit, plant.extended = 9_000, today(model, now)


def grown_since(model: Model, _now: datetime) -> None:
    """Its inverter's type was corrected after the order: it has more power than is ordered."""
    model.accounts.terms.inverters["SN-1001"] = Inverter(PLANT, LARGER)


def money_aside(model: Model, now: datetime) -> None:
    """For nothing that there is, ten days ago."""
    aside = Payment("stripe", 4_711, "", "no_such_order", recorded=now - 10 * DAY)
    model.accounts.terms.payments.append(aside)


def a_list(model: Model, _now: datetime) -> None:
    model.accounts.terms.lists[LIST] = ("SN-3001", "SN-3002")


def a_repair(state: str = "requested", cents: int = 0) -> Given:
    return lambda model, _: model.accounts.terms.repairs.append(Repair(state, cents))


def confirmed_a_while_ago(model: Model, now: datetime) -> None:
    bought(ago=3 * DAY, confirmed=now - 3 * DAY, by_a_person=True)(model, now)


# --- what comes in


def of_terms(does: str, key: str = "once", **body: Any) -> Call:
    return of_anna(does, "term_api", key, **body)


SITE = {
    "country": "AT",
    "postalCode": "1010",
    "city": "Wien",
    "latitude": 48.2,
    "longitude": 16.4,
}
NEW_PLANT = of_terms(
    "POST /plants",
    name="Dach Nord",
    site=SITE,
    temperatureCoefficient=-0.38,
    azimuth=0,
    tilt=30,
    moduleArea=61.5,
    feedInTariff=8.11,
)
ADDED = of_terms(
    f"POST /plants/{PLANT}/inverters", serial=NEW_SERIAL, activationCode="{code}", type=SMALL
)
OUTGROWN = of_terms(
    f"POST /plants/{PLANT}/inverters",
    serial=NEW_SERIAL,
    activationCode="{code}",
    type=LARGER,
    acceptGrowth=True,
)


def placed(cents: int) -> Call:
    return of_terms(
        "POST /term-orders",
        plants=[PLANT],
        days=365,
        grossCents=cents,
        acceptedDocuments=TERMS,
        language="de",
    )


ENTITLED = Call("entitlements", f"GET /entitlements/{PLANT}", {}, ANNA, ACCOUNT, key="")
DECLARED = Call(
    "term_api",
    "POST /withdrawals",
    {"name": "Anna Huber", "orderNumber": "{order}", "email": ANNAS},
)
REPAIR_WANTED = of_terms(
    "POST /repair-orders",
    contact={"name": "Werkstatt", "email": CONTACT},
    device={"category": "new", "type": "AE 3TL 23", "serial": "SN-7"},
    remoteMonitoring="keine",
    fault="Er speist nicht ein.",
)
REPAIR_OFFERED = of_olga(
    f"{OF_THE_ACCOUNT}/repair-orders/{{repair}}/offer",
    items=[{"text": "Fehlerdiagnose", "netCents": 9_900}],
    text="Wir sehen uns das Gerät an.",
    validUntil="{in_ten_days}",
)
REPAIR_ACCEPTED = Call(
    "term_api", "POST /repair-orders/{repair}/acceptance", {}, ANNA, ACCOUNT, "once", "1"
)
REPAIR_DONE = of_olga(f"{OF_THE_ACCOUNT}/repair-orders/{{repair}}/completion")
TRANSFER = Call(
    "operator_api",
    f"{OF_THE_ACCOUNT}/term-orders/{{order}}/payments",
    {"amountCents": CENTS, "receivedOn": "{today}", "reference": "Kontoauszug 7"},
    OLGA,
    key="",  # the reference sees to it that it is recorded once
)
PAID, TOO_LITTLE = Paid(CENTS), Paid(CENTS - 1)
WRITTEN = Ran("write_invoices", terms.write_invoices)


def delivered(model: Model, _now: datetime) -> None:
    model.accounts.deliver()
    model.accounts.terms.publish()


TERMS_AND_MONEY = (
    UseCase("payment received", PAID, Costs(9, 1, 13, 8), given=a_plant(an_order())),
    UseCase(
        "payment received again",
        PAID,
        Costs(4, 0, 0, 4),
        given=a_plant(an_order()),
        delivered_before=True,
    ),
    UseCase(
        "payment for an order that is outgrown",
        PAID,
        Costs(11, 1, 16, 10),
        given=a_plant(an_order(), grown_since),
    ),
    UseCase("part of the money", TOO_LITTLE, Costs(9, 1, 9, 8), given=a_plant(an_order())),
    UseCase("money for no order", Paid(CENTS, "2026-999999"), Costs(4, 1, 3, 3), given=a_plant()),
    UseCase(
        "money for a cancelled order",
        PAID,
        Costs(8, 1, 6, 8),
        given=a_plant(an_order(state="cancelled", page="")),
    ),
    a_call("term ordered", placed(CENTS), Costs(3, 0, 20, 4), given=a_plant()),
    a_call("term ordered, of nothing to pay", placed(0), Costs(3, 0, 22, 4), given=a_plant(credit)),
    a_call("inverter added", ADDED, Costs(3, 1, 9, 7), given=a_plant()),
    a_call(
        "inverter added that outgrows the licence",
        OUTGROWN,
        Costs(4, 1, 11, 8),
        given=a_plant(bought(ago=100 * DAY)),
    ),
    UseCase(
        "invoice written",
        Schedule("write_invoices", NOW),
        Costs(5, 1, 18, 5.5),
        given=a_plant(bought(ago=HOUR)),
        then=terms.write_invoices,
    ),
    UseCase(
        "two invoices written",
        Schedule("write_invoices", NOW),
        Costs(9, 2, 36, 10.5),
        given=a_plant(bought(ago=HOUR), another_bought),
        then=terms.write_invoices,
    ),
    UseCase("no invoice wanted", Schedule("write_invoices", NOW), Costs(1, 0, 0, 0.5)),
    UseCase(
        "plants to be told of handed out",
        Schedule("tell_terms", NOW),
        Costs(16, 1, 0, 8),
        given=a_plant(ends_in(13)),
        then=terms.hand_out,
    ),
    UseCase(
        "end of a term told",
        Portion(ACCOUNT),
        Costs(4, 0, 6, 2.5),
        given=a_plant(ends_in(13)),
    ),
    UseCase("no end to be told", Schedule("tell_terms", NOW), Costs(16, 0, 0, 8), given=a_plant()),
    a_call("entitlement asked", ENTITLED, Costs(1, 0, 0, 2), given=a_plant()),
    a_call(
        "bank transfer recorded",
        TRANSFER,
        Costs(6, 0, 11, 6),
        given=a_plant(an_order()),
    ),
    a_call(
        "term order cancelled",
        of_terms("POST /term-orders/{order}/cancellation"),
        Costs(5, 0, 11, 7),
        given=a_plant(an_order()),
    ),
    UseCase(
        "unpaid order lapsed",
        Schedule("lapse_orders", NOW),
        Costs(19, 0, 12, 12),
        given=a_plant(an_order(ago=30 * DAY)),
        then=terms.lapse,
    ),
    UseCase("no order lapsed", Schedule("lapse_orders", NOW), Costs(16, 0, 0, 8)),
    UseCase("no erasure to be finished", Schedule("finish_erasures", NOW), Costs(1, 0, 0, 0.5)),
    UseCase("no payment to be watched", Schedule("watch_payments", NOW), Costs(48, 0, 0, 24)),
    UseCase(
        "overdue payment told",
        Schedule("watch_payments", NOW),
        Costs(50, 0, 6, 25),
        given=a_plant(money_aside),
        then=terms.watch,
    ),
    a_call("plant made", NEW_PLANT, Costs(4, 0, 6, 6), given=a_plant()),
    a_call(
        "plant ended",
        of_terms(f"DELETE /plants/{OTHER_PLANT}", key=""),
        Costs(3, 0, 4, 4),
        given=a_plant(another_plant),
    ),
    a_call(
        "withdrawal declared", DECLARED, Costs(8, 0, 19, 7), given=a_plant(confirmed_a_while_ago)
    ),
    a_call("repair wanted", REPAIR_WANTED, Costs(4, 0, 10, 5), given=a_plant()),
    a_call("repair offered", REPAIR_OFFERED, Costs(3, 0, 9, 4), given=a_plant(a_repair())),
    a_call(
        "repair accepted",
        REPAIR_ACCEPTED,
        Costs(4, 0, 10, 6),
        given=a_plant(a_repair("offered", 9_900)),
    ),
    a_call(
        "repair done",
        REPAIR_DONE,
        Costs(3, 0, 4, 3),
        given=a_plant(a_repair("accepted", 9_900)),
    ),
    UseCase(
        "list of inverters imported", Upload(LIST), Costs(12, 2, 25, 17), given=a_plant(a_list)
    ),
    UseCase("no list given up", Schedule("import_inverters", NOW), Costs(1, 0, 0, 0.5)),
    UseCase(
        "term order leaves",
        Changes("deliver_outbox"),
        Costs(4, 2, 8, 0),
        given=a_plant(),
        before=(placed(CENTS),),
        with_faults=False,
        then=delivered,
    ),
    UseCase(
        "confirmation sent",
        Changes("deliver_outbox"),
        Costs(4, 3, 8, 0),
        given=a_plant(an_order()),
        before=(PAID, WRITTEN),
        then=delivered,
    ),
    UseCase(
        "audit of orders of terms",
        Changes("write_audit"),
        Costs(3, 0, 3, 0),
        given=a_plant(),
        before=(NEW_PLANT, ADDED, REPAIR_WANTED),
        then=lambda model, _: model.write_trail(),
    ),
    UseCase(
        "audit of a term order",
        Changes("write_audit"),
        Costs(1, 0, 1, 0),
        given=a_plant(),
        before=(placed(CENTS),),
        with_faults=False,
        then=lambda model, _: model.write_trail(),
    ),
    UseCase(
        "audit of a payment",
        Changes("write_audit"),
        Costs(2, 0, 2, 0),
        given=a_plant(an_order()),
        before=(PAID,),
        with_faults=False,
        then=lambda model, _: model.write_trail(),
    ),
)
