"""Locks are set, lifted and noticed to have ended; each in one transaction with all that carry it.

A lock lies on its target (the account and each of its phones, one dongle's release, or one plant),
where fetches, orders and entitlements read it and hold on to it; its record beside the account has
the rest, for good.
The planned end comes by itself, at read: the schedule only takes the ended lock off its target,
tells the customer and leaves the audit entry. What a crash leaves behind: nothing, or all of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from freischalt.account_ports import Change, ChangePhone, DueLocks, Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.conversation import Sender
from freischalt.domain.dongle import Dongle
from freischalt.domain.ids import AccountNumber, LockId, PlantId
from freischalt.domain.licence import CaratId
from freischalt.domain.locks import Lock, LockReason, LockRecord, LockScope, has_room, without
from freischalt.domain.notice import NoticeKind
from freischalt.domain.plant import Plant
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.errors import TooManyRaces
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.office import (
    SERVICE,
    Decided,
    Decision,
    Office,
    Result,
    decide,
    found,
)
from freischalt.use_cases.plants import plant_changes
from freischalt.use_cases.telling import Telling, to_each_user


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLock:
    """What is asked for; without `carat_id` and `plant` it holds the whole account.

    `by_customer`: asked for by the account itself, not by the vendor for it.
    """

    account: AccountNumber
    carat_id: CaratId | None
    reason: LockReason
    scope: LockScope = LockScope.ALL
    note: str = ""
    private_note: str = ""
    until: date | None = None
    by_customer: bool = False
    plant: PlantId | None = None


def set_lock(new: NewLock, office: Office, request: Request) -> Result | Refusal:
    """Lock the account or one of its licences, at once."""
    if new.until and new.until <= office.today(request.at):
        problem = FieldProblem("/until", "must be a day after today")
        return Refusal(RefusalCode.LOCK_END_IN_THE_PAST, problems=(problem,))
    account_ref = Ref(Account, (new.account,))
    record = LockRecord(
        id=LockId(request.sortable_id),
        account=new.account,
        carat_id=new.carat_id,
        reason=new.reason,
        scope=new.scope,
        note=new.note,
        private_note=new.private_note,
        set_by=request.actor,
        set_at=request.at,
        until=new.until,
        plant=new.plant,
    )
    refs = account_ref, *_carriers(record)

    def once(seen: Seen) -> Decision:
        account = seen[account_ref]
        if account is None or account.erased:
            return Refusal(RefusalCode.NOT_FOUND)
        target = _target(account, record, seen)
        if target is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if not has_room(target.locks, office.today(request.at), by_customer=new.by_customer):
            return Refusal(RefusalCode.TOO_MANY_LOCKS)
        locks = (*target.locks, record.on_target)
        changes = (
            *target.carrying(locks, office),
            Put(record),
            *_mails(NoticeKind.LOCK_SET, record, account, office, request),
        )
        return Decided({"account": new.account, "lock": record.id}, changes)

    return decide(office, request, refs, once)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifting:
    """Lifting needs words on why the conditions are met."""

    account: AccountNumber
    lock: LockId
    resolution: str


def lift_lock(lifting: Lifting, office: Office, request: Request) -> Result | Refusal:
    """Take one lock off its target. What is unknown or over is a clear refusal."""
    refs = Ref(Account, (lifting.account,)), Ref(LockRecord, (lifting.account, lifting.lock))

    def once(seen: Seen) -> Decision:
        account, record = seen[refs[0]], seen[refs[1]]
        if account is None or record is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if record.is_over or not record.holds(office.today(request.at)):
            return Refusal(RefusalCode.LOCK_OVER)
        lifted = replace(
            record,
            lifted_by=request.actor,
            lifted_at=request.at,
            resolution=lifting.resolution,
        )
        changes = _over(NoticeKind.LOCK_LIFTED, lifted, account, office, request)
        return Decided({"account": account.number, "lock": record.id}, changes)

    return decide(office, request, refs, once)


def end_due_locks(
    due: DueLocks,
    office: Office,
    *,
    now: datetime,
    failed: Callable[[LockId, Exception], None] = nobody_is_told,
) -> list[LockId]:
    """Notice each planned end that has come: once, however often and late this runs.

    `failed` is told of one that could not be noticed now.
    """
    noticed = []
    for lock in due.due(now=now):
        request = Request.by_schedule(f"end-{lock.id}", now)
        try:
            result = _end(lock, office, request)
        except Exception as error:  # noqa: BLE001 - it stays due and holds up no other
            failed(lock.id, error)
            continue
        if not isinstance(result, Refusal):
            noticed.append(lock.id)
    return noticed


def _end(lock: LockRecord, office: Office, request: Request) -> Result | Refusal:
    refs = Ref(Account, (lock.account,)), Ref(LockRecord, (lock.account, lock.id))

    def once(seen: Seen) -> Decision:
        account, record = seen[refs[0]], seen[refs[1]]
        if account is None or record is None or record.is_over:
            return Refusal(RefusalCode.LOCK_OVER)
        ended = replace(record, ended_at=request.at)
        changes = _over(NoticeKind.LOCK_ENDED, ended, account, office, request)
        return Decided({"lock": record.id}, changes)

    return decide(office, request, refs, once)


def _over(
    kind: NoticeKind, record: LockRecord, account: Account, office: Office, request: Request
) -> tuple[Change, ...]:
    """The record as it is from now on, its target without it, and the customer told."""
    return (
        *_taken_off(record, account, office),
        Put(record),
        *_mails(kind, record, account, office, request),
    )


# --- what carries a lock


@dataclass(frozen=True, slots=True)
class _Target:
    """An account, one of its releases in a dongle, or one of its plants."""

    account: Account
    locks: tuple[Lock, ...]
    dongle: Dongle | None = None
    plant: Plant | None = None

    def carrying(self, locks: tuple[Lock, ...], office: Office) -> tuple[Change, ...]:
        if self.dongle:
            release = replace(self.dongle.releases[self.account.number], locks=locks)
            # the account, too: an erasure that has seen no lock must lose the race
            return (Put(self.dongle.with_release(self.account.number, release)), Put(self.account))
        if self.plant:
            locked = replace(self.plant, locks=locks)
            return (*plant_changes(self.plant, locked), Put(self.account))
        return with_account(replace(self.account, locks=locks), office)


def with_account(account: Account, office: Office) -> tuple[Change, ...]:
    """Store the account, and its phones' copies of its locks and settings."""
    phones = found(office, [Ref(Sender, (phone,)) for phone in account.phones])
    copies = [ChangePhone.to(account, phone) for phone in phones if phone.account == account.number]
    return (Put(account), *copies)


