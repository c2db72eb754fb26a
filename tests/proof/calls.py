"""What comes of requests over HTTP, by the sentences of their specification.

It shares no code with the product. Those of terms are in the models of their subjects.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.proof import orders, payments, plants, repairs, terms, vat
from tests.proof.vat import Company

if TYPE_CHECKING:
    from tests.proof.model import Model

from tests.proof.accounts import (
    NEWCOMER,
    SOMETHING,
    TERMS,
    Accounts,
    Asked,
    Check,
    Firm,
    Hold,
    Key,
    Person,
    Sitting,
    Told,
)

A_PASSWORD_STAYS = timedelta(days=2)
NO_BY_ROW = {"locked": 423, "row 8": 404, "row 14": 503}  # all others: 409


def ask(model: "Model", asked: Asked, now: datetime) -> Told:
    """What is told to the request; with the same key it is told again, and nothing happens."""
    accounts, known = model.accounts, (asked.who, asked.does, asked.key)
    if asked.key and known in accounts.answered:
        return accounts.answered[known]
    told = _route(asked.does)(model, asked, now)
    if asked.key and told.said:
        accounts.answered[known] = told
    elif asked.key and (told.status < 300 or told.counts) and asked.does != "TOKEN":
        accounts.answered[known] = told
        accounts.recorded += 1
    return told


type Does = Callable[["Model", Asked, datetime], Told]


def _route(does: str) -> Does:
    """What is done there, by the first and last words of the path."""
    method, _, path = does.partition(" ")
    if method == "PUT" and path == "/account/company":
        return _enter_company
    if method == "GET":
        return _of_terms(plants.may_use)
    if method == "DELETE" and path.startswith("/plants/"):
        return _of_terms(plants.delete)
    if method == "DELETE":
        return _release_phone if path.startswith("/phones/") else _revoke_key
    parts = path.strip("/").split("/")
    return ROUTES[f"{method} {parts[0]}…{parts[-1]}" if len(parts) > 1 else does.rstrip("/")]


def _of_terms(does: Callable[["Model", Asked, datetime], terms.Answer]) -> Does:
    return lambda model, asked, now: Told(*does(model, asked, now))


# --- fetches and orders


def _fetch(model: "Model", asked: Asked, now: datetime) -> Told:
    said = model.fetch(asked.account, *_wanted(asked), now)
    if said.row == "code":
        model.accounts.note("retrieved", said.number[:8], asked.who)
        return Told(200, {"code": SOMETHING, "text": SOMETHING}, said)
    return Told(NO_BY_ROW.get(said.row, 409), said=said)


def _order(model: "Model", asked: Asked, now: datetime) -> Told:
    firm = model.accounts.firms[asked.account]
    if code := vat.why_not_buy(firm, now):
        return Told(409, {"code": code})
    said = model.order(asked.who, asked.account, *_wanted(asked), now)
    if said.row == "ordered":
        return Told(201, {"orderNumber": SOMETHING, "text": SOMETHING}, said)
    return Told(NO_BY_ROW.get(said.row, 409), said=said)


def _wanted(asked: Asked) -> tuple[str, str]:
    return asked.body["type"].removesuffix("P"), asked.body["licenceNumber"]


# --- who somebody is


def _token(model: "Model", asked: Asked, _now: datetime) -> Told:
    kind, _, name = asked.who.partition(":")
    mine: list[Sitting | Key] = [
        *(one for one in model.accounts.sittings if kind == "user" and one.user == name),
        *(one for one in model.accounts.keys if kind == "key" and one.name == name),
    ]
    for one in mine:
        one.idle = False
    return Told(200, {"account": asked.account})


def _register(model: "Model", asked: Asked, now: datetime) -> Told:
    name, accounts = asked.body["userName"], model.accounts
    if name in accounts.people:
        return Told(409)
    person = Person(asked.body["email"], entered=asked.body["name"], chosen=now)
    accounts.people[name] = person
    accounts.tell("validate_registration", person.email)
    return Told(202, {"userName": name})


def _validate(model: "Model", _asked: Asked, now: datetime) -> Told:
    """Of whoever has not opened the link yet: there is one at most."""
    accounts = model.accounts
    found = [(name, person) for name, person in accounts.people.items() if person.entered]
    if not found:
        return Told(404)
    ((name, person),) = found
    number = f"of {name}"
    firm = accounts.firms[number] = Firm(person.entered, users=[name])
    firm.entered = replace(NEWCOMER, name=person.entered)
    vat.begin(firm, now)
    person.entered, person.account = "", number
    person.password, person.given, person.chosen = SOMETHING, True, now
    return Told(200, {"account": SOMETHING})


def _sign_in(model: "Model", asked: Asked, _now: datetime) -> Told:
    accounts, name = model.accounts, asked.body["userName"]
    if accounts.is_locked_out(name):
        return Told(423)
    person = accounts.people.get(name)
    if person is None or not person.password or person.password != asked.body["password"]:
        accounts.wrong[name] = accounts.wrong.get(name, 0) + 1
        return Told(403)
    accounts.wrong.pop(name, None)
    accounts.sittings.append(Sitting(name, person.epoch))
    return Told(
        201,
        {"token": SOMETHING, "account": person.account, "mustChangePassword": person.given},
    )


def _change_password(model: "Model", asked: Asked, now: datetime) -> Told:
    """Other sessions end, and this one, the first, goes on."""
    accounts, name = model.accounts, asked.who.partition(":")[2]
    person = accounts.people[name]
    if asked.body["current"] != person.password:
        return Told(403)
    is_young = person.chosen and now - person.chosen < A_PASSWORD_STAYS
    if asked.body["new"] == person.password or (is_young and not person.given):
        return Told(422)
    _new_password(accounts, person, asked.body["new"], now)
    mine = next(one for one in accounts.sittings if one.user == name)
    mine.epoch = person.epoch
    return Told(204)


def _new_password(accounts: Accounts, person: Person, new: str, now: datetime) -> None:
    person.password, person.given, person.chosen, person.reset = new, False, now, False
    person.epoch += 1
    accounts.tell("password_changed", person.email)


def _ask_for_reset(model: "Model", asked: Asked, _now: datetime) -> Told:
    person = model.accounts.people.get(asked.body["userName"])
    if person and not person.entered and not person.reset:
        person.reset = True
        model.accounts.tell("reset_password", person.email)
    return Told(202)


def _redeem(model: "Model", asked: Asked, now: datetime) -> Told:
    found = [person for person in model.accounts.people.values() if person.reset]
    if not found:
        return Told(404)
    _new_password(model.accounts, found[0], asked.body["password"], now)
    return Told(204)


def _accept(model: "Model", asked: Asked, _now: datetime) -> Told:
    model.accounts.people[asked.who.partition(":")[2]].accepted = asked.body == TERMS
    return Told(204)


# --- VAT IDs


def _enter_company(model: "Model", asked: Asked, now: datetime) -> Told:
    body, address = asked.body, asked.body["address"]
    company = Company(
        name=body["name"],
        street=address["street"],
        postal_code=address["postalCode"],
        city=address["city"],
        country=address["country"],
        vat_id=body["vatId"],
    )
    vat.enter(model.accounts.firms[asked.account], company, now)
    return Told(200, {"name": company.name, "vatId": company.vat_id})


def _start_check(model: "Model", asked: Asked, now: datetime) -> Told:
    firm = model.accounts.firms[asked.account]
    vat.wish(firm, now)
    return Told(202, {"state": firm.vat and firm.vat.state})


def _decide_vat(model: "Model", asked: Asked, now: datetime) -> Told:
    decision = asked.body["decision"]
    vat.decide(model.accounts, asked.does.split("/")[3], decision, asked.who, now)
    return Told(201, {"state": decision, "decidedByOperator": True})


# --- locks


def _own_lock(model: "Model", asked: Asked, _now: datetime) -> Told:
    dongle = asked.does.split("/")[2]
    return _locked(model, Hold(asked.account, dongle, "customer", _day(asked.body)), asked.who)


def _operators_lock(model: "Model", asked: Asked, _now: datetime) -> Told:
    account, body = asked.does.split("/")[3], asked.body
    return _locked(
        model, Hold(account, body.get("caratId", ""), body["reason"], _day(body)), asked.who
    )


def _day(body: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(body["until"]) if "until" in body else None


def _locked(model: "Model", hold: Hold, by: str) -> Told:
    if hold.dongle and (hold.account, hold.dongle) not in model.owned:
        return Told(404)
    model.accounts.holds.append(hold)
    model.locks_on(hold.account, hold.dongle).append(hold.until)
    model.accounts.tell_users_of(hold.account, "lock_set")
    model.accounts.note("lock_set", hold.account, by)
    return Told(201, {"id": SOMETHING})


def _lift(model: "Model", asked: Asked, _now: datetime) -> Told:
    """The only one that holds."""
    account = asked.does.split("/")[3]
    (hold,) = (one for one in model.accounts.holds if one.account == account)
    if hold.state != "holds":
        return Told(409)
    _over(model, hold, "lifted")
    return Told(201, {"id": SOMETHING})


def end_locks(model: "Model", now: datetime) -> None:
    """Planned ends that have come are noticed."""
    for hold in model.accounts.holds:
        if hold.state == "holds" and hold.until and hold.until <= now.date():
            _over(model, hold, "ended")


def _over(model: "Model", hold: Hold, state: str) -> None:
    hold.state = state
    model.locks_on(hold.account, hold.dongle).remove(hold.until)
    model.accounts.tell_users_of(hold.account, f"lock_{state}")


# --- phones, keys, releases


def _ask_for_phone(model: "Model", asked: Asked, _now: datetime) -> Told:
    phone = asked.body["phone"]
    model.accounts.checks.append(Check(asked.account, phone))
    model.accounts.tell("sms_phone_code", phone)
    return Told(202, {"phone": phone, "state": "code_sent"})


def _confirm_phone(model: "Model", asked: Asked, _now: datetime) -> Told:
    """Digits of zeros stand for wrong ones."""
    phone = asked.does.split("/")[2]
    checks = [one for one in model.accounts.checks if one.phone == phone]
    if not checks:
        return Told(422)
    if asked.body["code"] == "000000":
        checks[0].wrong += 1
        return Told(422, counts=True)
    model.accounts.checks.remove(checks[0])
    model.accounts.firms[asked.account].phones.append(phone)
    model.register(phone, asked.account)
    return Told(200, {"phone": phone, "state": "registered"})


def _release_phone(model: "Model", asked: Asked, _now: datetime) -> Told:
    phone = asked.does.split("/")[2]
    if phone not in model.accounts.firms[asked.account].phones:
        return Told(404)
    model.accounts.firms[asked.account].phones.remove(phone)
    model.register(phone, None)
    return Told(204)


def _make_key(model: "Model", asked: Asked, _now: datetime) -> Told:
    model.accounts.keys.append(Key(asked.account, asked.body["name"], idle=True))
    model.accounts.note("api_key_made", asked.account, asked.who)
    return Told(201, {"id": SOMETHING, "token": SOMETHING})


def _revoke_key(model: "Model", asked: Asked, _now: datetime) -> Told:
    """The only one there is."""
    (key,) = (one for one in model.accounts.keys if one.account == asked.account)
    key.revoked = True
    return Told(204)


def _release(model: "Model", asked: Asked, _now: datetime) -> Told:
    account, body = asked.does.split("/")[3], asked.body
    model.grant(account, body["caratId"], body["points"], e=body.get("eProtocol", False))
    model.trail.add(("granted", body["caratId"], asked.who.partition(":")[2]))
    has = model.owned[account, body["caratId"]]
    return Told(201, {"points": has.points, "eProtocol": has.e})


ROUTES: dict[str, Does] = {
    "TOKEN": _token,
    "POST /codes": _fetch,
    "POST /orders": _order,
    "POST /registrations": _register,
    "POST registrations…validation": _validate,
    "POST /sessions": _sign_in,
    "PUT /password": _change_password,
    "POST /password-resets": _ask_for_reset,
    "POST password-resets…redemption": _redeem,
    "POST documents…acceptances": _accept,
    "POST licences…locks": _own_lock,
    "POST operator…locks": _operators_lock,
    "POST operator…lifting": _lift,
    "POST /phones": _ask_for_phone,
    "POST phones…confirmation": _confirm_phone,
    "POST /api-keys": _make_key,
    "POST operator…releases": _release,
    "POST account…vat-checks": _start_check,
    "POST operator…vat-decisions": _decide_vat,
    **{
        where: _of_terms(does)
        for subject in (plants, orders, payments, repairs)
        for where, does in subject.ROUTES.items()
    },
}
