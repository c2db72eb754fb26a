"""Disputes and failed refunds: kept with their payment, told to the vendor, settled by an operator.

One transaction: {payment, mail}. Told again, or late, it finds what is known and changes nothing.
What a crash leaves behind: nothing, and the provider tells it again; or all of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from freischalt.account_ports import Put, Ref, Seen
from freischalt.domain.ids import PaymentId
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.payment import Payment
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.setback import Setback, SetbackNews, SetbackState, told_of
from freischalt.domain.user import Language
from freischalt.errors import NotToldYet
from freischalt.use_cases.amounts import decimal
from freischalt.use_cases.office import RACES, Decided, Decision, Office, Result, decide
from freischalt.use_cases.races import until_it_holds


@dataclass(frozen=True, slots=True)
class NotedSetback:
    """`changed` is False for what was known; `told` is whether the vendor gets a mail of it."""

    payment: Payment
    changed: bool
    told: bool = False


def note_setback(news: SetbackNews, office: Office, *, at: datetime) -> NotedSetback:
    """Raises NotToldYet if the payment was not told yet."""
    return until_it_holds(lambda: _noted(news, office, at), office.pause, tries=RACES)


def _noted(news: SetbackNews, office: Office, at: datetime) -> NotedSetback:
    ref = Ref(Payment, (news.payment,))
    payment = office.records.read(ref)[ref]
    if payment is None:
        raise NotToldYet(news.payment)
    known = payment.setback(news.setback.id)
    if not news.setback.is_later_than(known):
        return NotedSetback(payment, changed=False)
    kept = told_of(news.setback, known, by=f"provider:{payment.provider}")
    changed = payment.with_setback(kept)
    is_new = known is None or known.state is not kept.state
    if not is_new or kept.state is SetbackState.OVER:
        office.records.write(Put(changed))
        return NotedSetback(changed, changed=True)
    office.records.write(Put(changed), Put(_mail(changed, kept, office, at)))
    return NotedSetback(changed, changed=True, told=True)


def _mail(payment: Payment, setback: Setback, office: Office, now: datetime) -> Notice:
    """Of each state one; an appeal may bring back an earlier one, so its time is part of the id."""
    has_failed = setback.state is SetbackState.REFUND_FAILED
    kind = NoticeKind.REFUND_FAILED if has_failed else NoticeKind.PAYMENT_DISPUTED
    when = int(setback.at.timestamp())
    answer_by = setback.answer_by
    return Notice(
        id=f"{kind.value}-{setback.id}-{setback.state.value}-{when}",
        kind=kind,
        to=office.sells.seller.email,
        language=Language.GERMAN,
        created_at=now,
        details={
            "payment": payment.id,
            "setback": setback.id,
            "state": setback.state.value,
            "amount": decimal(setback.amount_cents),
            "currency": setback.currency,
            "reason": setback.reason,
            "answer_by": office.today(answer_by).isoformat() if answer_by else "",
            "order": payment.order or "",
            "account": payment.account or "",
        },
    )


def settle_setback(
    id_: PaymentId,
    setback_id: str,
    note: str,
    office: Office,
    request: Request,
    *,
    seen_as: SetbackState,
) -> Result | Refusal:
    """An operator has seen to how it stood, `seen_as`: nothing else changes by that.

    If it stands otherwise by now, that is still to be looked at.
    """
    ref = Ref(Payment, (id_,))

    def once(seen: Seen) -> Decision:
        payment = seen[ref]
        setback = payment.setback(setback_id) if payment else None
        if payment is None or setback is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if setback.state is not seen_as:
            return Refusal(RefusalCode.CHANGED_MEANWHILE)
        if not setback.is_open:
            return Refusal(RefusalCode.PAYMENT_SETTLED)
        settled = replace(setback, settled_at=request.at, settled_by=request.actor, note=note)
        return Decided({"payment": id_}, (Put(payment.with_setback(settled)),))

    return decide(office, request, (ref,), once)
