"""Money that comes in, lies aside or is asked for, by the sentences of the specification.

It shares no code with the product.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from tests.proof.orders import activate, settle_withdrawal
from tests.proof.terms import (
    SOMETHING,
    Answer,
    Charge,
    Order,
    Payment,
    Terms,
    answer,
    owner_of,
)

if TYPE_CHECKING:
    from tests.proof.accounts import Asked
    from tests.proof.model import Model

BOOKKEEPING = "rechnung@example.com"
STRIPE = "provider:stripe"


def receive(model: "Model", payment: Payment, now: datetime, *, by: str) -> None:
    """Money is kept in any case; if it is an open order's, and all of it, the order is active."""
    order = model.accounts.terms.orders.get(payment.order)
    model.accounts.note("payment_received", owner_of(order) if order else "", by)
    model.accounts.terms.payments.append(payment)
    _count(model, payment, now, by=by)


def _count(model: "Model", payment: Payment, now: datetime, *, by: str) -> None:
    order = model.accounts.terms.orders.get(payment.order)
    if order is None:
        payment.why = "no_such_order"
    elif order.state != "open":
        payment.why = "order_not_open"
    elif _is_paid(order, payment):
        activate(model, payment.order, now, by=by)


def _is_paid(paid: Order | Charge, payment: Payment) -> bool:
    """Whether that is all of it: then earlier parts, too, are no longer to be looked at."""
    left = paid.gross - paid.paid
    payment.why = {-1: "too_little", 0: None, 1: "too_much"}[_sign(payment.cents - left)]
    if payment.cents >= left:
        _look_no_more(paid)
    paid.paid += payment.cents
    paid.parts.append(payment)
    return payment.cents >= left


def _look_no_more(paid: Order | Charge) -> None:
    for part in paid.parts:
        part.settled = part.settled or part.is_aside


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def stripe_tells(model: "Model", order: str, cents: int, now: datetime) -> None:
    """That an order's page was paid: once, however often."""
    terms = model.accounts.terms
    if not any(one.provider == "stripe" and one.recorded is None for one in terms.payments):
        receive(model, Payment("stripe", cents, order), now, by=STRIPE)
    if order in terms.orders and terms.orders[order].page:
        terms.orders[order].page = "over"


def stripe_gave_back(model: "Model", cents: int) -> None:
    """So much of the first payment in all; with all of it nobody needs to look at it any more."""
    payment = model.accounts.terms.payments[0]
    if cents <= payment.refunded:
        return
    _take_off(model.accounts.terms, payment, cents - payment.refunded)
    payment.refunded = cents
    if payment.is_aside and cents >= payment.cents:
        payment.settled = True
        _note_settled(model, payment, STRIPE)


def bank_disputes(model: "Model") -> None:
    """The vendor is told, once; what the money has bought stays as it is."""
    terms = model.accounts.terms
    (payment,) = (one for one in terms.payments if one.provider == "stripe")
    if payment.disputed:
        return
    payment.disputed = True
    model.accounts.tell("payment_disputed", BOOKKEEPING)
    model.accounts.note("payment_disputed", owner_of(terms.orders[payment.order]), STRIPE)


def _take_off(terms: Terms, payment: Payment, cents: int) -> None:
    """What was too little counts so much less for what waits for the rest."""
    order = terms.orders.get(payment.order)
    if order is None or payment.why != "too_little":
        return
    bought: tuple[Order | Charge, ...] = (order, *order.charges.values())
    for paid in bought:
        waits = order.state != "active" if paid is order else paid.paid < paid.gross
        if any(part is payment for part in paid.parts) and waits:
            paid.paid -= cents
            if cents == payment.cents - payment.refunded:
                paid.parts = [part for part in paid.parts if part is not payment]


def _note_settled(model: "Model", payment: Payment, by: str) -> None:
    order = model.accounts.terms.orders.get(payment.order)
    model.accounts.note("payment_settled", owner_of(order) if order else "", by)


# --- what operators make of it


def _transfer(model: "Model", asked: "Asked", now: datetime) -> Answer:
    """For an order, for what that was charged later, or for whatever it names."""
    cents = asked.body["amountCents"]
    match asked.does.split("/")[2:]:
        case ["accounts", _, "invoices", invoice, _]:
            return _pay_charge(model, invoice, cents, asked)
        case ["accounts", _, "term-orders", order, _]:
            pass
        case _:
            order = asked.body.get("order", "")
    receive(model, Payment("bank", cents, order), now, by=asked.who)
    return answer(201, order=order or None, amountCents=cents)


def _pay_charge(model: "Model", invoice: str, cents: int, asked: "Asked") -> Answer:
    """With the last of its money the term covers the power, and is worth what it has cost."""
    terms = model.accounts.terms
    name = terms.invoices[invoice].order
    charge = terms.orders[name].charges[invoice]
    payment = Payment("bank", cents, name)
    terms.payments.append(payment)
    model.accounts.note("payment_received", owner_of(terms.orders[name]), asked.who)
    if _is_paid(charge, payment):
        terms.invoices[invoice].paid = True
        for term in terms.plants[charge.plant].terms:
            if term.order == name:
                term.power, term.cents = max(term.power, charge.power), term.cents + charge.net
    return answer(201, order=name, amountCents=cents, aside=payment.is_aside)


def _settle(model: "Model", asked: "Asked", now: datetime) -> Answer:
    """Given to an order or back, or enough after all; a withdrawal is settled likewise."""
    if asked.does.split("/")[2] == "withdrawals":
        return settle_withdrawal(model, asked)
    terms, body = model.accounts.terms, asked.body
    payment = terms.payments[0]
    payment.settled = True
    if body.get("waive"):
        order = terms.orders[payment.order]
        _look_no_more(order)
        activate(model, payment.order, now, by=asked.who)
    elif "order" in body:
        _take_off(terms, payment, payment.cents)
        payment.order = body["order"]
        _count(model, payment, now, by=asked.who)
        payment.settled = payment.why is None
    else:
        _take_off(terms, payment, payment.cents - payment.refunded)
    _note_settled(model, payment, asked.who)
    return answer(201, aside=payment.is_aside, note=body["note"], order=payment.order or None)


# --- payment pages, and what is watched each hour


def _open_page(model: "Model", asked: "Asked", _now: datetime) -> Answer:
    """One at a time, and the same while it is open."""
    model.accounts.terms.orders[asked.does.split("/")[2]].page = "open"
    return answer(200, url=SOMETHING, expiresAt=SOMETHING)


def pay_unheard(model: "Model") -> None:
    """The only order is paid on its page, and Stripe's word of it is lost."""
    (order,) = model.accounts.terms.orders.values()
    order.unheard = order.gross


def watch(model: "Model", now: datetime) -> None:
    """What has waited for too long is told to the vendor, once; pages are asked about."""
    terms = model.accounts.terms
    for payment in terms.payments:
        if payment.is_aside and payment.recorded and not payment.told:
            payment.told = True
            model.accounts.tell("payment_overdue", BOOKKEEPING)
    for withdrawal in terms.withdrawals:
        if withdrawal.at and not withdrawal.settled and not withdrawal.told:
            withdrawal.told = True
            model.accounts.tell("withdrawal_waits", BOOKKEEPING)
    for name, order in list(terms.orders.items()):
        if order.page == "open" and order.unheard:
            stripe_tells(model, name, order.unheard, now)
        elif order.page == "open" and order.state != "open":
            order.page = "over"


ROUTES = {
    "POST operator…payments": _transfer,
    "POST operator…settlement": _settle,
    "POST term-orders…payment-page": _open_page,
}
