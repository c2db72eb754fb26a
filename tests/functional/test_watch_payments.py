"""Pages that are asked for twice, money whose event never came, and what waits for too long."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from freischalt.domain.notice import NoticeKind
from freischalt.domain.payment import Mismatch, Payment
from freischalt.domain.payment_news import PageNews
from freischalt.domain.payment_page import PageState, PaymentPage
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language
from freischalt.errors import ProviderFailed
from freischalt.payment_ports import SessionTold
from freischalt.use_cases.lapsing import lapse_orders
from freischalt.use_cases.payment_pages import note_page, payment_page
from freischalt.use_cases.term_orders import cancel_term_order
from freischalt.use_cases.watch_payments import ask_for_lost_money, tell_of_overdue
from tests.account_factories import a_request
from tests.account_fakes import FakeOffice, FakeUnpaidOrders
from tests.factories import ACCOUNT, NOON
from tests.functional.test_receive_payment import GROSS, a_receipt, a_shop, order_in, told
from tests.payment_fakes import FakeAside, FakeOpenPages, FakePages
from tests.term_factories import ORDER, a_line, a_payment_page, a_quote, a_term_order

SITE = "https://shop.example"


def paid_by(fake: FakeOffice, pages: FakePages, **later: float) -> PaymentPage | Refusal:
    now = NOON + timedelta(**later)
    return payment_page(ACCOUNT, ORDER, pages, fake.office, site=SITE, now=now)


def page_in(fake: FakeOffice) -> PaymentPage:
    """The last one of the order."""
    session = order_in(fake).page
    assert session
    return fake.records.get(PaymentPage, ACCOUNT, session)


# --- pages


def test_the_page_is_the_same_while_it_is_open_and_stripe_is_asked_once() -> None:
    fake, pages = a_shop(), FakePages()

    first = paid_by(fake, pages)
    again = paid_by(fake, pages, hours=20)
    next_day = paid_by(fake, pages, hours=25)

    assert isinstance(first, PaymentPage)
    assert isinstance(again, PaymentPage)
    assert isinstance(next_day, PaymentPage)
    assert first.url == again.url != next_day.url
    assert [wanted.key for wanted in pages.wanted] == ["o1-1", "o1-2"]
    assert pages.wanted[0].site == SITE


def test_after_a_crash_the_very_same_page_is_asked_for() -> None:
    fake, pages = a_shop(), FakePages()
    paid_by(fake, pages)
    fake.records.put(a_term_order(version=order_in(fake).version + 1))
    del fake.records.things[PaymentPage, (ACCOUNT, "cs_o1-1")]

    paid_by(fake, pages, minutes=59)

    assert pages.wanted[0] == pages.wanted[1]


def test_two_at_once_get_one_page() -> None:
    fake, pages = a_shop(), FakePages()
    other: list[Any] = []
    pages.meanwhile.append(lambda: other.append(paid_by(fake, pages)))

    mine = paid_by(fake, pages)

    assert isinstance(mine, PaymentPage)
    assert mine.url == other[0].url
    assert len(fake.records.all(PaymentPage)) == 1


def test_no_page_for_an_order_that_was_paid_while_it_was_made() -> None:
    fake, pages = a_shop(), FakePages()
    pages.meanwhile.append(lambda: told(fake, a_receipt()))

    assert paid_by(fake, pages) == Refusal(RefusalCode.ORDER_NOT_TO_BE_PAID)

    assert fake.records.all(PaymentPage) == []


def test_what_is_too_little_for_a_page_is_to_be_transferred() -> None:
    fake, pages = a_shop(), FakePages()
    told(fake, a_receipt("bank:1", amount_cents=GROSS - 49))
    assert paid_by(fake, pages) == Refusal(RefusalCode.TOO_LITTLE_FOR_A_PAGE)
    assert pages.wanted == []

    fake = a_shop()
    told(fake, a_receipt("bank:1", amount_cents=GROSS - 50))
    assert isinstance(paid_by(fake, pages), PaymentPage)


def test_what_is_on_the_page_is_the_orders_gross_to_the_cent_in_its_language() -> None:
    lines = (a_line(list_cents=33), a_line(plant=f"{ACCOUNT}-2", list_cents=33, name="Nord"))
    order = a_term_order(quote=a_quote(*lines), language=Language.ENGLISH)
    fake, pages = a_shop(order), FakePages()

    paid_by(fake, pages)

    (wanted,) = pages.wanted
    assert [line.text for line in wanted.lines] == [
        "Licence for 365 days: Dach Süd",
        "Licence for 365 days: Nord",
    ]
    assert sum(line.gross_cents for line in wanted.lines) == order.gross_cents


def test_after_a_part_the_page_is_for_the_rest() -> None:
    fake, pages = a_shop(), FakePages()
    paid_by(fake, pages)
    told(fake, a_receipt(amount_cents=1_000))

    page = paid_by(fake, pages)

    assert isinstance(page, PaymentPage)
    assert page.amount_cents == GROSS - 1_000
    (line,) = pages.wanted[-1].lines
    assert (line.text, line.gross_cents) == (f"Restbetrag der Bestellung {ORDER}", GROSS - 1_000)


def test_events_of_an_earlier_page_leave_the_new_one_alone() -> None:
    fake, pages = a_shop(), FakePages()
    paid_by(fake, pages)
    first = page_in(fake).session
    assert note_page(PageNews(ORDER, first, PageState.OVER), fake.office).changed
    paid_by(fake, pages)

    assert not note_page(PageNews(ORDER, first, PageState.OVER), fake.office).changed
    assert not note_page(PageNews(None, first, PageState.OVER), fake.office).changed

    assert page_in(fake).state is PageState.OPEN
    assert page_in(fake).attempt == 2


def test_no_page_for_what_is_not_there_or_not_open_or_nearly_over() -> None:
    fake, pages = a_shop(), FakePages()

    assert isinstance(paid_by(fake, pages, days=14), PaymentPage)  # it may be paid all that day
    assert paid_by(fake, pages, days=15) == Refusal(RefusalCode.ORDER_NOT_TO_BE_PAID)
    fake.records.put(a_term_order(state=TermOrderState.LAPSED))
    assert paid_by(fake, pages) == Refusal(RefusalCode.ORDER_NOT_TO_BE_PAID)
    fake.records.things.clear()
    assert paid_by(fake, pages) == Refusal(RefusalCode.NOT_FOUND)
    assert len(pages.wanted) == 1


# --- the watch


def ask(
    fake: FakeOffice,
    pages: FakePages,
    failed: list[str] | None = None,
    may_go_on: Callable[[], bool] = lambda: True,
) -> list[Any]:
    told_of = failed if failed is not None else []
    found: list[Any] = ask_for_lost_money(
        FakeOpenPages(fake.records),
        pages,
        fake.office,
        now=NOON + timedelta(hours=1),
        may_go_on=may_go_on,
        failed=lambda what, _: told_of.append(what),
    )
    return found


def test_lost_money_is_found_once() -> None:
    fake, pages = a_shop(), FakePages()
    paid_by(fake, pages)
    pages.told[page_in(fake).session] = SessionTold(PageState.OVER, a_receipt())

    assert ask(fake, pages) == [ORDER]
    assert ask(fake, pages) == []
    assert not told(fake, a_receipt()).is_news  # the event that comes after all

    assert order_in(fake).state is TermOrderState.ACTIVE
    assert order_in(fake).paid_cents == GROSS
    assert page_in(fake).state is PageState.OVER


ENDS: dict[str, Callable[[FakeOffice], object]] = {
    "cancelled": lambda fake: cancel_term_order(ACCOUNT, ORDER, fake.office, a_request()),
    "lapsed": lambda fake: lapse_orders(
        FakeUnpaidOrders(fake.records), fake.office, now=order_in(fake).lapses_at
    ),
    "paid by transfer": lambda fake: told(fake, a_receipt("bank:1")),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_money_for_an_order_that_is_over_is_found_too(end: Callable[[FakeOffice], object]) -> None:
    fake, pages = a_shop(), FakePages()
    paid_by(fake, pages)
    end(fake)
    assert order_in(fake).state is not TermOrderState.OPEN
    late = a_receipt("stripe:pi_9", received_at=order_in(fake).lapses_at)
    pages.told[page_in(fake).session] = SessionTold(PageState.OVER, late)

    assert ask(fake, pages) == [ORDER]

    assert fake.records.get(Payment, "stripe:pi_9").mismatch is Mismatch.ORDER_NOT_OPEN
    assert page_in(fake).state is PageState.OVER


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_page_of_an_order_that_is_over_is_closed(end: Callable[[FakeOffice], object]) -> None:
    fake, pages = a_shop(), FakePages()
    paid_by(fake, pages)
    ask(fake, pages)
    assert page_in(fake).state is PageState.OPEN
    end(fake)

    ask(fake, pages)

    assert page_in(fake).state is PageState.OVER
    assert pages.told[page_in(fake).session] == SessionTold(PageState.OVER)


def test_money_by_an_earlier_page_is_found_and_what_is_not_used_is_closed() -> None:
    fake, pages = a_shop(), FakePages()
    paid_by(fake, pages)
    first = page_in(fake).session
    told(fake, a_receipt("bank:1", amount_cents=100))
    paid_by(fake, pages)
    second = page_in(fake).session
    pages.told[first] = SessionTold(PageState.OVER, a_receipt("stripe:pi_9"))

    assert ask(fake, pages) == [ORDER]

    assert fake.records.get(Payment, "stripe:pi_9").mismatch is Mismatch.TOO_MUCH
    ask(fake, pages)
    assert pages.told[second] == SessionTold(PageState.OVER)
    assert ask(fake, pages) == []
    assert {page.state for page in fake.records.all(PaymentPage)} == {PageState.OVER}


def under_way(fake: FakeOffice, session: str, state: PageState = PageState.UNDER_WAY) -> None:
    assert note_page(PageNews(ORDER, session, state), fake.office).changed


def test_while_money_is_under_way_by_any_page_an_order_is_neither_cancelled_nor_lapses() -> None:
    fake, pages = a_shop(), FakePages()
    paid_by(fake, pages)
    first = page_in(fake).session
    told(fake, a_receipt("bank:1", amount_cents=100))
    paid_by(fake, pages)
    fake.records.put(replace(order_in(fake), paid_cents=0))
    under_way(fake, first)

    assert paid_by(fake, pages) == Refusal(RefusalCode.PAYMENT_UNDER_WAY)
    refused = cancel_term_order(ACCOUNT, ORDER, fake.office, a_request())
    assert refused == Refusal(RefusalCode.PAYMENT_UNDER_WAY)
    unpaid, lapses_at = FakeUnpaidOrders(fake.records), order_in(fake).lapses_at
    assert lapse_orders(unpaid, fake.office, now=lapses_at) == []

    under_way(fake, first, PageState.OVER)
    assert lapse_orders(unpaid, fake.office, now=lapses_at) == [ORDER]


def test_while_the_provider_is_down_three_are_asked_about_and_when_time_is_up_none() -> None:
    fake, pages = a_shop(), FakePages()
    for number in range(9):
        fake.records.put(a_payment_page(session=f"cs_{number}"))
    pages.is_down = True

    failed: list[str] = []
    ask(fake, pages, failed)
    assert len(pages.asked) == len(failed) == 3

    pages.is_down = False
    ask(fake, pages, may_go_on=lambda: len(pages.asked) < 5)
    assert len(pages.asked) == 5


def test_a_page_that_is_over_is_asked_about_no_more() -> None:
    fake, pages = a_shop(), FakePages()
    paid_by(fake, pages)
    pages.told[page_in(fake).session] = SessionTold(PageState.OVER)
    ask(fake, pages)
    pages.is_down = True

    failed: list[str] = []
    assert ask(fake, pages, failed) == []
    assert failed == []


def test_without_the_provider_the_order_is_named() -> None:
    fake, pages = a_shop(), FakePages()
    paid_by(fake, pages)
    pages.is_down = True

    failed: list[str] = []
    ask(fake, pages, failed)

    assert failed == [ORDER]
    with pytest.raises(ProviderFailed):
        pages.state_of("any", now=NOON)


THURSDAY = datetime(2026, 12, 24, 9, tzinfo=UTC)  # Friday is Christmas, Saturday St Stephen's
LATE: list[tuple[datetime, date, bool]] = [
    (NOON, date(2026, 11, 25), False),  # of a Sunday: Monday, Tuesday, Wednesday
    (NOON, date(2026, 11, 26), True),
    (datetime(2026, 11, 20, 9, tzinfo=UTC), date(2026, 11, 25), False),
    (THURSDAY, date(2026, 12, 30), False),
    (THURSDAY, date(2026, 12, 31), True),
    (datetime(2027, 1, 4, 9, tzinfo=UTC), date(2027, 1, 8), False),  # Epiphany in Baden-W.
    (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), date(2026, 11, 25), False),  # Saturday in Vienna
]


@pytest.mark.parametrize(("since", "today", "overdue"), LATE)
def test_three_working_days(since: datetime, today: date, *, overdue: bool) -> None:
    fake = a_shop(a_term_order(state=TermOrderState.CANCELLED))
    told(fake, a_receipt())
    payment = fake.records.get(Payment, "stripe:pi_1")
    fake.records.put(replace(payment, received_at=since, recorded_at=since))
    now = datetime.combine(today, datetime.min.time(), UTC) + timedelta(hours=12)

    found = tell_of_overdue(FakeAside(fake.records), fake.office, now=now)

    assert (found.waiting == [payment.id]) is overdue
    assert (found.told == [payment.id]) is overdue


def test_a_transfer_waits_since_it_came_not_since_it_was_recorded() -> None:
    fake = a_shop(a_term_order(state=TermOrderState.CANCELLED))
    told(fake, a_receipt(received_at=NOON - timedelta(days=9)))

    found = tell_of_overdue(FakeAside(fake.records), fake.office, now=NOON + timedelta(hours=1))

    assert found.told == ["stripe:pi_1"]
    (mail,) = fake.told(NoticeKind.PAYMENT_OVERDUE)
    assert mail.details["since"] == "2026-11-13"


def test_the_vendor_is_told_once_and_the_alarm_lasts_until_it_is_settled() -> None:
    fake = a_shop(a_term_order(state=TermOrderState.CANCELLED))
    told(fake, a_receipt())
    aside, later = FakeAside(fake.records), NOON + timedelta(days=10)

    runs = [tell_of_overdue(aside, fake.office, now=later) for _ in range(3)]

    assert [len(run.waiting) for run in runs] == [1, 1, 1]
    assert [len(run.told) for run in runs] == [1, 0, 0]
    (mail,) = fake.told(NoticeKind.PAYMENT_OVERDUE)
    assert mail.to == "rechnung@example.com"
    assert mail.details["amount"] == "58,31"
    assert mail.details["why"] == Mismatch.ORDER_NOT_OPEN
    payment = fake.records.get(Payment, "stripe:pi_1")
    fake.records.put(replace(payment, settled_at=later, settled_by="operator:o"))
    assert tell_of_overdue(aside, fake.office, now=later).waiting == []
