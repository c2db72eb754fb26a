"""The page on which a customer pays an order, and what its provider tells about it.

A page is made at the provider before it is kept: a crash between the two leaves one that nobody has
the address of, and whoever asks again within the hour gets that very one, by its key. It is kept
together with its order, which must still be to be paid, and says of which pages money is under way.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from freischalt.account_ports import Put, Ref
from freischalt.domain.ids import AccountNumber, OrderNumber
from freischalt.domain.payment_news import PageNews
from freischalt.domain.payment_page import (
    LEAST_CENTS,
    PageLine,
    PageState,
    PaymentPage,
    WantedPage,
    gross_by_line,
    page_end,
)
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.payment_ports import MadePage, PaymentPages
from freischalt.texts_payments import page_line, page_rest
from freischalt.use_cases.office import RACES, Office
from freischalt.use_cases.races import until_it_holds
from freischalt.use_cases.receive_payment import order_of


def payment_page(
    account: AccountNumber,
    number: OrderNumber,
    pages: PaymentPages,
    office: Office,
    *,
    site: str,
    now: datetime,
) -> PaymentPage | Refusal:
    """Where this order is paid: the same page while it is open. Raises ProviderFailed."""
    ref = Ref(TermOrder, (account, number))

    def once() -> PaymentPage | Refusal:
        order = office.records.read(ref)[ref]
        if order is None:
            return Refusal(RefusalCode.NOT_FOUND)
        usable = _usable(order, _last_page(order, office), now)
        if not isinstance(usable, _New):
            return usable
        made = pages.make(_wanted(order, usable, site))
        kept = _kept(order, usable, made)
        office.records.write(Put(kept), Put(replace(order, page=kept.session)))
        return kept

    return until_it_holds(once, office.pause, tries=RACES)


@dataclass(frozen=True, slots=True)
class _New:
    """A new page is needed: which attempt it is, and until when."""

    attempt: int
    end: datetime


def _last_page(order: TermOrder, office: Office) -> PaymentPage | None:
    if order.page is None:
        return None
    ref = Ref(PaymentPage, (order.account, order.page))
    return office.records.read(ref)[ref]


def _usable(
    order: TermOrder, page: PaymentPage | None, now: datetime
) -> PaymentPage | Refusal | _New:
    if order.state is not TermOrderState.OPEN:
        return Refusal(RefusalCode.ORDER_NOT_TO_BE_PAID)
    if order.under_way:
        return Refusal(RefusalCode.PAYMENT_UNDER_WAY)
    if page and page.serves(order.open_cents, now):
        return page
    end = page_end(now, order.pay_before)
    if end is None:
        return Refusal(RefusalCode.ORDER_NOT_TO_BE_PAID)
    if order.open_cents < LEAST_CENTS:
        return Refusal(RefusalCode.TOO_LITTLE_FOR_A_PAGE)
    return _New(page.attempt + 1 if page else 1, end)


def _kept(order: TermOrder, new: _New, made: MadePage) -> PaymentPage:
    return PaymentPage(
        order=order.number,
        account=order.account,
        session=made.session,
        url=made.url,
        amount_cents=order.open_cents,
        expires_at=new.end,
        attempt=new.attempt,
    )


def _wanted(order: TermOrder, new: _New, site: str) -> WantedPage:
    language, lines = order.language, order.quote.lines
    if order.paid_cents:
        on_it: tuple[PageLine, ...] = (
            PageLine(page_rest(order.number, language), order.open_cents),
        )
    else:
        on_it = tuple(
            PageLine(page_line(line, language), cents)
            for line, cents in zip(lines, gross_by_line(order.quote), strict=True)
        )
    return WantedPage(
        order=order.number,
        account=order.account,
        lines=on_it,
        currency=order.quote.currency,
        language=language,
        expires_at=new.end,
        key=f"{order.outbox_id}-{new.attempt}",
        site=site,
    )


# --- what the provider tells


@dataclass(frozen=True, slots=True)
class Noted:
    """`changed` is False for what was known, or is about a page that is none of ours."""

    changed: bool


def note_page(news: PageNews, office: Office) -> Noted:
    """A page goes forward only, so that events may come in any order, and twice."""
    return until_it_holds(lambda: _noted(news, office), office.pause, tries=RACES)


def _noted(news: PageNews, office: Office) -> Noted:
    order = order_of(news.order, office)
    if order is None:
        return Noted(changed=False)
    ref = Ref(PaymentPage, (order.account, news.session))
    page = office.records.read(ref)[ref]
    if page is None or not page.can_become(news.state):
        return Noted(changed=False)
    under_way = tuple(session for session in order.under_way if session != page.session)
    if news.state is PageState.UNDER_WAY:
        under_way = (*under_way, page.session)
    waits = () if under_way == order.under_way else (Put(replace(order, under_way=under_way)),)
    office.records.write(Put(replace(page, state=news.state)), *waits)
    return Noted(changed=True)
