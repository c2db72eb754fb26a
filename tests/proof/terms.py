"""Plants, terms, orders, money and invoices by the sentences of their specification: plain data.

It shares no code with the product. Prices and powers are read from what the vendor has written
down. An order is called by its number or, if it was placed on the way, `NEW`.
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
    from tests.proof.accounts import Accounts, Asked
    from tests.proof.model import Model

NEW = "new"
TRIAL, WITHDRAWN_WITHIN = timedelta(days=41), timedelta(days=14)
TOLD_BEFORE = (40, 14, 3, 0)
ADVOCATE, BOOKKEEPING = "reparatur@example.com", "rechnung@example.com"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

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
class Order:
    """`page` is the state of its payment page; `vat` are basis points."""

    lines: dict[str, Line]
    placed: datetime
    days: int = 365
    vat: int = 0
    state: str = "open"
    paid: int = 0
    page: str = ""
    confirmed: datetime | None = None
    by_a_person: bool = False

    @property
    def net(self) -> int:
        return sum(line.cents - line.credit for line in self.lines.values())

    @property
    def gross(self) -> int:
        return self.net + (self.net * self.vat + 5_000) // 10_000


@dataclass
class Payment:
    """`why` it was put aside, if it was."""

    provider: str
    cents: int
    order: str
    why: str | None = None
    told: bool = False
    recorded: datetime | None = None
    disputed: bool = False


@dataclass
class Invoice:
    """Of this order, or what takes that invoice back."""

    order: str
    kind: str = "invoice"
    filed: bool = False


@dataclass
class Repair:
    state: str = "requested"
    cents: int = 0


@dataclass
class Terms:
    """`events` are what billing is to be told, `left` those that it was.

    `used` are serials whose code was used; `lists` are serials by a list that was uploaded, and
    `imported` those lists that have become inverters. `handed_out` are accounts whose plants are to
    be told of, with a message in the queue.
    """

    plants: dict[str, Plant] = field(default_factory=dict)
    inverters: dict[str, Inverter] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    orders: dict[str, Order] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    events: set[tuple[str, str]] = field(default_factory=set)
    left: set[tuple[str, str]] = field(default_factory=set)
    repairs: list[Repair] = field(default_factory=list)
    withdrawals: list[tuple[str, str, int]] = field(default_factory=list)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    handed_out: set[str] = field(default_factory=set)

    def power(self, plant: str) -> int:
        return sum(watts(one.kind) for one in self.inverters.values() if one.plant == plant)

    def ordered_power(self, plant: str) -> int | None:
        """What the order covers that waits for its money."""
        order = self.plants[plant].order
        return self.orders[order].lines[plant].power if order else None

    def plants_of(self, account: str) -> list[Plant]:
        return [plant for id_, plant in self.plants.items() if account_of(id_) == account]

    def publish(self) -> None:
        self.left |= self.events


def account_of(plant: str) -> str:
    return plant.rpartition("-")[0]


def owner_of(order: Order) -> str:
    return account_of(next(iter(order.lines)))


# --- inverters, and growth


def add(model: "Model", serial: str, inverter: Inverter, today: date) -> None:
    """The first one begins the trial; more than is licensed ends the terms, and is credited."""
    terms = model.accounts.terms
    plant = terms.plants[inverter.plant]
    terms.inverters[serial] = inverter
    terms.used.add(serial)
    plant.trial = plant.trial or today
    if not _ends_what_it_has_outgrown(plant, terms.power(inverter.plant), today):
        return
    account = account_of(inverter.plant)
    model.accounts.tell_users_of(account, "plant_outgrown")
    model.accounts.note("plant_outgrown", account, "user:anna.huber")


def _ends_what_it_has_outgrown(plant: Plant, power: int, today: date) -> bool:
    live = [term for term in plant.terms if term.holds(today)]
    if not live or power <= min(term.power for term in live):
        return False
    for term in live:
        plant.credit += term.value_left(today)
        term.ended = today
    plant.extended = today
    return True


def _add(model: "Model", asked: "Asked", now: datetime) -> "Answer":
    plant, body = asked.does.split("/")[2], asked.body
    model.accounts.note("inverter_added", asked.account, asked.who)
    add(model, body["serial"], Inverter(plant, body["type"]), _today(model, now))
    return _told(201, plant=plant, serial=body["serial"])


def import_list(model: "Model", id_: str, now: datetime) -> None:
    """All of its rows, or none; once."""
    terms = model.accounts.terms
    if id_ not in terms.imported:
        terms.imported.add(id_)
        for serial in terms.lists[id_]:
            add(model, serial, Inverter(OF_THE_LIST, LISTED), _today(model, now))
        account = account_of(OF_THE_LIST)
        model.accounts.tell_users_of(account, "list_published")
        model.accounts.note("inverter_added", account, "user:anna.huber")


OF_THE_LIST, LISTED = "10001-1", "AE 1TL 1.8"
NEW_SERIAL = "SN-2001"


# --- plants


def _make(model: "Model", asked: "Asked", _now: datetime) -> "Answer":
    terms = model.accounts.terms
    id_ = f"{asked.account}-{len(terms.plants_of(asked.account)) + 1}"
    terms.plants[id_] = Plant()
    model.accounts.note("plant_created", asked.account, asked.who)
    return _told(201, id=id_)


def delete(model: "Model", asked: "Asked", _now: datetime) -> "Answer":
    plant = model.accounts.terms.plants[asked.does.split("/")[2].partition("?")[0]]
    if not plant.ended:
        plant.ended = True
        model.accounts.note("plant_ended", asked.account, asked.who)
    return _told(204)


def may_use(model: "Model", asked: "Asked", now: datetime) -> "Answer":
    """Whether it may be shown: in a trial or a term."""
    subject = asked.does.split("/")[2]
    plant, today = model.accounts.terms.plants[subject], _today(model, now)
    in_trial = plant.trial is not None and today < plant.trial + TRIAL
    is_paid = any(term.holds(today) and term.after <= today for term in plant.terms)
    return _told(200, subject=subject, allowed=(in_trial or is_paid) and not plant.ended)


# --- orders, and their money


def _place(model: "Model", asked: "Asked", now: datetime) -> "Answer":
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
    return _told(201, orderNumber=SOMETHING, state=order.state, openCents=order.gross)


def activate(model: "Model", name: str, now: datetime, *, by: str) -> None:
    """Its terms count from now, or from the end of what runs; its invoice is wanted."""
    terms, today = model.accounts.terms, _today(model, now)
    order = terms.orders[name]
    order.state = "active"
    terms.invoices[name] = Invoice(name)
    for id_, line in order.lines.items():
        plant = terms.plants[id_]
        after = plant.runs_until(today)
        if plant.extended and after == today:
            after = plant.extended
        if terms.power(id_) > line.power:
            after = today  # it ends as it begins
        plant.terms.append(Term(name, after, order.days, line.power, line.cents))
        plant.extended, plant.order = None, ""
        if _ends_what_it_has_outgrown(plant, terms.power(id_), today):
            model.accounts.tell_users_of(account_of(id_), "term_order_outgrown")
            model.accounts.note("plant_outgrown", account_of(id_), by)
    model.accounts.note("term_activated", owner_of(order), by)


def receive(model: "Model", payment: Payment, now: datetime, *, by: str) -> None:
    """Money is kept in any case; if it is an open order's, and all of it, the order is active."""
    terms = model.accounts.terms
    order = terms.orders.get(payment.order)
    account = owner_of(order) if order else ""
    model.accounts.note("payment_received", account, by)
    terms.payments.append(payment)
    if order is None:
        payment.why = "no_such_order"
    elif order.state != "open":
        payment.why = "order_not_open"
    else:
        left = order.gross - order.paid
        order.paid += payment.cents
        payment.why = {-1: "too_little", 0: None, 1: "too_much"}[_sign(payment.cents - left)]
        if payment.cents >= left:
            activate(model, payment.order, now, by=by)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def stripe_tells(model: "Model", order: str, cents: int, now: datetime) -> None:
    """That an order's page was paid: once, however often."""
    terms = model.accounts.terms
    if not any(one.provider == "stripe" for one in terms.payments):
        receive(model, Payment("stripe", cents, order), now, by="provider:stripe")
    if order in terms.orders and terms.orders[order].page:
        terms.orders[order].page = "over"


