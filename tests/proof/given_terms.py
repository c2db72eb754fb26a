"""What is so before a use case of plants, terms and money: a plant, and what else there is."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from tests.proof.entries import ACCOUNT, DAY, HOUR, a_company
from tests.proof.model import Model
from tests.proof.terms import (
    Charge,
    Inverter,
    Invoice,
    Line,
    Order,
    Payment,
    Plant,
    Repair,
    Term,
    UploadedList,
    Withdrawal,
    charge_name,
    price,
)

PLANT, OTHER_PLANT = f"{ACCOUNT}-1", f"{ACCOUNT}-2"
SMALL, LARGER = "AE 1TL 4.2", "AE 3TL 8"
CENTS = price(4_200, 365)
NOW = timedelta()
LIST = "1795348800000-abcdef012345"
PART = 1_000
MORE_POWER = 8_000
MORE_CENTS = price(MORE_POWER, 365) - CENTS

type Given = Callable[[Model, datetime], None]


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
        found.invoices[name] = Invoice(name, CENTS, filed=order.confirmed is not None)
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
    found.invoices[name] = Invoice(name, CENTS)


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
    aside = Payment("stripe", CENTS, "", "no_such_order", recorded=now - 10 * DAY)
    model.accounts.terms.payments.append(aside)


def a_part(model: Model, now: datetime) -> None:
    """A third of the order's money; it lies aside."""
    order = model.accounts.terms.orders[number(now)]
    _put_aside(model, now, order, PART)


def charged_later(model: Model, now: datetime) -> None:
    """The plant of the active order had more power; part of what that costs has come in."""
    found, name = model.accounts.terms, number(now)
    net, charged = MORE_CENTS, charge_name(name, PLANT, MORE_POWER)
    charge = found.orders[name].charges[charged] = Charge(PLANT, MORE_POWER, net, net)
    found.invoices[charged] = Invoice(name, net, "correction", filed=True, paid=False)
    _put_aside(model, now, charge, PART)


def _put_aside(model: Model, now: datetime, paid: Order | Charge, cents: int) -> None:
    part = Payment("stripe", cents, number(now), "too_little", recorded=now - DAY)
    model.accounts.terms.payments.append(part)
    paid.paid, paid.parts = cents, [part]


def declared(ago: timedelta) -> Given:
    """Whoever has withdrawn from the order is not who has ordered."""

    def given(model: Model, now: datetime) -> None:
        declaration = Withdrawal(number(now), "other_person", at=now - ago)
        model.accounts.terms.withdrawals.append(declaration)

    return given


def a_list(*serials: str, **changes: Any) -> Given:
    def given(model: Model, _now: datetime) -> None:
        model.accounts.terms.lists[LIST] = UploadedList(serials, **changes)

    return given


def a_repair(state: str = "requested", cents: int = 0) -> Given:
    return lambda model, _: model.accounts.terms.repairs.append(Repair(state, cents))


def bought_a_while_ago(model: Model, now: datetime) -> None:
    bought(ago=3 * DAY, confirmed=now - 3 * DAY)(model, now)


def bought_by_a_person(model: Model, now: datetime) -> None:
    bought(ago=3 * DAY, confirmed=now - 3 * DAY, by_a_person=True)(model, now)
