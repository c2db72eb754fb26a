"""Users, accounts, locks and notices as the table has them: filled from the model, and read back.

Secrets are worked out here as the specification has it, from the key in KMS and a nonce.
"""

import re
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from freischalt.adapters.account_items import (
    api_key_item,
    attempts_item,
    check_item,
    lock_item,
    session_item,
    user_item,
)
from freischalt.adapters.vat_items import due_item
from freischalt.adapters.vendor_items import account_item
from freischalt.domain.account import Account
from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.ids import AccountNumber, LockId, UserId
from freischalt.domain.latin import LatinCompany
from freischalt.domain.licence import CaratId
from freischalt.domain.locks import Lock, LockReason, LockRecord, LockScope
from freischalt.domain.phone_check import PhoneCheck
from freischalt.domain.sign_in import ApiKey, Session, SignInAttempts
from freischalt.domain.user import Language, Link, Password, User, user_id
from freischalt.domain.vat import VatField, VatService
from freischalt.domain.vat_record import VatDue
from freischalt.domain.vat_standing import (
    VatOverride,
    VatStanding,
    VatState,
    VatWaiting,
    fingerprint,
)
from tests.proof import term_picture
from tests.proof.accounts import (
    NEWCOMER,
    SIGN_IN_TRIES,
    SOMETHING,
    TERMS,
    Accounts,
    Hold,
    Person,
    Picture,
)
from tests.proof.model import Model
from tests.proof.term_papers import TermPapers
from tests.proof.vat import Company, Standing, due_at

A_YEAR_AGO, A_WHILE = timedelta(days=300), timedelta(minutes=10)
IDLE = timedelta(minutes=6)
FOREVER = timedelta(days=1)
IN_ITS_QUEUE = timedelta(hours=1)

type Item = dict[str, Any]


def secret_text(secret: bytes) -> str:
    return urlsafe_b64encode(secret).decode().rstrip("=")


def secret_of(name: str) -> str:
    """What the token of this session or key ends with."""
    return secret_text(sha256(name.encode()).digest())


def digest_of(name: str) -> str:
    return sha256(secret_of(name).encode()).hexdigest()


@cache
def hash_of(password: str) -> str:
    return PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1).hash(password)


