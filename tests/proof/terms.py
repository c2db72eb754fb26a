"""Plants, terms, orders and money as plain data, and what there is to be seen of them.

What becomes of them [plants](plants.py), [orders](orders.py), [payments](payments.py) and
[repairs](repairs.py) say. They share no code with the product: prices and powers are read from what
the vendor has written down. An order is called by its number or, if it was placed on the way,
`NEW`.
"""

import hmac
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import holidays
import yaml

from tests.conftest import ROOT

if TYPE_CHECKING:
    from tests.proof.accounts import Accounts
    from tests.proof.model import Model

NEW = "new"
TRIAL = timedelta(days=41)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
OF_THE_LIST, LISTED = "10001-1", "AE 1TL 1.8"
"""The plant that lists of inverters are for, and the type of all that are on them."""

SOMETHING = "…"
"""Is there, and the model cannot know what it is."""

type Picture = dict[str, Any]
type Answer = tuple[int, dict[str, Any]]
"""To a request: its status, and what it says among other things."""


@cache
def catalogue() -> Any:
    return yaml.safe_load((ROOT / "layers/freischalt/terms.yaml").read_text("utf-8"))


@cache
def public_holidays() -> Any:
    where = catalogue()["holidays"]
    return holidays.country_holidays(where["country"], subdiv=where["region"])


def lapses_on(placed: date) -> date:
    """After 14 days to pay, and three working days for whoever records what has come in time."""
    day, working_days = placed + timedelta(days=14), 0
    while working_days < 3:
        day += timedelta(days=1)
        working_days += day.isoweekday() < 6 and day not in public_holidays()
    return day + timedelta(days=1)


def watts(kind: str) -> int:
    """The nominal power of an inverter of that type."""
    power: int = catalogue()["inverter_types"][kind]["power_w"]
    return power


def price(power: int, days: int) -> int:
    """Net cents, by the first band that is large enough."""
    bands = catalogue()["prices"]
    cents: int = next(
        band["net_cents"][days] for band in bands if power <= band.get("up_to_w", power)
    )
    return cents


def activation_code(key: bytes, serial: str) -> str:
    """What is printed on the inverter: the first 60 bits of an HMAC, five to a character."""
    mac = hmac.digest(key, b"freischalt/activation/v1|" + serial.encode(), sha256)
    bits = f"{int.from_bytes(mac):0256b}"[:60]
    text = "".join(ALPHABET[int(bits[place : place + 5], 2)] for place in range(0, 60, 5))
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


# --- what there is


@dataclass
class Term:
    """So many days after the day `after`, for so much power; `cents` is what it is worth."""

    order: str
    after: date
    days: int
    power: int
    cents: int
    ended: date | None = None

    @property
    def end(self) -> date:
        """The first day without the right."""
        return self.after + timedelta(days=self.days + 1)

    def holds(self, today: date) -> bool:
        return self.ended is None and today < self.end

    def value_left(self, today: date) -> int:
        """To the day, from the day after."""
        return self.cents * min((self.end - today).days - 1, self.days) // self.days


@dataclass
class Plant:
    """`order` waits for its money; `told` is the end that was told last, and how near it was."""

    trial: date | None = None
    terms: list[Term] = field(default_factory=list)
    credit: int = 0
    extended: date | None = None
    order: str = ""
    told: tuple[date, int] | None = None
    ended: bool = False

    def runs_until(self, today: date) -> date:
        """The last day of all that it has."""
        ends = [term.end for term in self.terms if term.ended is None]
        ends += [self.trial + TRIAL] if self.trial else []
        return max([today, *(end - timedelta(days=1) for end in ends)])


@dataclass(frozen=True)
class Inverter:
    plant: str
    kind: str


@dataclass(frozen=True)
class Line:
    """A plant's, in an order."""

    power: int
    cents: int
    credit: int = 0


@dataclass
class Payment:
    """`why` it was put aside, if it was; `settled` if somebody has seen to that since.

    `refunded` is what its provider says was given back. Whoever records a payment at once leaves
    `recorded` open.
    """

    provider: str
    cents: int
    order: str
    why: str | None = None
    told: bool = False
    recorded: datetime | None = None
    settled: bool = False
    refunded: int = 0
    disputed: bool = False

    @property
    def is_aside(self) -> bool:
        return self.why is not None and not self.settled


@dataclass
class Charge:
    """What an order was charged later, for a plant of so much power; paid with the `parts`."""

    plant: str
    power: int
    net: int
    gross: int
    paid: int = 0
    parts: list[Payment] = field(default_factory=list)


@dataclass
class Order:
    """`page` is the state of its payment page; `vat` are basis points; paid with the `parts`.

    `charges` are by the name of their invoice. `unheard` cents were paid on its page, and nobody
    has told us.
    """

    lines: dict[str, Line]
    placed: datetime
    days: int = 365
    vat: int = 0
    state: str = "open"
    paid: int = 0
    page: str = ""
    confirmed: datetime | None = None
    by_a_person: bool = False
    parts: list[Payment] = field(default_factory=list)
    charges: dict[str, Charge] = field(default_factory=dict)
    unheard: int = 0

    @property
    def net(self) -> int:
        return sum(line.cents - line.credit for line in self.lines.values())

    @property
    def gross(self) -> int:
        return self.with_vat(self.net)

    def with_vat(self, net: int) -> int:
        return net + (net * self.vat + 5_000) // 10_000


