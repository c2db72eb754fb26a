"""Orders of terms, withdrawals and invoices by the sentences of their specification.

It shares no code with the product.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from tests.proof.plants import ends_what_it_has_outgrown
from tests.proof.terms import (
    NEW,
    SOMETHING,
    Answer,
    Charge,
    Invoice,
    Line,
    Order,
    Term,
    Withdrawal,
    account_of,
    answer,
    charge_name,
    day_of,
    lapses_on,
    owner_of,
    price,
)

if TYPE_CHECKING:
    from tests.proof.accounts import Asked
    from tests.proof.model import Model

MAILS = {
    "invoice": "term_order_confirmed",
    "credit_note": "term_credit_note",
    "correction": "term_correction",
}


def _place(model: "Model", asked: "Asked", now: datetime) -> Answer:
    terms, body = model.accounts.terms, asked.body
    lines = {}
    for id_ in body["plants"]:
        power = terms.power(id_)
        cents = price(power, body["days"])
        plant = terms.plants[id_]
        lines[id_] = Line(power, cents, min(plant.credit, cents))
        plant.order, plant.credit = NEW, plant.credit - lines[id_].credit
    order = terms.orders[NEW] = Order(lines, now, body["days"])
    person = model.accounts.people[asked.who.partition(":")[2]]
    model.accounts.tell("term_order_received", person.email)
    model.accounts.note("term_ordered", asked.account, asked.who)
    terms.events.add(("OrderPlaced", NEW))
    if not order.gross:
        activate(model, NEW, now, by="user:anna.huber")
    return answer(201, orderNumber=SOMETHING, state=order.state, openCents=order.gross)


def activate(model: "Model", name: str, now: datetime, *, by: str) -> None:
    """Its terms count from now, or from the end of what runs; its invoice is wanted."""
    terms, today = model.accounts.terms, day_of(model, now)
    order = terms.orders[name]
    order.state = "active"
    terms.invoices[name] = Invoice(name, order.net)
    for id_, line in order.lines.items():
        plant = terms.plants[id_]
        after = plant.runs_until(today)
        if plant.extended and after == today:
            after = plant.extended
        if terms.power(id_) > line.power:
            after = today  # it ends as it begins
        plant.terms.append(Term(name, after, order.days, line.power, line.cents))
        plant.extended, plant.order = None, ""
        if ends_what_it_has_outgrown(plant, terms.power(id_), today):
            model.accounts.tell_users_of(account_of(id_), "term_order_outgrown")
            model.accounts.note("plant_outgrown", account_of(id_), by)
    model.accounts.note("term_activated", owner_of(order), by)


def _cancel(model: "Model", asked: "Asked", _now: datetime) -> Answer:
    name = asked.does.split("/")[2]
    _over(model, name, "cancelled")
    model.accounts.note("term_order_cancelled", asked.account, asked.who)
    return answer(200, orderNumber=name, state="cancelled")


def _over(model: "Model", name: str, state: str) -> None:
    """Its plants can be ordered for again, with the credit that it had taken."""
    terms = model.accounts.terms
    terms.orders[name].state = state
    terms.events.add(("OrderEnded", name))
    for id_, line in terms.orders[name].lines.items():
        plant = terms.plants[id_]
        plant.order, plant.credit = "", plant.credit + line.credit


def lapse(model: "Model", now: datetime) -> None:
    """Whatever nobody has paid in time."""
    for name, order in model.accounts.terms.orders.items():
        if order.state == "open" and lapses_on(day_of(model, order.placed)) <= day_of(model, now):
            _over(model, name, "lapsed")
            model.accounts.tell_users_of(owner_of(order), "term_order_lapsed")
            model.accounts.note("term_order_lapsed", owner_of(order), "schedule")


# --- withdrawals


def _withdraw(model: "Model", asked: "Asked", now: datetime) -> Answer:
    """A consumer's, in time: the term ends, nothing is credited, the invoice is taken back."""
    terms, name = model.accounts.terms, asked.body["orderNumber"]
    model.accounts.tell("withdrawal_received", asked.body["email"])
    model.accounts.note("withdrawal_declared", owner_of(terms.orders[name]), "nobody")
    refund = _undo(model, name, now, by="nobody")
    terms.withdrawals.append(Withdrawal(name, refund=refund))
    return answer(202, text=SOMETHING, receivedAt=SOMETHING)


