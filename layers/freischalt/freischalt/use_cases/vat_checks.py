"""VAT checks are begun, by a change of data, a wish or a purchase; an operator may decide instead.

A check is begun in the transaction that makes it necessary: the account remembers that it waits,
and what is due is found by the schedule until somebody has done it (`check_vat`).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from freischalt.account_ports import Change, Delete, Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.address import CustomerKind, Registrant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.vat import VatQuestion, VatService
from freischalt.domain.vat_record import VatDue, VatRecord
from freischalt.domain.vat_routing import country_needs_vat_id, service_for
from freischalt.domain.vat_standing import (
    VatStanding,
    VatState,
    begun,
    due_at,
    fingerprint,
    overridden,
)
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide

FRESH_FOR = timedelta(minutes=5)
"""A verdict so young is not asked for again: whoever waits may be impatient."""

WITHOUT_VAT_ID = "WITHOUT_VAT_ID"


def service_of(registrant: Registrant | None, office: Office) -> VatService | None:
    """Whom to ask about it; None if there is nothing to check."""
    if registrant is None or registrant.kind is CustomerKind.PERSON or not registrant.vat_id:
        return None
    country = registrant.address.country
    return service_for(registrant.vat_id, office.seller_vat_id, country=country)


def question_of(registrant: Registrant, service: VatService) -> VatQuestion:
    asked = registrant.in_latin
    return VatQuestion(
        service=service,
        vat_id=registrant.vat_id or "",
        name=asked.name,
        street=asked.street,
        postal_code=registrant.address.postal_code,
        city=asked.city,
    )


def data_version(registrant: Registrant) -> str:
    """Changes with whatever a check is about."""
    return fingerprint(registrant)[:16]


def entered(registrant: Registrant) -> dict[str, str]:
    """The company as it entered itself, for the evidence."""
    address = registrant.address
    return {
        "name": registrant.name,
        "street": address.street,
        "postal_code": address.postal_code,
        "city": address.city,
        "country": address.country,
        "vat_id": registrant.vat_id or "",
    }


# --- beginning


def with_check(
    account: Account, due: VatDue | None, office: Office, request: Request
) -> tuple[Account, tuple[Change, ...]]:
    """The account as what its data ask for leaves it, and what is due then."""
    registrant = account.registrant
    service = service_of(registrant, office)
    if registrant is None or service is None:
        return replace(account, vat=None), (Delete(due),) if due else ()
    standing = begun(
        account.vat,
        fingerprint(registrant),
        check_id=request.sortable_id,
        service=service,
        now=request.at,
        policy=office.vat_policy,
    )
    return replace(account, vat=standing), what_is_due(account, standing, service, due, office)


def what_is_due(
    account: Account, standing: VatStanding, service: VatService, due: VatDue | None, office: Office
) -> tuple[Change, ...]:
    at = due_at(standing, office.vat_policy)
    if at is None:
        return (Delete(due),) if due else ()
    return (made_due(account.number, service, at, due),)


def made_due(number: AccountNumber, service: VatService, at: datetime, due: VatDue | None) -> Put:
    """Due at that time, instead of what was due before."""
    version = due.version if due else 0
    return Put(VatDue(account=number, service=service, at=at, version=version))


def changed_company(
    before: Account, registrant: Registrant, due: VatDue | None, office: Office, request: Request
) -> tuple[Account, tuple[Change, ...]]:
    """The account with other data: a changed name, address or VAT ID starts anew."""
    account = replace(
        before, company=registrant.name, registrant=registrant, changed_by=request.actor
    )
    known = before.registrant
    if known and fingerprint(known) == fingerprint(registrant) and known.kind is registrant.kind:
        return account, ()
    return with_check(replace(account, buys_without_vat_id=False), due, office, request)


def start_check(number: AccountNumber, office: Office, request: Request) -> Result | Refusal:
    """Ask now, unless a check is under way, an operator has decided, or it was just asked."""
    refs = Ref(Account, (number,)), Ref(VatDue, (number,))

    def once(seen: Seen) -> Decision:
        account, due = seen[refs[0]], seen[refs[1]]
        if account is None or account.erased:
            return Refusal(RefusalCode.NO_ACCOUNT)
        if service_of(account.registrant, office) is None:
            return Refusal(RefusalCode.VAT_NOT_CHECKED)
        if _is_fresh(account, request):
            return Decided({"account": number})
        changed, changes = with_check(account, due, office, request)
        is_lost = due is None and changed.vat is not None and changed.vat.waiting is not None
        if changed.vat == account.vat and not is_lost:
            return Decided({"account": number})
        return Decided({"account": number}, (Put(changed), *changes))

    return decide(office, request, refs, once)


def _is_fresh(account: Account, request: Request) -> bool:
    standing, registrant = account.vat, account.registrant
    if standing is None or registrant is None or standing.decided_at is None:
        return False
    same = standing.of == fingerprint(registrant)
    return same and request.at - standing.decided_at < FRESH_FOR


# --- an operator's word


@dataclass(frozen=True, slots=True)
class VatDecision:
    """`valid` None: the company may buy without a VAT ID, with domestic VAT; False ends that, too.

    `of` is the version of the data that the operator has seen.
    """

    valid: bool | None
    reason: str
    of: str


def decide_vat(
    number: AccountNumber, decision: VatDecision, office: Office, request: Request
) -> Result | Refusal:
    """It stands until the data change."""
    refs = Ref(Account, (number,)), Ref(VatDue, (number,))

    def once(seen: Seen) -> Decision:
        account, due = seen[refs[0]], seen[refs[1]]
        if account is None or account.erased:
            return Refusal(RefusalCode.NO_ACCOUNT)
        registrant = account.registrant
        if registrant is None or not _can_decide(registrant, decision, office):
            return Refusal(RefusalCode.VAT_NOT_CHECKED)
        if data_version(registrant) != decision.of:
            return Refusal(RefusalCode.CHANGED_MEANWHILE)
        record = VatRecord(
            account=number,
            id=request.sortable_id,
            at=request.at,
            state=VatState.INVALID if decision.valid is False else VatState.VALID,
            of=fingerprint(registrant),
            code=None if registrant.vat_id else WITHOUT_VAT_ID,
            by=request.actor,
            reason=decision.reason,
            about=entered(registrant),
        )
        changed = _decided(account, record, decision)
        gone = (Delete(due),) if due and decision.valid is not None else ()
        return Decided({"account": number, "check": record.id}, (Put(changed), Put(record), *gone))

    return decide(office, request, refs, once)


def _can_decide(registrant: Registrant, decision: VatDecision, office: Office) -> bool:
    """About a number that is checked, or, without one, about a company in the EU."""
    if service_of(registrant, office):
        return decision.valid is not None
    in_the_eu = country_needs_vat_id(registrant.address.country)
    is_company = registrant.kind is CustomerKind.COMPANY
    return is_company and in_the_eu and not registrant.vat_id and decision.valid is not True


def _decided(account: Account, record: VatRecord, decision: VatDecision) -> Account:
    account = replace(account, changed_by=record.by)
    registrant = account.registrant
    if decision.valid is None or registrant is None or not registrant.vat_id:
        return replace(account, buys_without_vat_id=decision.valid is None)
    standing = overridden(
        record.of,
        valid=decision.valid,
        by=record.by or "",
        reason=decision.reason,
        now=record.at,
    )
    return replace(account, vat=replace(standing, check_id=record.id))
