"""What every use case of accounts needs: its ports, and the way in which each is decided once.

A request is read, decided and written in one transaction; whoever loses a race decides again on
what is stored then. A repeated request gets what came of the first one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from freischalt.account_ports import Change, Page, Put, Records, Ref, SecretMaker, Seen
from freischalt.domain.account import Account
from freischalt.domain.catalogue import Catalogue
from freischalt.domain.conversation import Service
from freischalt.domain.ids import AccountNumber
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import HandledRequest, Request
from freischalt.domain.user import User
from freischalt.domain.vat_ladder import VatPolicy
from freischalt.ports import Pause
from freischalt.use_cases.races import until_it_holds

if TYPE_CHECKING:
    from freischalt.domain.term_catalogue import TermCatalogue

RACES = 6
A_PAGE = 50
SERVICE: Ref[Service] = Ref(Service)

type Result = Mapping[str, str]
"""What came of a request, in ids: kept for its repetition, so it holds no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The ports and the vendor's choices; `seller_vat_id`, its own VAT ID, decides whom to ask.

    `terms` is the catalogue of term licences, for the functions that sell them.
    """

    records: Records
    secrets: SecretMaker
    catalogue: Catalogue
    time_zone: tzinfo
    pause: Pause
    seller_vat_id: str = ""
    vat_policy: VatPolicy = field(default_factory=VatPolicy)
    terms: "TermCatalogue | None" = None

    @property
    def sells(self) -> "TermCatalogue":
        """The catalogue of term licences, for whom it was given to."""
        if self.terms is None:
            raise LookupError("this function has no catalogue of term licences")
        return self.terms

    def today(self, now: datetime) -> date:
        return now.astimezone(self.time_zone).date()


@dataclass(frozen=True, slots=True)
class Decided:
    """Yes: what came of it, and what is to be written for it."""

    result: Result
    changes: tuple[Change, ...] = ()


type Decision = Decided | Refusal


def decide(
    office: Office, request: Request, refs: tuple[Ref[Any], ...], once: Callable[[Seen], Decision]
) -> Result | Refusal:
    """Read, decide, write. `once` may read more by itself: conditions see to the rest."""
    asked = Ref(HandledRequest, (request.id,))

    def attempt() -> Result | Refusal:
        seen = office.records.read(*refs, *((asked,) if request.repeatable else ()))
        if request.repeatable and (handled := seen[asked]):
            return _again(handled, request)
        decision = once(seen)
        if isinstance(decision, Refusal):
            return _unless_done_meanwhile(decision, asked, office, request)
        changes = decision.changes
        if request.repeatable:
            changes = (*changes, Put(_record(request, decision.result)))
        if changes:
            office.records.write(*changes)
        return decision.result

    return until_it_holds(attempt, office.pause, tries=RACES)


def found[T](office: Office, refs: Iterable[Ref[T]]) -> list[T]:
    """Those of them that are there, in their order, in one read."""
    wanted = list(refs)
    seen = office.records.read(*wanted)
    return [thing for ref in wanted if (thing := seen[ref]) is not None]


def known_account(number: AccountNumber, office: Office) -> Account | Refusal:
    ref = Ref(Account, (number,))
    return office.records.read(ref)[ref] or Refusal(RefusalCode.NO_ACCOUNT)


def users_of(account: Account, office: Office) -> list[User]:
    return found(office, [Ref(User, (user,)) for user in account.users])


def all_of[T](page_after: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """Every thing of a list, page by page."""
    after: str | None = None
    while True:
        page = page_after(after)
        yield from page.things
        if page.next is None:
            return
        after = page.next


def things_of[T](kind: type[T], number: AccountNumber, office: Office) -> Iterator[T]:
    """Everything of one kind that is kept beside the account, newest first."""
    return all_of(lambda after: office.records.page(kind, number, after=after, limit=A_PAGE))


def _unless_done_meanwhile(
    refusal: Refusal, asked: Ref[HandledRequest], office: Office, request: Request
) -> Result | Refusal:
    """No write has seen to it that what was read one after the other belongs together.

    Some of it may be what the same request has done in another worker: that is no reason to refuse.
    """
    handled = office.records.read(asked)[asked] if request.repeatable else None
    return _again(handled, request) if handled else refusal


def _again(handled: HandledRequest, request: Request) -> Result | Refusal:
    if handled.fingerprint != request.fingerprint:
        return Refusal(RefusalCode.IDEMPOTENCY_KEY_REUSED)
    return handled.result


def _record(request: Request, result: Result) -> HandledRequest:
    return HandledRequest(
        id=request.id, fingerprint=request.fingerprint, result=result, at=request.at
    )