def bank_disputes(model: "Model") -> None:
    """The vendor is told, once; what the money has bought stays as it is."""
    terms = model.accounts.terms
    (payment,) = (one for one in terms.payments if one.provider == "stripe")
    if payment.disputed:
        return
    payment.disputed = True
    model.accounts.tell("payment_disputed", BOOKKEEPING)
    owner = owner_of(terms.orders[payment.order])
    model.accounts.note("payment_disputed", owner, "provider:stripe")


def _transfer(model: "Model", asked: "Asked", now: datetime) -> "Answer":
    order, cents = asked.does.split("/")[5], asked.body["amountCents"]
    receive(model, Payment("bank", cents, order), now, by=asked.who)
    return _told(201, order=order, amountCents=cents)


def _cancel(model: "Model", asked: "Asked", _now: datetime) -> "Answer":
    name = asked.does.split("/")[2]
    _over(model, name, "cancelled")
    model.accounts.note("term_order_cancelled", asked.account, asked.who)
    return _told(200, orderNumber=name, state="cancelled")


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
        if order.state == "open" and lapses_on(_today(model, order.placed)) <= _today(model, now):
            _over(model, name, "lapsed")
            model.accounts.tell_users_of(owner_of(order), "term_order_lapsed")
            model.accounts.note("term_order_lapsed", owner_of(order), "schedule")


