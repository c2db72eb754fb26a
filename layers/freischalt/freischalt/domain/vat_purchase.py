"""May this customer buy, by what the VAT checks say? The one rule that purchases ask.

That consumers abroad may not is no matter of VAT: see `Registrant.may_buy_monitoring`.
"""

from datetime import datetime, timedelta

from freischalt.domain.address import CustomerKind, Registrant
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.vat import VatField
from freischalt.domain.vat_ladder import VatPolicy
from freischalt.domain.vat_routing import country_needs_vat_id, is_checked
from freischalt.domain.vat_standing import VatStanding, VatState, VatWaiting, fingerprint

ANSWERED_WITHIN = timedelta(seconds=30)
"""Of a try: a service takes up to 20 seconds."""

POINTERS = {
    VatField.NAME: "/name",
    VatField.STREET: "/address/street",
    VatField.POSTAL_CODE: "/address/postalCode",
    VatField.CITY: "/address/city",
}


def may_buy(
    registrant: Registrant,
    standing: VatStanding | None,
    now: datetime,
    policy: VatPolicy,
    *,
    allowed_without_vat_id: bool,
) -> Refusal | None:
    """None: yes. A check that the services hold up takes nobody's valid verdict away."""
    if registrant.kind is CustomerKind.PERSON:
        return None
    if not _is_checked(registrant):
        missing = country_needs_vat_id(registrant.address.country) and not allowed_without_vat_id
        return _refusal(RefusalCode.VAT_ID_MISSING, FieldRule.VAT_ID_MISSING) if missing else None
    if standing is None or standing.of != fingerprint(registrant):
        return _until(RefusalCode.VAT_CHECK_RUNNING, now, now)
    match standing.state:
        case VatState.VALID:
            waiting = standing.waiting
            may = not _is_stale(standing, now, policy) or (waiting and waiting.is_held_up)
            return None if may else _awaited(waiting, now)
        case VatState.PENDING:
            return _awaited(standing.waiting, now)
        case VatState.INVALID:
            return _refusal(RefusalCode.VAT_ID_INVALID, FieldRule.VAT_ID_INVALID)
        case VatState.MISMATCH:
            problems = (
                FieldProblem(POINTERS[each], FieldRule.DIFFERS) for each in standing.differing
            )
            return Refusal(RefusalCode.VAT_DATA_DIFFERS, problems=tuple(problems))
        case VatState.GIVEN_UP:
            return Refusal(RefusalCode.VAT_CHECK_GIVEN_UP)


def _is_checked(registrant: Registrant) -> bool:
    vat_id = registrant.vat_id
    return vat_id is not None and is_checked(vat_id, registrant.address.country)


def _is_stale(standing: VatStanding, now: datetime, policy: VatPolicy) -> bool:
    """A valid verdict that is to be repeated before a purchase; an operator's never is."""
    if standing.state is not VatState.VALID or standing.override:
        return False
    return standing.decided_at is None or now - standing.decided_at > policy.good_to_buy_for


def _awaited(waiting: VatWaiting | None, now: datetime) -> Refusal:
    if waiting and waiting.is_held_up:
        return _until(RefusalCode.VAT_CHECK_PENDING, waiting.next_try, now)
    return _until(RefusalCode.VAT_CHECK_RUNNING, now, now)


def _until(code: RefusalCode, next_try: datetime, now: datetime) -> Refusal:
    return Refusal(code, until=max(next_try, now) + ANSWERED_WITHIN)


def _refusal(code: RefusalCode, rule: FieldRule) -> Refusal:
    return Refusal(code, problems=(FieldProblem("/vatId", rule),))
