"""Orders of terms, their money, and lists of inverters, at a deployed desk."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from freischalt.account_ports import Put
from freischalt.adapters import keys
from freischalt.adapters.s3_list_files import file_name
from freischalt.clock import utc_now
from freischalt.domain.ids import (
    AccountNumber,
    InverterSerial,
    OrderNumber,
    PaymentId,
    PlantId,
    plant_id,
)
from freischalt.domain.inverter_list import InverterList, ListProblem, ListRule
from freischalt.domain.plant import UsedActivation
from freischalt.domain.term_order import TermOrder, WhoseOrder
from freischalt.domain.user import user_id
from local.stripe_secrets import STRIPE_WEBHOOK_SECRET
from local.stripe_wire import signature
from tests.list_factories import excel
from tests.privilege.desk import Desk, event
from tests.privilege.grants import Json
from tests.privilege.people import VERSIONS, Person, call, new_person
from tests.privilege.plants import new_serial, printed_code
from tests.term_factories import (
    CONSUMER,
    SMALL,
    a_line,
    a_plant,
    a_quote,
    a_term_order,
    an_inverter,
)

LONG_AGO = timedelta(days=30)  # an unpaid order has lapsed by then, whatever the holidays


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that waits for its money, and who has placed it."""

    person: Person
    order: TermOrder

    def is_in_state(self, desk: Desk, state: str) -> bool:
        item = desk.item(keys.term_order(self.person.account, self.order.number))
        return bool(item["state"]["S"] == state)

    @property
    def wants_its_page(self) -> Json:
        """The call of the customer who wants to pay."""
        return call("POST", f"/term-orders/{self.order.number}/payment-page", told=self.person.told)

    def paid(self, payment: PaymentId) -> Json:
        """What Stripe tells, as it signs it now."""
        told = event("stripe_webhook.paid")
        body = json.loads(told["body"])
        body["data"]["object"] |= {
            "metadata": {"account": self.person.account, "order": self.order.number},
            "client_reference_id": self.order.number,
            "payment_intent": payment.partition(":")[2],
        }
        told["body"] = json.dumps(body)
        signed = signature(told["body"].encode(), STRIPE_WEBHOOK_SECRET)
        told["headers"]["stripe-signature"] = signed
        return told


def new_payment() -> PaymentId:
    return PaymentId(f"stripe:pi_{uuid4().hex[:24]}")


def an_ordered_term(desk: Desk, placed_at: datetime | None = None) -> Ordered:
    person = new_person(desk, registrant=CONSUMER)
    plant, number = plant_id(person.account, 1), OrderNumber(f"2026-{uuid4().int % 10**6:06d}")
    order = a_term_order(
        number=number,
        account=person.account,
        quote=a_quote(a_line(plant=plant)),
        placed_by=user_id(person.name),
        placed_at=placed_at or utc_now(),
        outbox_id=f"placed-{number}",
        version=0,
    )
    desk.records.write(
        Put(order),
        Put(WhoseOrder(order=number, account=person.account)),
        Put(a_plant(id=plant, trial_from=utc_now().date(), open_order=number, version=0)),
    )
    return Ordered(person, order)


def a_term_for(plant: PlantId) -> Json:
    """What the button sends for a plant with one small inverter; the price is the catalogue's."""
    return {
        "plants": [plant],
        "days": 365,
        "grossCents": 3_451,
        "acceptedDocuments": VERSIONS,
        "language": "de",
    }


def a_buyer(desk: Desk) -> tuple[Person, PlantId]:
    """A consumer with such a plant, whose trial runs."""
    person = new_person(desk, registrant=CONSUMER)
    plant = plant_id(person.account, 1)
    desk.records.write(Put(a_plant(id=plant, trial_from=utc_now().date(), version=0)))
    return person, plant


def pay(desk: Desk, account: AccountNumber, number: OrderNumber) -> None:
    """By card, on the page that the customer was led to."""
    session = desk.item(keys.term_order(account, number))["page"]["S"]
    desk.pay.post(f"/_pages/{session}", json={"choice": "card"}).raise_for_status()


def pay_unheard(desk: Desk, ordered: Ordered) -> None:
    """Nobody is told of it."""
    desk.pay.post("/_orders", json={"manner": "never"}).raise_for_status()
    try:
        pay(desk, ordered.person.account, ordered.order.number)
    finally:
        desk.pay.delete("/_orders").raise_for_status()


# --- lists


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of inverters of a plant, and one that is on it."""

    list_: InverterList
    serial: InverterSerial

    def is_in_state(self, desk: Desk, state: str) -> bool:
        item = desk.item(keys.inverter_list(self.list_.account, self.list_.id))
        return bool(item["state"]["S"] == state)

    def is_cleared(self, desk: Desk) -> bool:
        return not desk.has_item(keys.inverter(self.list_.plant, self.serial))

    @property
    def uploaded(self) -> Json:
        """As S3 tells of its file, through the queue."""
        told = event("import_inverters.uploaded")
        (record,) = told["Records"]
        body = json.loads(record["body"])
        body["Records"][0]["s3"]["object"]["key"] = file_name(self.list_.account, self.list_.id)
        record["body"] = json.dumps(body)
        return told


def an_uploaded_list(desk: Desk) -> Listed:
    """One whose file lies there, and is good. S3 tells of it, too, if anybody listens."""
    account, serial = new_person(desk).account, new_serial()
    plant = plant_id(account, 1)
    list_ = _a_list(plant, utc_now())
    desk.records.write(Put(a_plant(id=plant, version=0)), Put(list_))
    content = excel((serial, printed_code(desk, serial), SMALL, ""))
    desk.leave_file("Lists", file_name(account, list_.id), content)
    return Listed(list_, serial)


def a_list_to_clear(desk: Desk) -> Listed:
    """One that was refused after it had staged a row, and whoever had begun it is gone."""
    account, serial, then = new_person(desk).account, new_serial(), utc_now() - timedelta(days=2)
    plant = plant_id(account, 1)
    list_ = replace(_a_list(plant, then).begun("0f" * 32, 1, then), staged=1).refused(
        (ListProblem(rule=ListRule.ABANDONED),), then
    )
    used: Any = {"serial": serial, "plant": plant, "at": then, "import_id": list_.id}
    desk.records.write(
        Put(a_plant(id=plant, imports=(list_.id,), version=0)),
        Put(list_),
        Put(an_inverter(serial=serial, plant=plant, import_id=list_.id, version=0)),
        Put(UsedActivation(**used)),
    )
    return Listed(list_, serial)


def _a_list(plant: PlantId, created_at: datetime) -> InverterList:
    id_ = f"{int(created_at.timestamp() * 1000):013d}-{uuid4().hex[:12]}"
    return InverterList(id=id_, plant=plant, by="user:anna", created_at=created_at)
