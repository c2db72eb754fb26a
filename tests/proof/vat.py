"""VAT checks by the sentences of their specification: plain data, as `accounts` is.

It shares no code with the product. What the registries know is here as the stand-in's scenario
file tells it to whoever reads that.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.proof.accounts import Accounts, Firm

GOOD_TO_BUY_FOR, REPEATED_AFTER = timedelta(hours=24), timedelta(days=90)
YOUNG_FOR = timedelta(minutes=5)
TOLD_AFTER, GIVEN_UP_AFTER = timedelta(hours=24), timedelta(days=14)
FIRST_STEPS = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
HOURLY_FOR, HOURLY, DAILY = timedelta(days=3), timedelta(hours=1), timedelta(days=1)

MAILS = {
    "valid": "vat_confirmed",
    "invalid": "vat_invalid",
    "mismatch": "vat_differs",
    "given_up": "vat_given_up",
}
NO_BY_STATE = {
    "invalid": "vat_id_invalid",
    "mismatch": "vat_data_differs",
    "given_up": "vat_check_given_up",
}


@dataclass(frozen=True)
class Company:
    """What is entered of one, all that a check is about."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    vat_id: str

    @property
    def service(self) -> str:
        """Whom a German vendor asks."""
        return "vies" if self.vat_id.startswith("DE") else "evatr"


@dataclass
class Waiting:
    """A check under way, and what its last try came to; `told` is that it takes so long."""

    since: datetime
    next: datetime
    tries: int = 0
    code: str | None = None
    told: bool = False


@dataclass
class Standing:
    """The last verdict, or an operator's word (`by`), and the check that is under way, if any."""

    state: str = "pending"
    decided: datetime | None = None
    code: str | None = None
    differing: tuple[str, ...] = ()
    by: str = ""
    waiting: Waiting | None = None


@dataclass(frozen=True)
class Evidence:
    """Of a check that has ended; `vat_id` is what a registry was asked about, if one was."""

    account: str
    state: str
    code: str | None = None
    by: str = ""
    vat_id: str = ""


# --- what the registries know


@dataclass(frozen=True)
class Verdict:
    """`state` is "" if nothing is decided."""

    state: str
    code: str
    differing: tuple[str, ...] = ()


MUSTER = Company("Muster & Partner GmbH", "Beispielring 7", "1010", "Wien", "AT", "ATU99900009")
WERK = Company("Musterwerk GmbH", "Beispielgasse 1", "10115", "Berlin", "DE", "DE999100018")
REGISTERED = {company.vat_id: company for company in (MUSTER, WERK)}
NOT_ASSIGNED, NO_VERDICT, CUT = "ATU99920014", "ATU99910025", "ATU99980039"
TROUBLE = {NO_VERDICT: "evatr-1002", CUT: "NO_ANSWER"}
VALID = {"vies": "VALID", "evatr": "evatr-0000"}


def registry_says(company: Company) -> Verdict:
    if code := TROUBLE.get(company.vat_id):
        return Verdict("", code)
    known = REGISTERED.get(company.vat_id)
    if known is None:
        return Verdict("invalid", "evatr-2001")
    compared = ("name", "street", "postal_code", "city")
    differing = tuple(name for name in compared if getattr(known, name) != getattr(company, name))
    return Verdict("mismatch" if differing else "valid", VALID[company.service], differing)


# --- what becomes of a company's VAT ID


def begin(firm: "Firm", now: datetime) -> None:
    """A check of what is entered, unless one is under way or an operator has decided."""
    standing = firm.vat
    if standing is None or (standing.state != "valid" and not standing.waiting and not standing.by):
        standing = firm.vat = Standing()
    if not standing.waiting and not standing.by:
        standing.waiting = Waiting(since=now, next=now)


def enter(firm: "Firm", company: Company, now: datetime) -> None:
    """Other data: whatever was known is void."""
    if company != firm.entered:
        firm.company, firm.entered, firm.vat = company.name, company, None
        begin(firm, now)


