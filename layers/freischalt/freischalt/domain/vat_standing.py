"""What an account remembers of its VAT checks: the last verdict, and the check that is under way.

A verdict holds for the data that were asked about, and a check that decides nothing takes none
away. An operator's word stands until the data change: answers are history then.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from freischalt.domain.address import Registrant
from freischalt.domain.vat import FieldVerdict, VatField, VatReading, VatService, VatVerdict
from freischalt.domain.vat_ladder import VatPolicy, first_try, next_try

TOLD_AFTER = timedelta(hours=24)


class VatState(StrEnum):
    PENDING = "pending"
    VALID = "valid"
    INVALID = "invalid"
    MISMATCH = "mismatch"
    GIVEN_UP = "given_up"


STATES = {
    VatVerdict.VALID: VatState.VALID,
    VatVerdict.INVALID: VatState.INVALID,
    VatVerdict.MISMATCH: VatState.MISMATCH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VatWaiting:
    """A check under way; `code` is why its last try decided nothing."""

    check_id: str
    since: datetime
    next_try: datetime
    tries: int = 0
    code: str | None = None
    told_at: datetime | None = None

    @property
    def is_held_up(self) -> bool:
        """By the service, tried in vain or in its quiet hours: else it was to be asked at once."""
        return self.next_try > self.since

    def is_to_be_told(self, now: datetime) -> bool:
        """Whether the customer hears now, once, that the check still waits."""
        return self.told_at is None and now - self.since >= TOLD_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class VatOverride:
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VatStanding:
    """`of` is the fingerprint of the data that all of it is about.

    `state` is the last verdict, PENDING before there is one. `check_id`, `decided_at`, `code` and
    `differing` are of the check that gave it, or was given up. `given_up_at` is when a repetition
    of a valid one was: it takes nothing away.
    """

    state: VatState
    of: str
    check_id: str | None = None
    decided_at: datetime | None = None
    code: str | None = None
    differing: tuple[VatField, ...] = ()
    waiting: VatWaiting | None = None
    override: VatOverride | None = None
    given_up_at: datetime | None = None

    def refutes(self, registrant: Registrant) -> bool:
        """Whether it was found that these very data are not those of the VAT ID."""
        is_refuted = self.state in {VatState.INVALID, VatState.MISMATCH}
        return is_refuted and self.of == fingerprint(registrant)


def fingerprint(registrant: Registrant) -> str:
    """Of what a check is about: name, address, VAT ID, and what is asked in Latin letters."""
    address = registrant.address
    place = [address.street, address.postal_code, address.city, address.country]
    latin = registrant.latin
    asked = [latin.name, latin.street, latin.city] if latin else None
    data = json.dumps(["freischalt/vat/v1", registrant.name, *place, registrant.vat_id, asked])
    return sha256(data.encode()).hexdigest()


def begun(
    standing: VatStanding | None,
    of: str,
    *,
    check_id: str,
    service: VatService,
    now: datetime,
    policy: VatPolicy,
) -> VatStanding:
    """With a check under way; a valid verdict on the same data stays meanwhile.

    The standing itself, if a check of these data is under way already or an operator has decided.
    """
    same = standing if standing and standing.of == of else None
    if same and (same.override or same.waiting):
        return same
    at = first_try(now, service=service, check_id=check_id, policy=policy)
    waiting = VatWaiting(check_id=check_id, since=now, next_try=at)
    if same and same.state is VatState.VALID:
        return replace(same, waiting=waiting)
    return VatStanding(state=VatState.PENDING, of=of, waiting=waiting)


def standing_after(
    standing: VatStanding,
    reading: VatReading,
    *,
    check_id: str,
    of: str,
    service: VatService,
    now: datetime,
    policy: VatPolicy,
) -> VatStanding:
    """After an answer to the check `check_id`, which asked about the data `of`.

    The standing itself, if that is not what it waits for: the data have changed, another check was
    begun, or an operator has decided. Such an answer is history.
    """
    waiting = standing.waiting
    if waiting is None or waiting.check_id != check_id or standing.of != of:
        return standing
    if reading.verdict is not VatVerdict.UNDECIDED:
        return _decided(STATES[reading.verdict], reading, check_id, of, now)
    tries = waiting.tries + 1
    at = next_try(
        began_at=waiting.since,
        tries=tries,
        now=now,
        service=service,
        check_id=check_id,
        policy=policy,
    )
    if at is None and standing.state is VatState.VALID:
        return replace(standing, waiting=None, given_up_at=now)
    if at is None:
        return _decided(VatState.GIVEN_UP, reading, check_id, of, now)
    tried = replace(waiting, tries=tries, next_try=at, code=reading.code)
    return replace(standing, waiting=tried)


def _decided(
    state: VatState, reading: VatReading, check_id: str, of: str, now: datetime
) -> VatStanding:
    differing = tuple(each for each in VatField if reading.fields.get(each) is FieldVerdict.DIFFERS)
    return VatStanding(
        state=state,
        of=of,
        check_id=check_id,
        decided_at=now,
        code=reading.code,
        differing=differing,
    )


def overridden(of: str, *, valid: bool, by: str, reason: str, now: datetime) -> VatStanding:
    """By an operator; a check under way is no longer waited for."""
    return VatStanding(
        state=VatState.VALID if valid else VatState.INVALID,
        of=of,
        decided_at=now,
        override=VatOverride(by=by, reason=reason),
    )


def due_at(standing: VatStanding, policy: VatPolicy) -> datetime | None:
    """When the schedule has something to do: the next try, or the repetition of a valid check."""
    if standing.waiting:
        return standing.waiting.next_try
    if standing.state is VatState.VALID and standing.decided_at and not standing.override:
        return (standing.given_up_at or standing.decided_at) + policy.repeated_after
    return None