def watch(model: "Model", _now: datetime) -> None:
    """The vendor is told of money that has lain aside for too long, once."""
    for payment in model.accounts.terms.payments:
        if payment.why and payment.recorded and not payment.told:
            payment.told = True
            model.accounts.tell("payment_overdue", BOOKKEEPING)


def _withdraw(model: "Model", asked: "Asked", now: datetime) -> "Answer":
    """A consumer's, in time: the term ends, nothing is credited, the invoice is taken back."""
    terms, name = model.accounts.terms, asked.body["orderNumber"]
    order, today = terms.orders[name], _today(model, now)
    order.state = "withdrawn"
    terms.events.add(("OrderEnded", name))
    for id_ in order.lines:
        for term in terms.plants[id_].terms:
            if term.order == name:
                term.ended = today
    terms.invoices[f"{name}-credit"] = Invoice(name, "credit_note")
    terms.withdrawals.append((name, "withdrawn", order.paid))
    model.accounts.tell("withdrawal_received", asked.body["email"])
    model.accounts.note("withdrawal_declared", owner_of(order), "nobody")
    model.accounts.note("term_order_withdrawn", owner_of(order), "nobody")
    return _told(202, text=SOMETHING, receivedAt=SOMETHING)


# --- invoices, and ends that are told


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
        kind = "term_order_confirmed" if is_invoice else "term_credit_note"
        accounts.tell_users_of(owner_of(order), kind)


def is_due(plant: Plant, today: date) -> int | None:
    """The notice that presses most, of its last end, if it was not told yet."""
    if plant.ended or not plant.terms:
        return None
    end = max(term.end for term in plant.terms)
    told = plant.told[1] if plant.told and plant.told[0] == end else TOLD_BEFORE[0] + 1
    # a day later than it is due: it is told in the morning, and this may be the night before
    due = [days for days in TOLD_BEFORE if end - timedelta(days=days) < today and days < told]
    return min(due, default=None)


def hand_out(model: "Model", now: datetime) -> None:
    terms = model.accounts.terms
    terms.handed_out |= {
        account_of(id_)
        for id_, plant in terms.plants.items()
        if is_due(plant, _today(model, now)) is not None
    }


