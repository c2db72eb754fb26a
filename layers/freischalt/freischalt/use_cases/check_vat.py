"""What is due is asked: a registry's answer becomes the account's standing, evidence and mails.

    due → queue → one question → one transaction

What a crash leaves behind: before the question nothing; before the transaction a question that is
asked again; after it everything. A message that comes twice finds nothing due. Answers to what has
changed meanwhile are kept as evidence, and change nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from freischalt.account_ports import Change, Delete, Put, Ref
from freischalt.domain.account import Account
from freischalt.domain.address import Registrant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.notice import NoticeKind
from freischalt.domain.request import Request
from freischalt.domain.vat import VatAnswer, VatQuestion, VatService, VatVerdict
from freischalt.domain.vat_ladder import first_try
from freischalt.domain.vat_record import VatDue, VatExchange, VatRecord
from freischalt.domain.vat_standing import (
    STATES,
    VatStanding,
    VatState,
    due_at,
    fingerprint,
    standing_after,
)
from freischalt.ports import Clock
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.office import RACES, Office
from freischalt.use_cases.races import until_it_holds
from freischalt.use_cases.telling import Telling, to_each_user
from freischalt.use_cases.vat_checks import (
    entered,
    made_due,
    question_of,
    service_of,
    what_is_due,
    with_check,
)
from freischalt.vat_ports import VatDues, VatQueue, VatRegistry

CLAIMED_FOR = timedelta(hours=1)
"""A message may wait that long in its queue; what is still due then gets another one."""

AGAIN_AFTER = timedelta(minutes=1)
"""What the queue did not take is handed out again."""

CLOCKS_DIFFER = timedelta(seconds=10)
"""The clocks of whoever made it due, or handed it out, and of whoever asks."""

# --- handing out

type Failed = Callable[[VatDue, Exception], None]
"""Is told of what the queue did not take."""


def hand_out(
    dues: Iterable[VatDue],
    book: VatDues,
    queue: VatQueue,
    *,
    by: str,
    now: datetime,
    failed: Failed = nobody_is_told,
) -> list[AccountNumber]:
    """Give what is due to the queue of its service; what another has claimed is left to it."""
    handed = []
    for due in dues:
        if due.at > now or not book.claim(due, by=by, now=now, until=now + CLAIMED_FOR):
            continue
        try:
            queue.put(due)
        except Exception as error:  # noqa: BLE001 - it stays due, and holds up no other
            book.claim(due, by=by, now=now, until=now + AGAIN_AFTER)
            failed(due, error)
        else:
            handed.append(due.account)
    return handed


def hand_out_all_due(
    book: VatDues,
    queue: VatQueue,
    *,
    by: str,
    now: datetime,
    failed: Failed = nobody_is_told,
) -> list[AccountNumber]:
    """Reads only what is due."""
    return hand_out(book.pending(before=now), book, queue, by=by, now=now, failed=failed)


# --- asking


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer, and the state it led to; `counted` is False if the data had changed."""

    answer: VatAnswer
    state: VatState
    counted: bool


@dataclass(frozen=True, slots=True)
class _Asking:
    """One check that is to be asked now, after so many tries."""

    account: Account
    check_id: str
    tries: int
    of: str
    about: Mapping[str, str]
    question: VatQuestion


def check_vat(
    number: AccountNumber,
    office: Office,
    registries: Mapping[VatService, VatRegistry],
    request: Request,
    *,
    now: Clock,
) -> Checked | None:
    """Ask about the account what is due, if anything is. `request` begins a repeated check."""
    asking = until_it_holds(lambda: _prepared(number, office, request), office.pause, tries=RACES)
    if asking is None:
        return None
    registry = registries[asking.question.service]
    answer = registry.ask(asking.question, now=now)
    return until_it_holds(lambda: _kept(asking, answer, office), office.pause, tries=RACES)


@dataclass(frozen=True, slots=True)
class _Known:
    """An account that a service can be asked about."""

    account: Account
    registrant: Registrant
    standing: VatStanding
    service: VatService
    due: VatDue | None

    def due_again(self, at: datetime) -> Put:
        return made_due(self.account.number, self.service, at, self.due)


def _prepared(number: AccountNumber, office: Office, request: Request) -> _Asking | None:
    known = _known(number, office)
    if known is None:
        return None
    account, standing, now = known.account, known.standing, request.at
    at = due_at(standing, office.vat_policy)
    if at is None or at > now + CLOCKS_DIFFER:
        return None  # another message was quicker
    at = first_try(now, service=known.service, check_id=number, policy=office.vat_policy)
    if at > now:  # the message has waited until the quiet hours
        _put_off(known, at, office)
        return None
    if standing.waiting is None:  # a verdict that is to be repeated
        account, _ = with_check(account, known.due, office, request)
        # held as by a claim: it is asked now, and the stream must not hand it out beside that
        office.records.write(Put(account), known.due_again(now + CLAIMED_FOR))
    waiting = account.vat.waiting if account.vat else None
    if waiting is None:
        return None
    question = question_of(known.registrant, known.service)
    of, about = fingerprint(known.registrant), entered(known.registrant)
    return _Asking(account, waiting.check_id, waiting.tries, of, about, question)


