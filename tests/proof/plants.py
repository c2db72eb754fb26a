"""Plants, their inverters and lists, and ends that are told, by the sentences of the specification.

It shares no code with the product.
"""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tests.proof.terms import (
    LISTED,
    OF_THE_LIST,
    TRIAL,
    Answer,
    Inverter,
    Plant,
    UploadedList,
    account_of,
    answer,
    day_of,
)

if TYPE_CHECKING:
    from tests.proof.accounts import Asked
    from tests.proof.model import Model

TOLD_BEFORE = (40, 14, 3, 0)
NEW_SERIAL = "SN-2001"


# --- inverters, and growth


def add(model: "Model", serial: str, inverter: Inverter, today: date) -> None:
    """The first one begins the trial; more than is licensed ends the terms, and is credited."""
    terms = model.accounts.terms
    plant = terms.plants[inverter.plant]
    terms.inverters[serial] = inverter
    terms.used.add(serial)
    plant.trial = plant.trial or today
    if not ends_what_it_has_outgrown(plant, terms.power(inverter.plant), today):
        return
    account = account_of(inverter.plant)
    model.accounts.tell_users_of(account, "plant_outgrown")
    model.accounts.note("plant_outgrown", account, "user:anna.huber")


def ends_what_it_has_outgrown(plant: Plant, power: int, today: date) -> bool:
    live = [term for term in plant.terms if term.holds(today)]
    if not live or power <= min(term.power for term in live):
        return False
    for term in live:
        plant.credit += term.value_left(today)
        term.ended = today
    plant.extended = today
    return True


def _add(model: "Model", asked: "Asked", now: datetime) -> Answer:
    plant, body = asked.does.split("/")[2], asked.body
    model.accounts.note("inverter_added", asked.account, asked.who)
    add(model, body["serial"], Inverter(plant, body["type"]), day_of(model, now))
    return answer(201, plant=plant, serial=body["serial"])


def _exchange(model: "Model", asked: "Asked", now: datetime) -> Answer:
    """One takes the place of another, whose code stays used."""
    terms, body = model.accounts.terms, asked.body
    _, _, plant, _, gone, _ = asked.does.split("/")
    del terms.inverters[gone]
    terms.removed.add(gone)
    model.accounts.note("inverter_removed", asked.account, asked.who)
    model.accounts.note("inverter_added", asked.account, asked.who)
    add(model, body["serial"], Inverter(plant, body["type"]), day_of(model, now))
    return answer(201, plant=plant, serial=body["serial"])


def import_list(model: "Model", id_: str, now: datetime) -> None:
    """All of its rows or, if one is wrong, none; once."""
    terms = model.accounts.terms
    list_, account = terms.lists[id_], account_of(OF_THE_LIST)
    if list_.state != "waiting":
        return
    if terms.used & set(list_.serials):
        _refuse(model, list_)
        return
    list_.state = "published"
    for serial in list_.serials:
        add(model, serial, Inverter(OF_THE_LIST, LISTED), day_of(model, now))
    model.accounts.tell_users_of(account, "list_published")
    model.accounts.note("inverter_added", account, "user:anna.huber")


def give_up_lists(model: "Model", _now: datetime) -> None:
    """What has been checked for more than a day: nothing of it is left."""
    for list_ in model.accounts.terms.lists.values():
        if list_.state == "checking":
            list_.staged = 0
            _refuse(model, list_)


def _refuse(model: "Model", list_: UploadedList) -> None:
    list_.state = "refused"
    model.accounts.tell_users_of(account_of(OF_THE_LIST), "list_refused")


# --- plants


def _make(model: "Model", asked: "Asked", _now: datetime) -> Answer:
    terms = model.accounts.terms
    id_ = f"{asked.account}-{len(terms.plants_of(asked.account)) + 1}"
    terms.plants[id_] = Plant()
    model.accounts.note("plant_created", asked.account, asked.who)
    return answer(201, id=id_)


def delete(model: "Model", asked: "Asked", _now: datetime) -> Answer:
    plant = model.accounts.terms.plants[asked.does.split("/")[2].partition("?")[0]]
    if not plant.ended:
        plant.ended = True
        model.accounts.note("plant_ended", asked.account, asked.who)
    return answer(204)


def may_use(model: "Model", asked: "Asked", now: datetime) -> Answer:
    """Whether it may be shown: in a trial or a term."""
    subject = asked.does.split("/")[2]
    plant, today = model.accounts.terms.plants[subject], day_of(model, now)
    in_trial = plant.trial is not None and today < plant.trial + TRIAL
    is_paid = any(term.holds(today) and term.after <= today for term in plant.terms)
    return answer(200, subject=subject, allowed=(in_trial or is_paid) and not plant.ended)


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
        if is_due(plant, day_of(model, now)) is not None
    }


def tell(model: "Model", account: str, now: datetime) -> None:
    """Each plant's end, once each."""
    for plant in model.accounts.terms.plants_of(account):
        days = is_due(plant, day_of(model, now))
        if days is not None:
            plant.told = max(term.end for term in plant.terms), days
            model.accounts.tell_users_of(account, "term_ends" if days else "term_ended")


ROUTES = {
    "POST /plants": _make,
    "POST plants…inverters": _add,
    "POST plants…exchange": _exchange,
}