def _undo(model: "Model", name: str, now: datetime, *, by: str, withheld: int = 0) -> int:
    """What is to be paid back, gross, for the order and what it was charged later."""
    terms, today = model.accounts.terms, day_of(model, now)
    order = terms.orders[name]
    order.state = "withdrawn"
    terms.events.add(("OrderEnded", name))
    model.accounts.note("term_order_withdrawn", owner_of(order), by)
    for id_, line in order.lines.items():
        plant = terms.plants[id_]
        plant.credit += line.credit
        for term in (term for term in plant.terms if term.order == name):
            if term.ended:
                plant.credit -= term.value_left(term.ended)
            term.ended = term.ended or today
    for of in (name, *order.charges):
        net = terms.invoices[of].net - (withheld if of == name else 0)
        terms.invoices[f"{of}-credit"] = Invoice(name, net, "credit_note")
    later = sum(charge.gross for charge in order.charges.values() if charge.paid >= charge.gross)
    return min(order.paid, order.gross) + later - order.with_vat(withheld)


def _accept_withdrawal(model: "Model", asked: "Asked", now: datetime) -> Answer:
    """What was not plain takes effect all the same; it is still to be settled."""
    (withdrawal,) = model.accounts.terms.withdrawals
    name, withheld = asked.body["orderNumber"], asked.body["withheldCents"]
    withdrawal.outcome = "withdrawn"
    withdrawal.refund = _undo(model, name, now, by=asked.who, withheld=withheld)
    return answer(204)


def settle_withdrawal(model: "Model", asked: "Asked") -> Answer:
    terms = model.accounts.terms
    (withdrawal,) = terms.withdrawals
    withdrawal.settled = True
    account = owner_of(terms.orders[withdrawal.order])
    model.accounts.note("withdrawal_settled", account, asked.who)
    return answer(204)


# --- invoices


def _charge_later(model: "Model", asked: "Asked", _now: datetime) -> Answer:
    """The difference to what so much power costs; the term stays as it is until that is paid."""
    terms, name, body = model.accounts.terms, asked.does.split("/")[5], asked.body
    order, plant, power = terms.orders[name], body["plant"], body["powerW"]
    net = price(power, order.days) - order.lines[plant].cents
    charged = charge_name(name, plant, power)
    order.charges[charged] = Charge(plant, power, net, order.with_vat(net))
    terms.invoices[charged] = Invoice(name, net, "correction", paid=False)
    model.accounts.note("term_reinvoiced", owner_of(order), asked.who)
    return answer(202, invoice=charged)


def write_invoices(model: "Model", now: datetime) -> None:
    """All that are wanted: each is filed, billing is told, and its mail says so.

    An order that was withdrawn before is not confirmed any more.
    """
    accounts = model.accounts
    for name, invoice in accounts.terms.invoices.items():
        if invoice.filed:
            continue
        invoice.filed = True
        order = accounts.terms.orders[invoice.order]
        accounts.terms.events.add(("InvoiceIssued", name))
        is_invoice = invoice.kind == "invoice"
        if is_invoice and order.state != "active":
            continue
        if is_invoice:
            order.confirmed = now
        accounts.tell_users_of(owner_of(order), MAILS[invoice.kind])


ROUTES = {
    "POST /term-orders": _place,
    "POST term-orders…cancellation": _cancel,
    "POST /withdrawals": _withdraw,
    "POST operator…acceptance": _accept_withdrawal,
    "POST operator…reinvoice": _charge_later,
}