def _carriers(record: LockRecord) -> tuple[Ref[Any], ...]:
    """Where the lock lies, and what says how that is read, beside the account."""
    if record.plant:
        return (Ref(Plant, (record.plant,)),)
    if record.carat_id:
        return (SERVICE, Ref(Dongle, (record.carat_id,)))
    return (SERVICE,)


def _target(account: Account, record: LockRecord, seen: Seen) -> _Target | None:
    """None: there is no such licence of this account."""
    if record.plant:
        return _of_plant(account, seen[Ref(Plant, (record.plant,))])
    if record.carat_id is None:
        return _Target(account, account.locks)
    stored, service = seen[Ref(Dongle, (record.carat_id,))], seen[SERVICE]
    if stored is None or service is None:
        raise TooManyRaces  # both are read as their empty values
    dongle = stored.folded(service.unpublished)
    release = dongle.releases.get(account.number)
    return _Target(account, release.locks, dongle=dongle) if release else None


def _of_plant(account: Account, plant: Plant | None) -> _Target | None:
    if plant is None or plant.account != account.number or plant.ended_at:
        return None
    return _Target(account, plant.locks, plant=plant)


def _taken_off(record: LockRecord, account: Account, office: Office) -> tuple[Change, ...]:
    if record.licence is None:
        target: _Target | None = _Target(account, account.locks)
    else:
        target = _target(account, record, office.records.read(*_carriers(record)))
    if target is None:
        return ()  # the release or plant is gone, and its locks with it
    return target.carrying(without(target.locks, record.id), office)


# --- who is told


def _mails(
    kind: NoticeKind, lock: LockRecord, account: Account, office: Office, request: Request
) -> tuple[Change, ...]:
    details = {
        "licence": lock.licence or "",
        "until": lock.until.isoformat() if lock.until else "",
        "note": lock.note,
    }
    telling = Telling(kind=kind, cause=request.nonce, at=request.at, details=details)
    return to_each_user(account, telling, office)
