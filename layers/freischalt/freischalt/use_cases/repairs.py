"""Repair orders: requested by a customer, offered by an advocate, accepted or declined, and done.

Each step is one transaction with the mail that tells the other side; a crash leaves all of it or
nothing. Locks hold up no repair: a lock is about licences, and the device is broken all the same.
What VAT checks say counts as for a purchase (source, 7): may_not_buy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from freischalt.account_ports import Change, Put, Ref, Seen, Unchanged
from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber, RepairOrderId
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.repair_order import (
    Offer,
    RepairOrder,
    RepairState,
    answered,
    done,
    with_offer,
)
from freischalt.domain.request import Request
from freischalt.use_cases.buying import may_not_buy
from freischalt.use_cases.growing import charge
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide
from freischalt.use_cases.vat_checks import start_check

MOST_UNANSWERED = 20
LONGEST_OFFER = timedelta(days=365)


def request_repair(order: RepairOrder, office: Office, request: Request) -> Result | Refusal:
    """The account must still be there when it is stored: nothing is kept of whoever was erased.

    It is written, too: of two requests at once, one counts the other.
    """
    ref = Ref(Account, (order.account,))

    def once(seen: Seen) -> Decision:
        account = seen[ref]
        if account is None or account.erased:
            return Refusal(RefusalCode.NO_ACCOUNT)
        if no := may_not_buy(account, office, request.at):
            return no
        if _has_many_unanswered(order.account, office):
            return Refusal(RefusalCode.TOO_MANY_REPAIRS)
        category = office.sells.repair_categories[order.device.category][order.language.value]
        about = {"type": order.device.type, "category": category}
        told = to_advocate(NoticeKind.REPAIR_REQUESTED, order, about, office, request)
        return Decided({"repair": order.id}, (Put(order), Put(account), *told))

    requested = decide(office, request, (ref,), once)
    if isinstance(requested, Refusal) and requested.code is RefusalCode.VAT_CHECK_RUNNING:
        start_check(order.account, office, replace(request, repeatable=False))
    return requested


def _has_many_unanswered(number: AccountNumber, office: Office) -> bool:
    """Whether so many in a row are: before there are more, an advocate has answered one."""
    newest = office.records.page(RepairOrder, number, after=None, limit=MOST_UNANSWERED).things
    unanswered = [order for order in newest if order.state is RepairState.REQUESTED]
    return len(unanswered) == MOST_UNANSWERED


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOffer:
    """What the advocate writes: `items` are texts with net cents."""

    items: tuple[tuple[str, int], ...]
    text: str
    valid_until: date


def offer_repair(
    number: AccountNumber, id_: RepairOrderId, new: NewOffer, office: Office, request: Request
) -> Result | Refusal:
    """With the VAT of today, which is what the customer accepts."""
    refs = Ref(RepairOrder, (number, id_)), Ref(Account, (number,))
    today = office.today(request.at)

    def once(seen: Seen) -> Decision:
        order, account = seen[refs[0]], seen[refs[1]]
        if order is None or account is None or account.erased:
            return Refusal(RefusalCode.NOT_FOUND)
        if not today <= new.valid_until <= today + LONGEST_OFFER:
            problem = FieldProblem("/validUntil", "must be a day of the next 365, or today")
            return Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))
        offer = Offer(
            items=new.items,
            text=new.text,
            valid_until=new.valid_until,
            by=request.actor,
            at=request.at,
            vat=charge(account, today, office.sells),
            currency=office.sells.currency,
        )
        offered = with_offer(order, offer)
        if isinstance(offered, Refusal):
            return offered
        told = _to_contact(offered, offer, office, request)
        return Decided({"repair": id_}, (Put(offered), Unchanged(account), told))

    return decide(office, request, refs, once)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """To the offer as it was read: `version` is the order's then."""

    accepts: bool
    version: int


def answer_offer(
    number: AccountNumber, id_: RepairOrderId, answer: Answer, office: Office, request: Request
) -> Result | Refusal:
    """Who accepts owes: the account is written, too, and an erasure before it loses the race."""
    refs = Ref(RepairOrder, (number, id_)), Ref(Account, (number,))

    def once(seen: Seen) -> Decision:
        order, account = seen[refs[0]], seen[refs[1]]
        if order is None or account is None or account.erased:
            return Refusal(RefusalCode.NOT_FOUND)
        after = answered(
            order,
            accepts=answer.accepts,
            by=request.actor,
            at=request.at,
            today=office.today(request.at),
        )
        if isinstance(after, Refusal) or after.offer is None:
            return after if isinstance(after, Refusal) else Refusal(RefusalCode.REPAIR_NOT_OFFERED)
        if order.version != answer.version:
            return Refusal(RefusalCode.CHANGED_MEANWHILE)
        kind = NoticeKind.REPAIR_ACCEPTED if answer.accepts else NoticeKind.REPAIR_DECLINED
        about = {"gross_cents": str(after.offer.gross_cents), "currency": after.offer.currency}
        told = to_advocate(kind, after, about, office, request)
        owes = (Put(account),) if answer.accepts else ()
        return Decided({"repair": id_}, (Put(after), *owes, *told))

    return decide(office, request, refs, once)


def complete_repair(
    number: AccountNumber, id_: RepairOrderId, office: Office, request: Request
) -> Result | Refusal:
    """An operator notes that it is done; noting it again changes nothing."""
    ref = Ref(RepairOrder, (number, id_))

    def once(seen: Seen) -> Decision:
        order = seen[ref]
        if order is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if order.state is RepairState.DONE:
            return Decided({"repair": id_})
        after = done(order, by=request.actor, at=request.at)
        if isinstance(after, Refusal):
            return after
        return Decided({"repair": id_}, (Put(after),))

    return decide(office, request, (ref,), once)


# --- who is told


def to_advocate(
    kind: NoticeKind, order: RepairOrder, about: Mapping[str, str], office: Office, request: Request
) -> tuple[Change, ...]:
    """Whom the vendor's catalogue names; in the language that the customer is answered in."""
    to = office.catalogue.contacts.get("advocate")
    if not to:
        return ()
    notice = Notice(
        id=f"{kind.value}-{order.id}",
        kind=kind,
        to=to,
        language=order.language,
        created_at=request.at,
        details={"repair": order.id, "account": order.account, **about},
    )
    return (Put(notice),)


def _to_contact(order: RepairOrder, offer: Offer, office: Office, request: Request) -> Change:
    """Another offer is another mail: hence the version."""
    return Put(
        Notice(
            id=f"{NoticeKind.REPAIR_OFFERED.value}-{order.id}-{order.version}",
            kind=NoticeKind.REPAIR_OFFERED,
            to=order.contact.email,
            language=order.language,
            created_at=request.at,
            details={
                "repair": order.id,
                "items": "\n".join(f"{text}|{cents}" for text, cents in offer.items),
                "text": offer.text,
                "until": offer.valid_until.isoformat(),
                "net_cents": str(offer.net_cents),
                "vat_cents": str(offer.vat_cents),
                "vat_rule": offer.vat.rule.value,
                "vat_basis_points": str(offer.vat.basis_points),
                "gross_cents": str(offer.gross_cents),
                "currency": offer.currency,
                "hotline": office.catalogue.contacts.get("hotline", ""),
            },
        )
    )