def tell(model: "Model", account: str, now: datetime) -> None:
    """Each plant's end, once each."""
    for plant in model.accounts.terms.plants_of(account):
        days = is_due(plant, _today(model, now))
        if days is not None:
            plant.told = max(term.end for term in plant.terms), days
            model.accounts.tell_users_of(account, "term_ends" if days else "term_ended")


# --- repairs


def _ask_for_repair(model: "Model", asked: "Asked", _now: datetime) -> "Answer":
    model.accounts.terms.repairs.append(Repair())
    model.accounts.tell("repair_requested", ADVOCATE)
    model.accounts.note("repair_requested", asked.account, asked.who)
    return _told(201, id=SOMETHING, state="requested")


def _offer_repair(model: "Model", asked: "Asked", _now: datetime) -> "Answer":
    (repair,) = model.accounts.terms.repairs
    repair.state, repair.cents = "offered", sum(item["netCents"] for item in asked.body["items"])
    model.accounts.tell("repair_offered", CONTACT)
    model.accounts.note("repair_offered", asked.does.split("/")[3], asked.who)
    return _told(201, state="offered")


def _accept_repair(model: "Model", asked: "Asked", _now: datetime) -> "Answer":
    (repair,) = model.accounts.terms.repairs
    repair.state = "accepted"
    model.accounts.tell("repair_accepted", ADVOCATE)
    model.accounts.note("repair_accepted", asked.account, asked.who)
    return _told(201, state="accepted")


def _complete_repair(model: "Model", asked: "Asked", _now: datetime) -> "Answer":
    (repair,) = model.accounts.terms.repairs
    repair.state = "done"
    model.accounts.note("repair_done", asked.does.split("/")[3], asked.who)
    return _told(201, state="done")


CONTACT = "werkstatt@kunde.example"

ROUTES = {
    "POST /plants": _make,
    "POST plants…inverters": _add,
    "POST /term-orders": _place,
    "POST term-orders…cancellation": _cancel,
    "POST operator…payments": _transfer,
    "POST /withdrawals": _withdraw,
    "POST /repair-orders": _ask_for_repair,
    "POST operator…offer": _offer_repair,
    "POST repair-orders…acceptance": _accept_repair,
    "POST operator…completion": _complete_repair,
}


def _told(status: int, **says: Any) -> "Answer":
    return status, says


def _today(model: "Model", now: datetime) -> date:
    return now.astimezone(model.zone).date()


# --- what there is to be seen


def picture(accounts: "Accounts") -> Picture:
    """What must be found in the table, whatever happened on the way."""
    terms = accounts.terms
    filed = sum(invoice.filed for invoice in terms.invoices.values())
    return {
        "plants": {
            id_: (
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
            )
            for id_, plant in terms.plants.items()
        },
        "numbers of plants": {
            number: (len(plants), sum(plant.ended for plant in plants))
            for number in accounts.firms
            if (plants := terms.plants_of(number))
        },
        "inverters": {serial: (one.plant, one.kind) for serial, one in terms.inverters.items()},
        "used codes": terms.used,
        "orders of terms": {
            name: (
                order.state,
                sorted(order.lines),
                order.gross,
                order.paid,
                order.confirmed is not None,
            )
            for name, order in terms.orders.items()
        },
        "payment pages": {name: one.page for name, one in terms.orders.items() if one.page},
        "payments": Counter(
            (one.provider, one.cents, one.order, one.why, one.told, one.disputed)
            for one in terms.payments
        ),
        "invoices": {
            name: (one.kind, one.order, one.filed) for name, one in terms.invoices.items()
        },
        "numbers of invoices": (list(range(1, filed + 1)), filed),
        "events for billing": Counter((*event, event in terms.left) for event in terms.events),
        "repairs": Counter((one.state, one.cents) for one in terms.repairs),
        "withdrawals": Counter(terms.withdrawals),
        "lists of inverters": {
            id_: "published" if id_ in terms.imported else "waiting" for id_ in terms.lists
        },
    }
