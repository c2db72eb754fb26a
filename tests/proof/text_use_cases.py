"""Use cases of texts and of what follows from them, registered as all others (use_cases.py)."""

from datetime import date, timedelta
from typing import Any

from tests.proof.entries import (
    CAREFUL,
    CUSTOMER,
    FAR_AWAY,
    STRANGER,
    Changes,
    Costs,
    Said,
    Schedule,
    Text,
    UseCase,
)

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