def _known(number: AccountNumber, office: Office) -> _Known | None:
    """None if there is nothing to ask; then nothing is due any more."""
    refs = Ref(Account, (number,)), Ref(VatDue, (number,))
    seen = office.records.read(*refs)
    account, due = seen[refs[0]], seen[refs[1]]
    if account and account.registrant and account.vat and not account.erased:
        service = service_of(account.registrant, office)
        if service:
            return _Known(account, account.registrant, account.vat, service, due)
    if due:  # with the account: who makes something due meanwhile wins
        office.records.write(Delete(due), *((Put(account),) if account else ()))
    return None


def _put_off(known: _Known, at: datetime, office: Office) -> None:
    account, waiting, later = known.account, known.standing.waiting, known.due_again(at)
    if waiting is None:
        office.records.write(later)
        return
    waits = replace(known.standing, waiting=replace(waiting, next_try=at))
    office.records.write(Put(replace(account, vat=waits)), later)


# --- keeping


def _kept(asking: _Asking, answer: VatAnswer, office: Office) -> Checked:
    """One transaction, on the account as it is now."""
    number, now = asking.account.number, answer.answered_at
    refs = (
        Ref(Account, (number,)),
        Ref(VatDue, (number,)),
        Ref(VatRecord, (number, asking.check_id)),
    )
    seen = office.records.read(*refs)
    account, due, known = seen[refs[0]], seen[refs[1]], seen[refs[2]]
    standing = account.vat if account else None
    if account is None or standing is None or _is_second(asking, answer, standing):
        return _history(asking, answer, known, office)
    after = standing_after(
        standing,
        answer.reading,
        check_id=asking.check_id,
        of=asking.of,
        service=answer.service,
        now=now,
        policy=office.vat_policy,
    )
    if after is standing:
        return _history(asking, answer, known, office)
    ended_as = STATES.get(answer.reading.verdict, VatState.GIVEN_UP)
    after, kinds = _told(standing, after, ended_as, now)
    changed = replace(account, vat=after, changed_by="schedule")
    ended = after.waiting is None
    office.records.write(
        Put(changed),
        *what_is_due(account, after, answer.service, due, office),
        *((Put(_record(asking, answer, ended_as)),) if ended else ()),
        *(mail for kind in kinds for mail in _mails(kind, changed, asking, now, office)),
    )
    return Checked(answer, ended_as if ended else VatState.PENDING, counted=True)


def _is_second(asking: _Asking, answer: VatAnswer, standing: VatStanding) -> bool:
    """Another message has brought as little meanwhile: the two are one try."""
    undecided = answer.reading.verdict is VatVerdict.UNDECIDED
    waiting = standing.waiting
    return undecided and waiting is not None and waiting.tries != asking.tries


def _history(
    asking: _Asking, answer: VatAnswer, known: VatRecord | None, office: Office
) -> Checked:
    """The data have changed, or another message was quicker: a verdict is evidence all the same."""
    verdict = answer.reading.verdict
    state = STATES.get(verdict, VatState.PENDING)
    if verdict is not VatVerdict.UNDECIDED and known is None:
        office.records.write(Put(replace(_record(asking, answer, state), counts=False)))
    return Checked(answer, state, counted=False)


def _record(asking: _Asking, answer: VatAnswer, state: VatState) -> VatRecord:
    reading = answer.reading
    return VatRecord(
        account=asking.account.number,
        id=asking.check_id,
        at=answer.answered_at,
        state=state,
        of=asking.of,
        code=reading.code,
        fields=reading.fields,
        request_id=reading.request_id,
        about=asking.about,
        for_a_person=reading.for_a_person,
        question=asking.question,
        exchange=VatExchange(
            asked_at=answer.asked_at,
            answered_at=answer.answered_at,
            request=answer.request,
            response=answer.response,
            http_status=answer.http_status,
        ),
    )


# --- who is told

MAILS = {
    VatState.VALID: NoticeKind.VAT_CONFIRMED,
    VatState.INVALID: NoticeKind.VAT_INVALID,
    VatState.MISMATCH: NoticeKind.VAT_DIFFERS,
    VatState.GIVEN_UP: NoticeKind.VAT_GIVEN_UP,
}


def _told(
    before: VatStanding, after: VatStanding, ended_as: VatState, now: datetime
) -> tuple[VatStanding, list[NoticeKind]]:
    """The customer hears of an end that is news, and once of a check that waits for a day.

    Whoever was told that it waits was promised to hear its end.
    """
    waiting = after.waiting
    if waiting is None:
        repeated = before.state is ended_as is VatState.VALID
        promised = before.waiting is not None and before.waiting.told_at is not None
        return after, [MAILS[ended_as]] if promised or not repeated else []
    if waiting.is_to_be_told(now):
        return replace(after, waiting=replace(waiting, told_at=now)), [NoticeKind.VAT_PENDING]
    return after, []


def _mails(
    kind: NoticeKind, account: Account, asking: _Asking, now: datetime, office: Office
) -> tuple[Change, ...]:
    """What was entered is in it, and forgotten with the notice's address."""
    question, standing = asking.question, account.vat
    waiting = standing.waiting if standing else None
    details = {
        "vat_id": question.vat_id,
        "differing": ",".join(standing.differing) if standing else "",
        "name": question.name,
        "street": question.street,
        "postal_code": question.postal_code,
        "city": question.city,
        "since": waiting.since.astimezone(office.time_zone).date().isoformat() if waiting else "",
    }
    telling = Telling(kind=kind, cause=asking.check_id, at=now, details=details)
    return to_each_user(account, telling, office)
