"""Money that nobody has told us of is asked for; what waits for too long is told to the vendor.

The source promises that a licence is active three working days after its payment at the latest. Two
things stand in its way: an event of the provider that has never come, and money that was put aside.
Both are found here, late or twice without harm. A page is asked about until it is over, whatever
has become of its order; once that is paid otherwise, or not to be paid at all, it is closed.
"""

from collections.abc import Callable
from datetime import date, datetime

from freischalt.account_ports import Ref
from freischalt.domain.ids import OrderNumber
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.payment import Payment
from freischalt.domain.payment_news import PageNews
from freischalt.domain.payment_page import LONGEST, PageState, PaymentPage
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language
from freischalt.errors import ProviderFailed
from freischalt.payment_ports import AsidePayments, OpenPages, PaymentPages
from freischalt.use_cases.amounts import decimal
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.office import Office
from freischalt.use_cases.payment_pages import note_page
from freischalt.use_cases.receive_payment import receive_payment
from freischalt.use_cases.telling_of_waiting import Waiting, Waits, tell_of_waiting

PROMISED_DAYS = 3
MOST_FAILURES = 3
"""So often in a row the provider may fail: then it is down, and each question takes its time."""

type Failed = Callable[[str, Exception], None]


def ask_for_lost_money(
    waiting: OpenPages,
    pages: PaymentPages,
    office: Office,
    *,
    now: datetime,
    may_go_on: Callable[[], bool] = lambda: True,
    failed: Failed = nobody_is_told,
) -> list[OrderNumber]:
    """Ask the provider about each page that is not over; orders whose money was found.

    Those that are not asked about, as the provider is down or `may_go_on` says no, are next hour:
    each hour begins with other ones.
    """
    found, failures = [], 0
    for page in waiting.pending(before=now + LONGEST, first=now.hour):
        if failures == MOST_FAILURES or not may_go_on():
            break
        try:
            if _found(page, pages, office, now):
                found.append(page.order)
            failures = 0
        except Exception as error:  # noqa: BLE001 - one page must not hold up the others
            failed(page.order, error)
            failures += isinstance(error, ProviderFailed)
    return found


def _found(page: PaymentPage, pages: PaymentPages, office: Office, now: datetime) -> bool:
    told = pages.state_of(page.session, now=now)
    received = receive_payment(told.receipt, office, at=now) if told.receipt else None
    state = told.state
    if state is PageState.OPEN and not _is_still_wanted(page, office):
        pages.expire(page.session)
        state = PageState.OVER
    if state is not PageState.OPEN:
        note_page(PageNews(page.order, page.session, state), office)
    return received is not None and received.is_news


def _is_still_wanted(page: PaymentPage, office: Office) -> bool:
    """Its order is to be paid, and on no other page."""
    ref = Ref(TermOrder, (page.account, page.order))
    order = office.records.read(ref)[ref]
    return order is not None and order.state is TermOrderState.OPEN and order.page == page.session


def tell_of_overdue(
    aside: AsidePayments,
    office: Office,
    *,
    now: datetime,
    failed: Failed = nobody_is_told,
) -> Waiting:
    """Money that lies aside. Of what went against money the vendor was told at once: it waits."""
    how = Waits[Payment](
        working_days=PROMISED_DAYS,
        since=lambda payment: _there_since(payment, office),
        still=lambda payment: payment.is_aside,
        mail=lambda payment: _mail(payment, office, now),
    )
    return tell_of_waiting(aside.pending(before=now), how, office, now=now, failed=failed)


def _there_since(payment: Payment, office: Office) -> date:
    """A transfer was there before somebody has recorded it."""
    aside = (payment.received_at, payment.recorded_at) if payment.is_aside else ()
    return office.today(min((*aside, *(one.at for one in payment.open_setbacks))))


def _mail(payment: Payment, office: Office, now: datetime) -> Notice:
    named = payment.id.replace(":", "-")  # SES takes no colon
    return Notice(
        id=f"{NoticeKind.PAYMENT_OVERDUE.value}-{named}",
        kind=NoticeKind.PAYMENT_OVERDUE,
        to=office.sells.seller.email,
        language=Language.GERMAN,
        created_at=now,
        details={
            "payment": payment.id,
            "reference": payment.reference,
            "amount": decimal(payment.amount_cents),
            "currency": payment.currency,
            "since": _there_since(payment, office).isoformat(),
            "why": payment.mismatch.value if payment.mismatch else "",
            "order": payment.order or "",
            "account": payment.account or "",
        },
    )
