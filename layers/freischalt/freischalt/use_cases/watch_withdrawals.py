"""Withdrawals that no operator has settled are told to the vendor, as money is that lies aside.

What is paid has to be paid back within fourteen days (§ 357 (1) BGB), and what only a person can
decide waits for one. A run that is late or repeated tells nothing twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from freischalt.account_ports import Put, Ref
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.term_order import Withdrawal
from freischalt.domain.user import Language
from freischalt.domain.working_days import working_day_after
from freischalt.term_ports import OpenWithdrawals
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.office import RACES, Office
from freischalt.use_cases.races import until_it_holds

SETTLED_WITHIN = 3
"""Working days: then there is time left to pay back."""

PAID_BACK_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Ids of all that wait for too long, and of those that the vendor was told of just now."""

    waiting: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def tell_of_withdrawals(
    withdrawals: OpenWithdrawals,
    office: Office,
    *,
    now: datetime,
    failed: Callable[[str, Exception], None] = nobody_is_told,
) -> Unsettled:
    """The vendor gets one mail for each; who has told it, and crashed, has told it once."""
    unsettled, today = Unsettled(), office.today(now)
    for one in withdrawals.unsettled(now=now):
        since = office.today(one.at)
        if today <= working_day_after(since, SETTLED_WITHIN, office.sells.holidays):
            continue
        unsettled.waiting.append(one.id)
        try:
            if one.told_at is None and _told(one.id, office, now):
                unsettled.told.append(one.id)
        except Exception as error:  # noqa: BLE001 - it stays due, and holds up no other
            failed(one.id, error)
    return unsettled


def _told(id_: str, office: Office, now: datetime) -> bool:
    ref = Ref(Withdrawal, (id_,))

    def once() -> bool:
        kept = office.records.read(ref)[ref]
        if kept is None or kept.settled_at or kept.told_at:
            return False
        office.records.write(Put(replace(kept, told_at=now)), Put(_mail(kept, office, now)))
        return True

    return until_it_holds(once, office.pause, tries=RACES)


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
