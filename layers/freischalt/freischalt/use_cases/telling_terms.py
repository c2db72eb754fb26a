"""The users of an account are told that a plant's trial or term ends, or has ended.

    the schedule → `hand_out` → a message for each partition with something due → `tell`

Each plant is one transaction: that it was told (and so when it is due next), and a notice to each
user. Whatever is killed leaves plants that are told, and plants that are still due for the next
run; a message that is lost, late or comes twice changes nothing about that.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import batched

from freischalt.account_ports import Change, Put, Ref
from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber, PlantId, UserId
from freischalt.domain.notice import NoticeKind
from freischalt.domain.plant import Plant
from freischalt.domain.term_notices import TermNotice, due_notice_of
from freischalt.domain.user import User
from freischalt.term_notice_ports import DueTerms, Portion, TermQueue
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.office import RACES, Office, found
from freischalt.use_cases.races import until_it_holds
from freischalt.use_cases.telling import Telling, to_users

READ_AT_ONCE = 100

type Failed = Callable[[PlantId, Exception], None]
"""Is told of a plant whose notice could not be kept now."""


def hand_out(due: DueTerms, queue: TermQueue, *, now: datetime) -> list[int]:
    """The schedule's part: one message for each partition in which something is due."""
    handed = []
    for portion in due.portions(now=now):
        queue.put(portion)
        handed.append(portion.shard)
    return handed


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What one message is worked off with; the rest is handed on when `has_time` says no."""

    due: DueTerms
    queue: TermQueue
    office: Office
    has_time: Callable[[], bool]
    failed: Failed = nobody_is_told


def tell(portion: Portion, worker: Worker, *, now: datetime) -> list[PlantId]:
    """Tell what is due there, page by page; one that fails holds up no other."""
    told: list[PlantId] = []
    known: Mapping[AccountNumber, _Customer] = {}
    while True:
        page = worker.due.page(portion, now=now)
        known = _customers(page.things, known, worker.office)
        for plant in page.things:
            try:
                if _tell(plant, known[plant.account], worker.office, now):
                    told.append(plant.id)
            except Exception as error:  # noqa: BLE001 - it stays due and holds up no other
                worker.failed(plant.id, error)
        if page.next is None:
            return told
        portion = replace(portion, after=page.next)
        if not worker.has_time():
            worker.queue.put(portion)
            return told


def _tell(plant: Plant, customer: "_Customer", office: Office, now: datetime) -> bool:
    """The index may be behind: who loses the race looks again at what is stored."""
    ref = Ref(Plant, (plant.id,))
    first = [plant]

    def once() -> bool:
        is_first = bool(first)
        stored = first.pop() if is_first else office.records.read(ref)[ref]
        notice = stored and due_notice_of(stored, now, office.time_zone)
        if stored and notice:
            mails = _mails(notice, stored, customer, office, now)
            office.records.write(Put(replace(stored, told=notice.told)), *mails)
            return True
        if stored and is_first:  # due by the index alone, as days were counted when it was written
            office.records.write(Put(stored))
        return False

    return until_it_holds(once, office.pause, tries=RACES)


# --- who is told


@dataclass(frozen=True, slots=True)
class _Customer:
    """An account, None if there is none, and its users."""

    account: Account | None
    users: Sequence[User]


def _customers(
    plants: Iterable[Plant], known: Mapping[AccountNumber, _Customer], office: Office
) -> Mapping[AccountNumber, _Customer]:
    """The owners of these plants; those of the page before are not read again."""
    wanted = dict.fromkeys(plant.account for plant in plants)
    unknown = [number for number in wanted if number not in known]
    accounts = {account.number: account for account in _all(Account, unknown, office)}
    ids = dict.fromkeys(user for account in accounts.values() for user in account.users)
    users: dict[UserId, User] = {user.id: user for user in _all(User, ids, office)}
    new = {
        number: _Customer(
            account, [users[id_] for id_ in account.users if id_ in users] if account else ()
        )
        for number in unknown
        for account in [accounts.get(number)]
    }
    return {number: known.get(number) or new[number] for number in wanted}


def _all[T](kind: type[T], ids: Iterable[str], office: Office) -> list[T]:
    return [
        thing
        for some in batched(ids, READ_AT_ONCE, strict=False)
        for thing in found(office, [Ref(kind, (id_,)) for id_ in some])
    ]


def _mails(
    notice: TermNotice, plant: Plant, customer: _Customer, office: Office, now: datetime
) -> tuple[Change, ...]:
    if customer.account is None:
        return ()
    last_day = notice.end - timedelta(days=1)
    telling = Telling(
        kind=_kind(notice),
        cause=f"{plant.id}-{notice.end}-{notice.days}",
        at=now,
        details={
            "plant": plant.id,
            "name": plant.details.name,
            "end": notice.end.isoformat(),
            "last_day": last_day.isoformat(),
        },
    )
    return to_users(customer.users, customer.account, telling, office)


def _kind(notice: TermNotice) -> NoticeKind:
    if notice.is_trial:
        return NoticeKind.TRIAL_ENDS if notice.days else NoticeKind.TRIAL_ENDED
    return NoticeKind.TERM_ENDS if notice.days else NoticeKind.TERM_ENDED
