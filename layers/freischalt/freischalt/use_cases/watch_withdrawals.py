"""Withdrawals that no operator has settled are told to the vendor, as money is that lies aside.

What is paid has to be paid back within fourteen days (§ 357 (1) BGB), and what only a person can
decide waits for one.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.term_order import Withdrawal
from freischalt.domain.user import Language
from freischalt.term_ports import OpenWithdrawals
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.office import Office
from freischalt.use_cases.telling_of_waiting import Waiting, Waits, tell_of_waiting

SETTLED_WITHIN = 3
"""Working days: then there is time left to pay back."""

PAID_BACK_WITHIN = timedelta(days=14)


def tell_of_withdrawals(
    withdrawals: OpenWithdrawals,
    office: Office,
    *,
    now: datetime,
    failed: Callable[[str, Exception], None] = nobody_is_told,
) -> Waiting:
    how = Waits[Withdrawal](
        working_days=SETTLED_WITHIN,
        since=lambda one: office.today(one.at),
        still=lambda one: one.settled_at is None,
        mail=lambda one: _mail(one, office, now),
    )
    return tell_of_waiting(withdrawals.unsettled(now=now), how, office, now=now, failed=failed)


def _mail(kept: Withdrawal, office: Office, now: datetime) -> Notice:
    """Without the name and address of whoever has declared it."""
    return Notice(
        id=f"{NoticeKind.WITHDRAWAL_WAITS.value}-{kept.id}",
        kind=NoticeKind.WITHDRAWAL_WAITS,
        to=office.sells.seller.email,
        language=Language.GERMAN,
        created_at=now,
        details={
            "withdrawal": kept.id,
            "since": office.today(kept.at).isoformat(),
            "until": office.today(kept.at + PAID_BACK_WITHIN).isoformat(),
            "why": kept.outcome.value,
            "order": kept.order,
            "account": kept.account or "",
            "refund_cents": str(kept.refund_cents),
        },
    )
