"""Accounts, sign-in and locks by the sentences of their specification: plain data, as `model` is.

It shares no code with the product. What the model cannot know (a token, an account's new number) is
`SOMETHING`: it must be there, and be the same in the answer to the repeated request.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.proof import terms, vat
from tests.proof.terms import Terms
from tests.proof.vat import Company, Evidence, Standing

if TYPE_CHECKING:
    from tests.proof.model import Model, Said

SOMETHING = terms.SOMETHING
SIGN_IN_TRIES = 5
NOTED_EVERY = timedelta(minutes=5)
A_PASSWORD_STAYS = timedelta(days=2)

NO_BY_ROW = {"locked": 423, "row 8": 404, "row 14": 503}  # all others: 409
TERMS = {"terms": "2026-11", "privacy": "2026-11"}
NEWCOMER = Company("Neuland GmbH", "Weg 1", "1010", "Wien", "AT", "ATU13585627")
"""Whoever registers is that company, by whatever name."""

type Picture = dict[str, Any]
"""What there is to be seen of accounts, by what it is about."""


@dataclass(frozen=True)
class Asked:
    """A request: `does` is method and path; `who` is nobody or as the trail names the caller.

    `read` is the version that it is about to change (`If-Match`).
    """

    does: str
    body: Mapping[str, Any] = field(default_factory=dict)
    who: str = "nobody"
    account: str = ""
    key: str = ""
    read: str = ""


@dataclass(frozen=True)
class Told:
    """The answer: its status, and what its body says among other things.

    A no that `counts` against somebody counts once, however often the request is repeated.
    """

    status: int
    says: Mapping[str, Any] = field(default_factory=dict)
    said: "Said | None" = None
    counts: bool = False


@dataclass
class Person:
    """A user; `entered` is the company's name until the mailed link is opened.

    `password` is SOMETHING if it was mailed, "" if there is none.
    """

    email: str
    account: str | None = None
    password: str = ""
    given: bool = False
    chosen: datetime | None = None
    entered: str = ""
    reset: bool = False
    epoch: int = 0
    accepted: bool = True


@dataclass
class Firm:
    """An account; `entered` is None of one that the vendor made, `vat` if nothing is checked."""

    company: str
    users: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    entered: Company | None = None
    vat: Standing | None = None


@dataclass
class Sitting:
    """A session of a user, who has not used it for a while or has."""

    user: str
    epoch: int = 0
    idle: bool = False


@dataclass
class Key:
    account: str
    name: str
    revoked: bool = False
    idle: bool = False


@dataclass
class Hold:
    """A lock of an account or, with a dongle, of one licence."""

    account: str
    dongle: str = ""
    reason: str = "security"
    until: date | None = None
    state: str = "holds"


@dataclass
class Check:
    """A phone that has been sent six digits."""

    account: str
    phone: str
    wrong: int = 0


@dataclass
class Notice:
    kind: str
    to: str
    sent: bool = False


@dataclass
class Accounts:
    """`wrong` are the sign-ins that count against a name; `answered` what was told to which key.

    `handed_out` are the accounts whose VAT ID is to be asked about, with a message in a queue.
    """

    people: dict[str, Person] = field(default_factory=dict)
    firms: dict[str, Firm] = field(default_factory=dict)
    sittings: list[Sitting] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    wrong: dict[str, int] = field(default_factory=dict)
    answered: dict[tuple[str, str, str], Told] = field(default_factory=dict)
    recorded: int = 0
    evidence: list[Evidence] = field(default_factory=list)
    handed_out: set[str] = field(default_factory=set)
    happened: list[tuple[str, str, str]] = field(default_factory=list)
    terms: Terms = field(default_factory=Terms)

    def is_locked_out(self, name: str) -> bool:
        return self.wrong.get(name, 0) >= SIGN_IN_TRIES

    def note(self, event: str, account: str, by: str) -> None:
        """For the account's trail."""
        self.happened.append((event, account, by.partition(":")[2]))

    def tell(self, kind: str, to: str) -> None:
        self.notices.append(Notice(kind, to))

    def tell_users_of(self, account: str, kind: str) -> None:
        for user in self.firms[account].users:
            self.tell(kind, self.people[user].email)

    def deliver(self) -> None:
        for notice in self.notices:
            notice.sent = True


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
        return _of_terms(terms.may_use)
    if method == "DELETE" and path.startswith("/plants/"):
        return _of_terms(terms.delete)
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
    **{where: _of_terms(does) for where, does in terms.ROUTES.items()},
}


# --- what there is to be seen


def picture(model: "Model") -> Picture:
    """What must be found in the table, whatever happened on the way."""
    accounts = model.accounts
    return {
        "people": {
            name: (
                person.email,
                person.account,
                bool(person.password),
                person.given,
                not person.entered,
                person.reset,
                person.epoch,
                person.accepted,
            )
            for name, person in accounts.people.items()
        },
        "accounts": {
            number: (firm.company, sorted(firm.users), sorted(firm.phones), _ends(model, number))
            for number, firm in accounts.firms.items()
        },
        "phones": {
            number: (phone.account, _ends(model, phone.account))
            for number, phone in model.phones.items()
            if phone.account
        },
        "locks": Counter(
            (hold.account, hold.dongle, hold.reason, hold.until, hold.state)
            for hold in accounts.holds
        ),
        "sessions": Counter((one.user, one.epoch, one.idle) for one in accounts.sittings),
        "keys": Counter((one.account, one.name, one.revoked, one.idle) for one in accounts.keys),
        "checks": {(one.account, one.phone): one.wrong for one in accounts.checks},
        "notices": Counter((one.kind, one.to, one.sent) for one in accounts.notices),
        "records of requests": accounts.recorded,
        "VAT IDs": {
            number: _standing(firm.entered, firm.vat)
            for number, firm in accounts.firms.items()
            if firm.entered and firm.vat
        },
        "questions about VAT IDs": {
            number: firm.entered.service
            for number, firm in accounts.firms.items()
            if firm.entered and vat.due_at(firm)
        },
        "evidence of VAT checks": Counter(
            (one.account, one.state, one.code, one.by, one.vat_id) for one in accounts.evidence
        ),
        **terms.picture(accounts),
    }


def _standing(entered: Company, standing: Standing) -> tuple[Any, ...]:
    waiting = standing.waiting
    tried = (waiting.tries, waiting.code, waiting.told) if waiting else None
    differing = sorted(standing.differing)
    return entered.vat_id, standing.state, standing.code, differing, standing.by, tried


def _ends(model: "Model", account: str) -> list[str]:
    return sorted(map(str, model.locks.get(account, ())))
