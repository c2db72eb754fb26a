"""Use cases of orders, money and invoices, registered as all others are (use_cases.py)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.proof import orders, payments
from tests.proof.accounts import TERMS
from tests.proof.entries import (
    ANNAS,
    DAY,
    HOUR,
    OF_THE_ACCOUNT,
    OLGA,
    Call,
    Changes,
    Costs,
    Disputed,
    Paid,
    PaidUnheard,
    Ran,
    Refunded,
    Schedule,
    UseCase,
    a_call,
    of_anna,
    of_olga,
)
from tests.proof.given_terms import (
    CENTS,
    MORE_CENTS,
    MORE_POWER,
    NOW,
    PART,
    PLANT,
    a_part,
    a_plant,
    an_order,
    another_bought,
    bought,
    bought_a_while_ago,
    bought_by_a_person,
    charged_later,
    credit,
    declared,
    grown_since,
    money_aside,
)
from tests.proof.model import Model

# --- what comes in


def placed(cents: int) -> Call:
    return of_anna(
        "POST /term-orders",
        "term_api",
        plants=[PLANT],
        days=365,
        grossCents=cents,
        acceptedDocuments=TERMS,
        language="de",
    )


def a_transfer(where: str, cents: int, **more: str) -> Call:
    """Once for each reference, without a key."""
    body = {"amountCents": cents, "receivedOn": "{today}", "reference": "Kontoauszug 7", **more}
    return Call("operator_api", where, body, OLGA, key="", stays=True)


def settled(**how: Any) -> Call:
    """The first of the money that was there before."""
    return of_olga("POST /operator/payments/{payment}/settlement", note="geklärt", **how)


DECLARED = Call(
    "term_api",
    "POST /withdrawals",
    {"name": "Anna Huber", "orderNumber": "{order}", "email": ANNAS},
)
ACCEPTED = of_olga(
    "POST /operator/withdrawals/{withdrawal}/acceptance", orderNumber="{order}", withheldCents=100
)
WITHDRAWAL_SETTLED = of_olga(
    "POST /operator/withdrawals/{withdrawal}/settlement", note="zurückgezahlt"
)
CHARGED = of_olga(
    f"{OF_THE_ACCOUNT}/term-orders/{{order}}/reinvoice",
    plant=PLANT,
    powerW=MORE_POWER,
    reason="laut Typenschild",
)
OF_AN_ORDER = f"{OF_THE_ACCOUNT}/term-orders/{{order}}/payments"
OF_THE_CHARGE = f"{OF_THE_ACCOUNT}/invoices/{{charge}}/payments"
OF_ANY = "POST /operator/payments"
CANCELLED = of_anna("POST /term-orders/{order}/cancellation", "term_api")
PAGE = replace(
    of_anna("POST /term-orders/{order}/payment-page", "payment_page", key=""), stays=True
)
PAID, TOO_LITTLE = Paid(CENTS), Paid(CENTS - 1)
WRITTEN = Ran("write_invoices", orders.write_invoices)


def delivered(model: Model, _now: datetime) -> None:
    model.accounts.deliver()
    model.accounts.terms.publish()


ORDERS = (
    a_call("term ordered", placed(CENTS), Costs(3, 0, 20, 4), given=a_plant()),
    a_call("term ordered, of nothing to pay", placed(0), Costs(3, 0, 22, 4), given=a_plant(credit)),
    a_call(
        "term order cancelled",
        CANCELLED,
        Costs(5, 0, 11, 7),
        given=a_plant(an_order()),
    ),
    UseCase(
        "unpaid order lapsed",
        Schedule("lapse_orders", NOW),
        Costs(19, 0, 12, 12),
        given=a_plant(an_order(ago=30 * DAY)),
        then=orders.lapse,
    ),
    UseCase("no order lapsed", Schedule("lapse_orders", NOW), Costs(16, 0, 0, 8)),
    UseCase("no erasure to be finished", Schedule("finish_erasures", NOW), Costs(1, 0, 0, 0.5)),
    a_call("withdrawal declared", DECLARED, Costs(8, 0, 19, 7), given=a_plant(bought_by_a_person)),
    a_call(
        "withdrawal accepted by an operator",
        ACCEPTED,
        Costs(6, 0, 16, 6),
        given=a_plant(bought_a_while_ago, declared(DAY)),
    ),
    a_call(
        "withdrawal settled",
        WITHDRAWAL_SETTLED,
        Costs(2, 0, 4, 2),
        given=a_plant(bought_a_while_ago, declared(DAY)),
    ),
)

MONEY = (
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
    UseCase(
        "payment disputed",
        Disputed(),
        Costs(2, 0, 6, 1),
        given=a_plant(an_order()),
        before=(PAID,),
    ),
    UseCase(
        "payment disputed, told again",
        Disputed(),
        Costs(1, 0, 0, 1),
        given=a_plant(an_order()),
        before=(PAID,),
        delivered_before=True,
    ),
    UseCase("part of the money", TOO_LITTLE, Costs(9, 1, 9, 8), given=a_plant(an_order())),
    UseCase("money for no order", Paid(CENTS, "2026-999999"), Costs(4, 1, 3, 3), given=a_plant()),
    UseCase(
        "money for a cancelled order",
        PAID,
        Costs(8, 1, 6, 8),
        given=a_plant(an_order(state="cancelled", page="")),
    ),
    UseCase(
        "money for an active order that was charged later",
        PAID,
        Costs(8, 1, 9, 8),
        given=a_plant(bought_a_while_ago, charged_later),
    ),
    UseCase(
        "last of the money",
        Paid(CENTS - PART),
        Costs(10, 1, 15, 9),
        given=a_plant(an_order(), a_part),
    ),
    UseCase(
        "part of the money given back by Stripe",
        Refunded(PART),
        Costs(4, 1, 6, 3),
        given=a_plant(an_order(), a_part),
    ),
    a_call(
        "bank transfer recorded",
        a_transfer(OF_AN_ORDER, CENTS),
        Costs(6, 0, 11, 6),
        given=a_plant(an_order()),
    ),
    a_call(
        "bank transfer recorded, whosever it is",
        a_transfer(OF_ANY, CENTS, order="{order}"),
        Costs(7, 0, 11, 7),
        given=a_plant(an_order()),
    ),
    a_call(
        "bank transfer for no order recorded",
        a_transfer(OF_ANY, CENTS),
        Costs(2, 0, 3, 1),
        given=a_plant(),
    ),
    a_call(
        "money given to an order",
        settled(order="{order}"),
        Costs(6, 0, 13, 7),
        given=a_plant(money_aside, an_order()),
    ),
    a_call(
        "part of the money given back",
        settled(),
        Costs(5, 0, 8, 5),
        given=a_plant(an_order(), a_part),
    ),
    a_call(
        "rest of the money let off",
        settled(waive=True),
        Costs(6, 0, 13, 7),
        given=a_plant(an_order(), a_part),
    ),
    a_call("payment page opened", PAGE, Costs(3, 1, 7, 3), given=a_plant(an_order(page=""))),
    a_call(
        "payment page opened again",
        PAGE,
        Costs(3, 0, 0, 4),
        given=a_plant(an_order(page="")),
        delivered_before=True,
        with_faults=False,
    ),
    UseCase("no payment to be watched", Schedule("watch_payments", NOW), Costs(48, 0, 0, 24)),
    UseCase(
        "overdue payment told",
        Schedule("watch_payments", NOW),
        Costs(50, 0, 6, 25),
        given=a_plant(money_aside),
        then=payments.watch,
    ),
    UseCase(
        "waiting withdrawal told",
        Schedule("watch_payments", NOW),
        Costs(50, 0, 6, 25),
        given=a_plant(bought_a_while_ago, declared(10 * DAY)),
        then=payments.watch,
    ),
    UseCase(
        "lost money asked for",
        Schedule("watch_payments", NOW),
        Costs(57, 1, 13, 32),
        before=(PAGE, PaidUnheard()),
        given=a_plant(an_order(page="")),
        then=payments.watch,
    ),
    UseCase(
        "page of a cancelled order closed",
        Schedule("watch_payments", NOW),
        Costs(53, 1, 2, 28),
        before=(PAGE, CANCELLED),
        given=a_plant(an_order(page="")),
        then=payments.watch,
    ),
)

INVOICES = (
    UseCase(
        "invoice written",
        Schedule("write_invoices", NOW),
        Costs(5, 1, 18, 5.5),
        given=a_plant(bought(ago=HOUR)),
        then=orders.write_invoices,
    ),
    UseCase(
        "two invoices written",
        Schedule("write_invoices", NOW),
        Costs(9, 2, 36, 10.5),
        given=a_plant(bought(ago=HOUR), another_bought),
        then=orders.write_invoices,
    ),
    UseCase("no invoice wanted", Schedule("write_invoices", NOW), Costs(1, 0, 0, 0.5)),
    a_call("charged later", CHARGED, Costs(2, 0, 10, 4), given=a_plant(bought_a_while_ago)),
    UseCase(
        "correction written",
        Schedule("write_invoices", NOW),
        Costs(5, 1, 15, 6.5),
        before=(CHARGED,),
        given=a_plant(bought_a_while_ago),
        then=orders.write_invoices,
    ),
    a_call(
        "part of a correction paid",
        a_transfer(OF_THE_CHARGE, MORE_CENTS - PART - 1),
        Costs(3, 0, 9, 3),
        given=a_plant(bought_a_while_ago, charged_later),
    ),
    a_call(
        "last of a correction paid",
        a_transfer(OF_THE_CHARGE, MORE_CENTS - PART),
        Costs(5, 0, 16, 5),
        given=a_plant(bought_a_while_ago, charged_later),
    ),
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
        "correction sent",
        Changes("deliver_outbox"),
        Costs(4, 3, 8, 0),
        given=a_plant(bought_a_while_ago),
        before=(CHARGED, WRITTEN),
        with_faults=False,
        then=delivered,
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
    UseCase(
        "audit of a dispute",
        Changes("write_audit"),
        Costs(3, 0, 3, 0),
        given=a_plant(an_order()),
        before=(PAID, Disputed()),
        with_faults=False,
        then=lambda model, _: model.write_trail(),
    ),
    UseCase(
        "audit of what operators decide",
        Changes("write_audit"),
        Costs(4, 0, 4, 0),
        given=a_plant(money_aside, bought_a_while_ago, declared(DAY)),
        before=(CHARGED, ACCEPTED, WITHDRAWAL_SETTLED, settled()),
        with_faults=False,
        then=lambda model, _: model.write_trail(),
    ),
)

ORDERS_AND_MONEY = (*ORDERS, *MONEY, *INVOICES)
