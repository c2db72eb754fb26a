"""Accounts, sign-in and locks by the sentences of their specification: plain data, as `model` is.

It shares no code with the product. What the model cannot know (a token, an account's new number) is
`SOMETHING`: it must be there, and be the same in the answer to the repeated request.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
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

TERMS = {"terms": "2026-11", "privacy": "2026-11"}
NEWCOMER = Company("Neuland GmbH", "Weg 1", "1010", "Wien", "AT", "ATU13585627")
"""Whoever registers is that company, by whatever name."""

type Picture = dict[str, Any]
"""What there is to be seen of accounts, by what it is about."""


@dataclass(frozen=True)
class Asked:
    """A request: `does` is method and path; `who` is nobody or as the trail names the caller.

    `read` is the version that it is about to change (`If-Match`). The answer `stays` the same
    although there is no key.
    """

    does: str
    body: Mapping[str, Any] = field(default_factory=dict)
    who: str = "nobody"
    account: str = ""
    key: str = ""
    read: str = ""
    stays: bool = False


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