def wish(firm: "Firm", now: datetime) -> None:
    """Somebody wants it checked now; a young verdict will do."""
    decided = firm.vat.decided if firm.vat else None
    if decided is None or now - decided >= YOUNG_FOR:
        begin(firm, now)


def decide(accounts: "Accounts", number: str, state: str, by: str, now: datetime) -> None:
    accounts.firms[number].vat = Standing(state, decided=now, by=by)
    accounts.evidence.append(Evidence(number, state, by=by))
    accounts.handed_out.discard(number)
    accounts.note("vat_decided", number, by)


def why_not_buy(firm: "Firm", now: datetime) -> str:
    """The code of the refusal, or "". A verdict that is too old is asked for again."""
    if firm.entered is None or firm.vat is None:
        return ""
    standing = firm.vat
    if standing.state in NO_BY_STATE:
        return NO_BY_STATE[standing.state]
    if standing.state == "valid":
        is_old = standing.decided is None or now - standing.decided > GOOD_TO_BUY_FOR
        if standing.by or not is_old:
            return ""
        begin(firm, now)
    waiting = standing.waiting
    is_held_up = waiting is not None and waiting.next > waiting.since
    if is_held_up:
        return "" if standing.state == "valid" else "vat_check_pending"
    return "vat_check_running"


# --- the schedule, and the questions


def due_at(firm: "Firm") -> datetime | None:
    """When somebody must ask next: a check under way, or a valid verdict that is to be repeated."""
    standing = firm.vat
    if standing is None:
        return None
    if standing.waiting:
        return standing.waiting.next
    if standing.state == "valid" and standing.decided and not standing.by:
        return standing.decided + REPEATED_AFTER
    return None


def hand_out(accounts: "Accounts", now: datetime) -> None:
    """A question lies in its service's queue for each that is due."""
    for number, firm in accounts.firms.items():
        at = due_at(firm)
        if at is not None and at <= now:
            accounts.handed_out.add(number)


def ask(accounts: "Accounts", number: str, now: datetime) -> None:
    """The registry is asked what is due: once, whatever it says; nothing else asks it again."""
    firm = accounts.firms[number]
    at = due_at(firm)
    if firm.entered is None or firm.vat is None or at is None or at > now:
        return
    accounts.handed_out.discard(number)
    begin(firm, now)
    verdict = registry_says(firm.entered)
    if verdict.state:
        _end(accounts, number, verdict, now)
    elif waiting := firm.vat.waiting:
        _wait(accounts, number, waiting, verdict.code, now)


def _wait(accounts: "Accounts", number: str, waiting: Waiting, code: str, now: datetime) -> None:
    """For the next step of the ladder; the customer is told once, and after 14 days it is over."""
    age = now - waiting.since
    if age >= GIVEN_UP_AFTER:
        _end(accounts, number, Verdict("given_up", code), now)
        return
    waiting.tries += 1
    steps = dict(enumerate(FIRST_STEPS, start=1))
    step = steps.get(waiting.tries, HOURLY if age < HOURLY_FOR else DAILY)
    waiting.next, waiting.code = min(now + step, waiting.since + GIVEN_UP_AFTER), code
    if age >= TOLD_AFTER and not waiting.told:
        waiting.told = True
        accounts.tell_users_of(number, "vat_pending")


def _end(accounts: "Accounts", number: str, verdict: Verdict, now: datetime) -> None:
    """Kept as evidence; told, unless what was valid is still valid and nobody was kept waiting."""
    firm = accounts.firms[number]
    before = firm.vat
    firm.vat = Standing(verdict.state, now, verdict.code, verdict.differing)
    vat_id = firm.entered.vat_id if firm.entered else ""
    accounts.evidence.append(Evidence(number, verdict.state, verdict.code, vat_id=vat_id))
    accounts.note("vat_checked", number, "schedule")
    waited = before is not None and before.waiting is not None and before.waiting.told
    is_news = before is None or not before.state == verdict.state == "valid"
    if is_news or waited:
        accounts.tell_users_of(number, MAILS[verdict.state])