@dataclass
class Invoice:
    """Of this order, or what takes an invoice of it back, or charges more."""

    order: str
    net: int
    kind: str = "invoice"
    filed: bool = False
    paid: bool = True


@dataclass
class Withdrawal:
    """A declaration that came `at`, of none if it has come just now; `refund` is gross."""

    order: str
    outcome: str = "withdrawn"
    refund: int = 0
    at: datetime | None = None
    told: bool = False
    settled: bool = False


@dataclass
class UploadedList:
    """A list of inverters; `staged` of its rows are there, and do not count."""

    serials: tuple[str, ...]
    state: str = "waiting"
    staged: int = 0


@dataclass
class Repair:
    state: str = "requested"
    cents: int = 0


@dataclass
class Terms:
    """`events` are what billing is to be told, `left` those that it was.

    `used` are serials whose code was used, `removed` those whose inverter is gone since.
    `handed_out` are accounts whose plants are to be told of, with a message in the queue.
    """

    plants: dict[str, Plant] = field(default_factory=dict)
    inverters: dict[str, Inverter] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    orders: dict[str, Order] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    events: set[tuple[str, str]] = field(default_factory=set)
    left: set[tuple[str, str]] = field(default_factory=set)
    repairs: list[Repair] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    lists: dict[str, UploadedList] = field(default_factory=dict)
    handed_out: set[str] = field(default_factory=set)

    def power(self, plant: str) -> int:
        return sum(watts(one.kind) for one in self.inverters.values() if one.plant == plant)

    def ordered_power(self, plant: str) -> int | None:
        """What the order covers that waits for its money."""
        order = self.plants[plant].order
        return self.orders[order].lines[plant].power if order else None

    def plants_of(self, account: str) -> list[Plant]:
        return [plant for id_, plant in self.plants.items() if account_of(id_) == account]

    def unpublished(self, plant: str) -> list[str]:
        """Lists of which something is staged for it."""
        return [id_ for id_, one in self.lists.items() if one.staged and plant == OF_THE_LIST]

    def publish(self) -> None:
        self.left |= self.events


def account_of(plant: str) -> str:
    return plant.rpartition("-")[0]


def owner_of(order: Order) -> str:
    return account_of(next(iter(order.lines)))


def charge_name(order: str, plant: str, power: int) -> str:
    """Of the invoice that charges an order later for such a plant."""
    return f"{order}-correction-{plant.rpartition('-')[2]}-{power}"


def answer(status: int, **says: Any) -> Answer:
    return status, says


def day_of(model: "Model", now: datetime) -> date:
    """The vendor's."""
    return now.astimezone(model.zone).date()


# --- what there is to be seen


def picture(accounts: "Accounts") -> Picture:
    """What must be found in the table, whatever happened on the way."""
    terms = accounts.terms
    filed = sum(invoice.filed for invoice in terms.invoices.values())
    return {
        "plants": {id_: _plant(terms, id_, plant) for id_, plant in terms.plants.items()},
        "numbers of plants": {
            number: (len(plants), sum(plant.ended for plant in plants))
            for number in accounts.firms
            if (plants := terms.plants_of(number))
        },
        "inverters": {serial: (one.plant, one.kind) for serial, one in terms.inverters.items()},
        "used codes": {serial: serial in terms.removed for serial in terms.used},
        "orders of terms": {name: _order(order) for name, order in terms.orders.items()},
        "payment pages": Counter(
            (name, one.page) for name, one in terms.orders.items() if one.page
        ),
        "payments": Counter(
            (
                *(one.provider, one.cents, one.order, one.why, one.told, one.settled),
                *(one.refunded, one.disputed),
            )
            for one in terms.payments
        ),
        "invoices": {
            name: (one.kind, one.order, one.net, one.filed, one.paid)
            for name, one in terms.invoices.items()
        },
        "numbers of invoices": (list(range(1, filed + 1)), filed),
        "events for billing": Counter((*event, event in terms.left) for event in terms.events),
        "repairs": Counter((one.state, one.cents) for one in terms.repairs),
        "withdrawals": Counter(
            (one.order, one.outcome, one.refund, one.told, one.settled) for one in terms.withdrawals
        ),
        "lists of inverters": {id_: list_.state for id_, list_ in terms.lists.items()},
    }


def _plant(terms: Terms, id_: str, plant: Plant) -> tuple[Any, ...]:
    return (
        sum(one.plant == id_ for one in terms.inverters.values()),
        terms.power(id_),
        plant.trial,
        [
            (term.order, term.after, term.days, term.power, term.cents, term.ended)
            for term in plant.terms
        ],
        plant.credit,
        plant.extended,
        plant.order,
        terms.ordered_power(id_),
        plant.told,
        plant.ended,
        terms.unpublished(id_),
    )


def _order(order: Order) -> tuple[Any, ...]:
    return (
        order.state,
        sorted(order.lines),
        order.gross,
        order.paid,
        len(order.parts),
        order.confirmed is not None,
        [
            (charge.plant, charge.power, charge.net, charge.gross, charge.paid, len(charge.parts))
            for charge in order.charges.values()
        ],
    )
