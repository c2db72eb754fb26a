"""The withdrawal button (§ 356a BGB): anyone can press it, and is told at once that it has come.

One transaction: {declaration, the mail that confirms it, and, where the right holds, the order, its
plants, the credit notes and the event for billing}. What is not plain is decided by an operator,
who settles every declaration. The answer is the same whatever came of it: nobody learns which
orders there are.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC

from freischalt.account_ports import Change, Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.ids import OrderNumber, withdrawal_id
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.refusal import Refusal
from freischalt.domain.request import Request
from freischalt.domain.term_order import (
    TermOrder,
    Withdrawal,
    WithdrawalOutcome,
    may_withdraw,
)
from freischalt.domain.user import Language
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide, users_of
from freischalt.use_cases.receive_payment import order_of
from freischalt.use_cases.undoing import undone


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What was entered, as it was entered."""

    name: str = field(repr=False)
    order: str
    email: str = field(repr=False)
    language: Language


def declare_withdrawal(
    declaration: Declaration, office: Office, request: Request
) -> Result | Refusal:
    """It is kept and confirmed in any case; `at` is when it came, however often it is sent."""

    def once(_: Seen) -> Decision:
        kept = Withdrawal(
            id=request.sortable_id,
            order=declaration.order,
            name=declaration.name,
            email=declaration.email,
            at=request.at,
        )
        decided, changes = _decided(kept, office, request)
        return Decided(
            {"withdrawal": kept.id, "at": kept.at.isoformat()},
            (Put(decided), Put(_confirmation(declaration, kept, office)), *changes),
        )

    return decide(office, request, (), once)


def _confirmation(declaration: Declaration, kept: Withdrawal, office: Office) -> Notice:
    """With its content, and when it came: by the vendor's clock, and in UTC."""
    local = kept.at.astimezone(office.time_zone)
    return Notice(
        id=f"{NoticeKind.WITHDRAWAL_RECEIVED.value}-{kept.id}",
        kind=NoticeKind.WITHDRAWAL_RECEIVED,
        to=kept.email,
        language=declaration.language,
        created_at=kept.at,
        details={
            "name": kept.name,
            "order": kept.order,
            "received": f"{local:%d.%m.%Y %H:%M:%S %Z}",
            "received_utc": f"{kept.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
            "hotline": office.catalogue.contacts.get("hotline", ""),
        },
    )


# --- what comes of it


def _decided(
    kept: Withdrawal, office: Office, request: Request
) -> tuple[Withdrawal, tuple[Change, ...]]:
    order = order_of(OrderNumber(kept.order), office)
    if order is None:
        return kept, ()
    kept = replace(kept, account=order.account)
    if not _is_theirs(order, kept, office):
        return replace(kept, outcome=WithdrawalOutcome.OTHER_PERSON), ()
    kept = replace(kept, id=withdrawal_id(order.account, kept.id))
    since = order.confirmed_at
    contract = office.today(since) if since else None
    today = office.today(request.at)
    outcome = may_withdraw(order, kept.name, contract, today, office.sells.holidays)
    if outcome is not WithdrawalOutcome.WITHDRAWN:
        return replace(kept, outcome=outcome), ()
    gone = undone(order, office, request)
    if gone is None:
        return replace(kept, outcome=WithdrawalOutcome.CREDIT_USED), ()
    return replace(kept, outcome=outcome, refund_cents=gone.refund_cents), gone.changes


def _is_theirs(order: TermOrder, kept: Withdrawal, office: Office) -> bool:
    """A number is soon guessed: only a declaration from a user's own address acts by itself."""
    ref = Ref(Account, (order.account,))
    account = office.records.read(ref)[ref]
    users = users_of(account, office) if account else []
    return kept.email.casefold() in {user.email.casefold() for user in users}
