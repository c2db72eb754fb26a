"""Every use case that the proof is about: THE place to register another one (see README.md).

A use case is what is so beforehand, what comes in, and what that may cost. Faults, load and bench
take all of them from here; what must come out is said by the model alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import yaml

from tests.conftest import ROOT
from tests.proof.model import Model, Owned, Phone

CUSTOMER, CAREFUL = "+436601234567", "+436601234569"
NEIGHBOUR, STRANGER = "+436771234567", "+436991234567"
FAR_AWAY = "+15551234567"  # of a country that is not served
ACCOUNT, OTHER_ACCOUNT = "10001", "10002"

FETCH = "cl.31.1234567890ABCDEF"
UPGRADE = "Ich bestelle verbindlich 33P 1234567890ABCDEF"
NEW = "Ich bestelle verbindlich 5P 9ABCDEF012345678"
RIGHT_DIGITS, WRONG_DIGITS = "JA {right}", "JA {wrong}"


# --- what comes in


class Said(NamedTuple):
    """Words from a phone; {right} and {wrong} stand for digits that it was asked for, or not."""

    words: str
    phone: str = CUSTOMER


@dataclass(frozen=True)
class Text:
    """A text to the service, by way of the queue."""

    said: Said
    function: str = "receive_sms"


@dataclass(frozen=True)
class Changes:
    """All that the texts before have changed in the table, by way of its stream."""

    function: str


@dataclass(frozen=True)
class Schedule:
    """The clock, some time after the texts before; {now} in the event is the vendor's time."""

    function: str
    later: timedelta
    event: Mapping[str, str] = field(default_factory=dict, hash=False)


type Trigger = Text | Changes | Schedule


class Costs(NamedTuple):
    """What one delivery costs, exactly: calls of DynamoDB, other calls, write and read units."""

    calls: int
    others: int
    writes: float
    reads: float


# --- a use case


@dataclass(frozen=True)
class UseCase:
    """`then` says what the model makes of a trigger that is no text.

    `replies_before` are those that the customer's phone has had in the last minutes. The text
    arrived `arrived_before` it entered the queue: it was redriven. An operation that is
    `out_of_order` fails at the text's last delivery, until it is redriven. Faults are left out
    where they would meet the same calls as in another use case (`with_faults`).
    """

    name: str
    trigger: Trigger
    costs: Costs
    before: tuple[Said, ...] = ()
    maintenance: bool = False
    locked_until: date | None = None
    replies_before: int = 0
    arrived_before: timedelta = timedelta()
    out_of_order: str = ""
    delivered_before: bool = False
    with_faults: bool = True
    then: Callable[[Model, datetime], None] = lambda _model, _now: None

    @property
    def function(self) -> str:
        return self.trigger.function


def a_text(name: str, words: str, costs: Costs, *, phone: str = CUSTOMER, **more: Any) -> UseCase:
    return UseCase(name, Text(Said(words, phone)), costs, **more)


USE_CASES = (
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
        Changes("publish_orders"),
        Costs(4, 1, 12, 0),
        before=(Said(NEW), Said(UPGRADE)),
        then=lambda model, _: model.publish(),
    ),
    UseCase(
        "an order leaves",
        Changes("publish_orders"),
        Costs(2, 1, 6, 0),
        before=(Said(NEW),),
        with_faults=False,
        then=lambda model, _: model.publish(),
    ),
    UseCase(
        "orders swept",
        Schedule("sweep_outbox", timedelta(minutes=10)),
        Costs(20, 1, 12, 8),
        before=(Said(NEW), Said(UPGRADE)),
        then=lambda model, _: model.publish(),
    ),
    UseCase(
        "nothing to sweep", Schedule("sweep_outbox", timedelta(minutes=10)), Costs(16, 0, 0, 8)
    ),
    UseCase(
        "audit trail written",
        Changes("write_audit"),
        Costs(2, 0, 2, 0),
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
        "audit of an order",
        Changes("write_audit"),
        Costs(1, 0, 1, 0),
        before=(Said(NEW),),
        with_faults=False,
        then=lambda model, _: model.write_trail(),
    ),
    UseCase("audit of nothing", Changes("write_audit"), Costs(0, 0, 0, 0), before=(Said("HILFE"),)),
    UseCase(
        "orders exported",
        Schedule("export_orders", timedelta(0), {"month": "{now:%Y-%m}"}),
        Costs(16, 1, 0, 8),
        before=(Said(NEW), Said(UPGRADE)),
        then=lambda model, now: model.export(f"orders/{now:%Y-%m}.csv"),
    ),
)


@cache
def prices() -> dict[str, int]:
    """Net cents by what is sold, as the vendor wrote them down."""
    catalogue = (ROOT / "layers/freischalt/catalogue.yaml").read_text("utf-8")
    products = yaml.safe_load(catalogue)["products"]
    points = {str(points): cents for points, cents in products["points"]["prices"].items()}
    return points | {"E": products["e_protocol"]["price"]}


def a_model(use_case: UseCase, now: datetime) -> Model:
    """The desk as it is before anything comes in."""
    lately = [now - timedelta(minutes=10)] * use_case.replies_before
    return Model(
        prices=prices(),
        maintenance=use_case.maintenance,
        phones={
            CUSTOMER: Phone(ACCOUNT, replies=lately),
            CAREFUL: Phone(ACCOUNT, asks=True),
            NEIGHBOUR: Phone(OTHER_ACCOUNT),
        },
        locks={ACCOUNT: [use_case.locked_until]} if use_case.locked_until else {},
        owned={
            (ACCOUNT, "12345678"): Owned(31, e=True),
            (ACCOUNT, "11112222"): Owned(7, e=True, user="DEADBEEF"),
            (OTHER_ACCOUNT, "33334444"): Owned(9),
        },
    )