@cache
def is_hash_of(hash_: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(hash_, password)
    except VerifyMismatchError:
        return False


@dataclass
class Papers:
    """The papers of one scene; ids of locks are new in each. `callers` are names by id."""

    model: Model
    nonce: str = field(default_factory=lambda: uuid4().hex)
    callers: dict[str, str] = field(default_factory=dict)

    @property
    def accounts(self) -> Accounts:
        return self.model.accounts

    # --- who is who

    def principal(self, who: str, account: str) -> dict[str, str]:
        """What the authorizer tells of this caller; nothing of nobody."""
        kind, _, name = who.partition(":")
        if kind == "nobody":
            return {}
        if kind == "key":
            return _told(f"key:{digest_of(name)[:16]}", "customer", account=account)
        person = self.accounts.people.get(name, Person(""))
        self.callers[user_id(name)] = name
        return _told(
            f"{kind}:{user_id(name)}",
            "operator" if kind == "operator" else "customer",
            user=user_id(name),
            account=account,
            session=digest_of(name),
            lacks="" if person.accepted else "terms,privacy",
            mustChangePassword="yes" if person.given else "",
        )

    @staticmethod
    def token(who: str, account: str) -> str:
        kind, _, name = who.partition(":")
        if kind == "key":
            return f"fk_{account}_{secret_of(name)}"
        return f"fs_{user_id(name)}_{secret_of(name)}"

    def lock_id(self, place: int) -> str:
        return f"{place:013d}-{self.nonce[:12]}"

    # --- filling the table

    def items(self) -> Iterator[Item]:
        yield from map(self._user, self.accounts.people)
        yield from map(self._account, self.accounts.firms)
        yield from self._questions()
        now = datetime.now(UTC)
        for place, one in enumerate(self.accounts.sittings):
            used = now - A_WHILE if one.idle else now
            session = Session(
                user=UserId(user_id(one.user)),
                digest=digest_of(one.user if place == 0 else f"{one.user} {place}"),
                account=AccountNumber(self.accounts.people[one.user].account or ""),
                epoch=one.epoch,
                created_at=used,
                used_at=used,
            )
            yield session_item(session, version=1)
        for key in self.accounts.keys:
            digest = digest_of(key.name)
            stored = ApiKey(
                account=AccountNumber(key.account),
                digest=digest,
                id=digest[:16],
                name=key.name,
                created_by="nobody",
                created_at=now - A_YEAR_AGO,
                used_at=now - A_WHILE if key.idle else now,
            )
            yield api_key_item(stored, version=1)
        for name, wrong in self.accounts.wrong.items():
            attempts = SignInAttempts(
                user=user_id(name),
                at=(now,) * wrong,
                locked_until=now + A_WHILE if wrong >= SIGN_IN_TRIES else None,
            )
            yield attempts_item(attempts, version=1)
        for place, hold in enumerate(self.accounts.holds):
            yield lock_item(self._lock(hold, place), self.model.zone, version=1)
        for check in self.accounts.checks:
            sent = PhoneCheck(
                account=AccountNumber(check.account),
                phone=check.phone,
                nonce=self.nonce,
                until=now + A_WHILE,
            )
            yield check_item(sent, version=1)
        yield from self._of_terms().items()

    def files(self) -> list[str]:
        """Of the invoices that were filed before."""
        return self._of_terms().files()

    def _of_terms(self) -> TermPapers:
        buyers = {number: self._registrant(number) for number in self.accounts.firms}
        return TermPapers(self.accounts.terms, self.model.zone, buyers, self.nonce)

    def _registrant(self, number: str) -> Registrant | None:
        entered = self.accounts.firms[number].entered
        return registrant_of(entered) if entered else None

    def _user(self, name: str) -> Item:
        person, now = self.accounts.people[name], datetime.now(UTC)
        link = Link(self.nonce, now, now + FOREVER)
        chosen = person.chosen or now - A_YEAR_AGO
        user = User(
            id=user_id(name),
            name=name,
            email=person.email,
            language=Language.GERMAN,
            created_at=now,
            accounts=(AccountNumber(person.account),) if person.account else (),
            password=Password(hash_of(person.password), chosen, given=person.given)
            if person.password
            else None,
            accepted=TERMS if person.accepted else {},
            registration=registrant_of(replace(NEWCOMER, name=person.entered))
            if person.entered
            else None,
            validation=link if person.entered else None,
            reset=replace(link, made_at=now - A_WHILE) if person.reset else None,
            epoch=person.epoch,
        )
        return user_item(user, version=1)

    def _account(self, number: str) -> Item:
        firm = self.accounts.firms[number]
        registrant, plants = self._registrant(number), self.accounts.terms.plants_of(number)
        account = Account(
            number=AccountNumber(number),
            company=firm.company,
            created_at=datetime.now(UTC) - A_YEAR_AGO,
            phones=tuple(firm.phones),
            users=tuple(user_id(name) for name in firm.users),
            locks=tuple(self.locks_on(number)),
            registrant=registrant,
            vat=self._standing(firm.vat, registrant) if firm.vat and registrant else None,
            plants=len(plants),
            ended_plants=sum(plant.ended for plant in plants),
        )
        return account_item(account, version=1)

    def _standing(self, standing: Standing, registrant: Registrant) -> VatStanding:
        waiting = standing.waiting
        return VatStanding(
            state=VatState(standing.state),
            of=fingerprint(registrant),
            decided_at=standing.decided,
            code=standing.code,
            differing=tuple(map(VatField, standing.differing)),
            waiting=VatWaiting(
                check_id=self.lock_id(int(waiting.since.timestamp() * 1000)),
                since=waiting.since,
                next_try=waiting.next,
                tries=waiting.tries,
                code=waiting.code,
                told_at=waiting.since if waiting.told else None,
            )
            if waiting
            else None,
            override=VatOverride(by=standing.by, reason="so") if standing.by else None,
        )

    def _questions(self) -> Iterator[Item]:
        """What is due; whatever lies in a queue is held for an hour by whoever put it there."""
        for number, firm in self.accounts.firms.items():
            at = due_at(firm)
            if at is None or firm.entered is None:
                continue
            is_held = number in self.accounts.handed_out
            due = VatDue(
                account=AccountNumber(number),
                service=VatService(firm.entered.service),
                at=datetime.now(UTC) + IN_ITS_QUEUE if is_held else at,
            )
            yield due_item(due, version=1) | ({"claimed_by": {"S": "stream"}} if is_held else {})

    def locks_on(self, account: str, dongle: str = "") -> Iterator[Lock]:
        """As their target carries them: those with a record by its id."""
        recorded = [
            self._lock(hold, place).on_target
            for place, hold in enumerate(self.accounts.holds)
            if (hold.account, hold.dongle) == (account, dongle) and hold.state == "holds"
        ]
        yield from recorded
        if not recorded and not dongle:
            yield from (Lock(until) for until in self.model.locks.get(account, ()))

    def _lock(self, hold: Hold, place: int) -> LockRecord:
        return LockRecord(
            id=LockId(self.lock_id(place)),
            account=AccountNumber(hold.account),
            carat_id=CaratId(hold.dongle) if hold.dongle else None,
            reason=LockReason(hold.reason),
            scope=LockScope.ALL,
            note="",
            private_note="",
            set_by="nobody",
            set_at=datetime.combine(date(2026, 1, 1), time(), UTC),
            until=hold.until,
        )


def registrant_of(company: Company) -> Registrant:
    """Its letters are all Latin."""
    address = Address(company.street, company.postal_code, company.city, company.country)
    latin = LatinCompany(name=company.name, street=company.street, city=company.city)
    return Registrant(CustomerKind.COMPANY, company.name, address, company.vat_id, latin)


def _told(actor: str, role: str, **more: str) -> dict[str, str]:
    empty = dict.fromkeys(("user", "account", "session", "lacks", "mustChangePassword"), "")
    return {**empty, "actor": actor, "role": role, **more}


# --- reading it back


@dataclass
class Names:
    """Ids in the table, by the names that the model knows."""

    of: dict[str, str]

    @classmethod
    def among(cls, items: Iterable[Item], callers: Mapping[str, str]) -> "Names":
        """Of all who are stored, and of those who have called."""
        found = dict(callers)
        for item in items:
            if item["SK"] == "USER":
                found[_owner(item)] = item["name"]
            if item["SK"].startswith("KEY#"):
                found[item["id"]] = item["name"]
        for item in items:
            id_ = _owner(item)
            if item["SK"] == "ACCOUNT" and re.fullmatch(r"K\d{12}", id_) and item.get("users"):
                found[id_] = f"of {found.get(item['users'][0])}"
        return cls(found)

    def __getitem__(self, id_: str) -> str:
        """The name of an id, or of an actor: `user:<id>`, perhaps with a request behind it."""
        kind, colon, rest = id_.partition("/")[0].rpartition(":")
        return f"{kind}{colon}{self.of.get(rest, rest)}"


def picture_of(items: Iterable[Item], names: Names) -> Picture:
    """What there is, in the model's words: see `accounts.picture`."""
    kinds: dict[str, list[Item]] = {}
    for item in items:
        kinds.setdefault(_kind(item), []).append(item)

    def of(kind: str) -> Iterator[Item]:
        return iter(kinds.get(kind, ()))

    return {
        "people": {
            item["name"]: (
                item["email"],
                names[item["accounts"][0]] if item.get("accounts") else None,
                "password" in item,
                item.get("password", {}).get("given", False),
                "validation" not in item,
                "reset" in item,
                item.get("epoch", 0),
                item.get("accepted", {}) == TERMS,
            )
            for item in of("USER")
        },
        "accounts": {
            names[_owner(item)]: (
                item["company"],
                sorted(names[user] for user in item.get("users", ())),
                sorted(item.get("phones", ())),
                ends(item),
            )
            for item in of("ACCOUNT")
        },
        "phones": {
            _owner(item): (item["account"], ends(item)) for item in of("PHONE") if "account" in item
        },
        "locks": Counter(
            (
                item["account"],
                item.get("carat_id", ""),
                item["reason"],
                date.fromisoformat(item["until"]) if "until" in item else None,
                _state(item),
            )
            for item in of("LOCK#")
        ),
        "sessions": Counter(
            (names[_owner(item)], item["epoch"], _is_idle(item)) for item in of("SESSION#")
        ),
        "keys": Counter(
            (_owner(item), item["name"], "revoked_at" in item, _is_idle(item))
            for item in of("KEY#")
        ),
        "checks": {
            (_owner(item), item["SK"].partition("#")[2]): item["wrong_tries"]
            for item in of("CHECK#")
        },
        "notices": Counter((item["kind"], item["to"], "sent_at" in item) for item in of("NOTICE")),
        "records of requests": len(kinds.get("REQUEST", ())),
        "VAT IDs": {
            names[_owner(item)]: _standing_in(item, names)
            for item in of("ACCOUNT")
            if "vat" in item
        },
        "questions about VAT IDs": {
            names[_owner(item)]: item["service"] for item in of("VAT_DUE") if "due" in item
        },
        "evidence of VAT checks": Counter(
            (
                names[_owner(item)],
                item["state"] + (" as history" if item.get("is_history") else ""),
                item.get("code"),
                names[item["by"]] if "by" in item else "",
                item["question"]["vat_id"] if _is_whole(item) else "",
            )
            for item in of("VAT#")
        ),
        **term_picture.picture_of(kinds),
    }


def _standing_in(item: Item, names: Names) -> tuple[Any, ...]:
    """See `accounts._standing`."""
    vat, waiting = item["vat"], item["vat"].get("waiting")
    return (
        item["registrant"]["vat_id"],
        vat["state"],
        vat.get("code"),
        sorted(vat.get("differing", ())),
        names[vat["override"]["by"]] if "override" in vat else "",
        (waiting["tries"], waiting.get("code"), "told_at" in waiting) if waiting else None,
    )


def _is_whole(record: Item) -> bool:
    """Whether it has question and answer as they were on the wire; of a given up one, as it was."""
    asked = record.get("question", {}).get("vat_id", "")
    return bool(asked) and asked[2:] in record["exchange"]["request"]


def _kind(item: Item) -> str:
    kind, sharp, _ = str(item["SK"]).partition("#")
    return kind + sharp


def _owner(item: Item) -> str:
    return str(item["PK"].partition("#")[2])


def ends(item: Mapping[str, Any]) -> list[str]:
    return sorted(str(lock.get("until")) for lock in item.get("locks", ()))


def _state(item: Item) -> str:
    if "lifted_at" in item:
        return "lifted"
    return "ended" if "ended_at" in item else "holds"


def _is_idle(item: Item) -> bool:
    used = datetime.fromtimestamp(item.get("used_at", 0) / 1000, UTC)
    return datetime.now(UTC) - used > IDLE


def is_password(name: str, person: Person, items: Iterable[Item]) -> bool:
    """Whether the user can sign in with what the model says; of a mailed one it knows nothing."""
    if person.password in {"", SOMETHING}:
        return True
    (item,) = (one for one in items if one["SK"] == "USER" and one["name"] == name)
    return is_hash_of(item["password"]["hash"], person.password)
