"""Repair orders by the sentences of their specification. It shares no code with the product."""

from datetime import datetime
from typing import TYPE_CHECKING

from tests.proof.terms import SOMETHING, Answer, Repair, answer

if TYPE_CHECKING:
    from tests.proof.accounts import Asked
    from tests.proof.model import Model

ADVOCATE, CONTACT = "reparatur@example.com", "werkstatt@kunde.example"


def _ask_for_repair(model: "Model", asked: "Asked", _now: datetime) -> Answer:
    model.accounts.terms.repairs.append(Repair())
    model.accounts.tell("repair_requested", ADVOCATE)
    model.accounts.note("repair_requested", asked.account, asked.who)
    return answer(201, id=SOMETHING, state="requested")


def _offer_repair(model: "Model", asked: "Asked", _now: datetime) -> Answer:
    (repair,) = model.accounts.terms.repairs
    repair.state, repair.cents = "offered", sum(item["netCents"] for item in asked.body["items"])
    model.accounts.tell("repair_offered", CONTACT)
    model.accounts.note("repair_offered", asked.does.split("/")[3], asked.who)
    return answer(201, state="offered")


def _accept_repair(model: "Model", asked: "Asked", _now: datetime) -> Answer:
    (repair,) = model.accounts.terms.repairs
    repair.state = "accepted"
    model.accounts.tell("repair_accepted", ADVOCATE)
    model.accounts.note("repair_accepted", asked.account, asked.who)
    return answer(201, state="accepted")


def _complete_repair(model: "Model", asked: "Asked", _now: datetime) -> Answer:
    (repair,) = model.accounts.terms.repairs
    repair.state = "done"
    model.accounts.note("repair_done", asked.does.split("/")[3], asked.who)
    return answer(201, state="done")


ROUTES = {
    "POST /repair-orders": _ask_for_repair,
    "POST operator…offer": _offer_repair,
    "POST repair-orders…acceptance": _accept_repair,
    "POST operator…completion": _complete_repair,
}
