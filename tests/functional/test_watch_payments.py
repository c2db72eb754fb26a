"""Pages that are asked for twice, money whose event never came, and what waits for too long."""

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
from freischalt.use_cases.payment_pages import note_page, payment_page
from freischalt.use_cases.watch_payments import ask_for_lost_money, tell_of_overdue
from tests.account_fakes import FakeOffice, FakeUnpaidOrders
from tests.factories import ACCOUNT, NOON
from tests.functional.test_receive_payment import GROSS, a_receipt, a_shop, order_in, told
from tests.payment_fakes import FakeAside, FakePages
from tests.term_factories import ORDER, a_line, a_quote, a_term_order

SITE = "https://shop.example"


def paid_by(fake: FakeOffice, pages: FakePages, **later: float) -> PaymentPage | Refusal:
    now = NOON + timedelta(**later)
    return payment_page(ACCOUNT, ORDER, pages, fake.office, site=SITE, now=now)


def page_in(fake: FakeOffice) -> PaymentPage:
    return fake.records.get(PaymentPage, ACCOUNT, ORDER)


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
    del fake.records.things[PaymentPage, (ACCOUNT, ORDER)]

    paid_by(fake, pages, minutes=59)

    assert pages.wanted[0] == pages.wanted[1]


def test_two_at_once_get_one_page() -> None:
    fake, pages = a_shop(), FakePages()
    other: list[Any] = []
    pages.meanwhile.append(lambda: other.append(paid_by(fake, pages)))

    mine = paid_by(fake, pages)

    assert isinstance(mine, PaymentPage)
    assert mine.url == other[0].url
    assert page_in(fake).version <= 1


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
    note_page(PageNews(ORDER, first, PageState.OVER), fake.office)
    paid_by(fake, pages)

    assert not note_page(PageNews(ORDER, first, PageState.OVER), fake.office).changed
    assert not note_page(PageNews(None, first, PageState.OVER), fake.office).changed

    assert page_in(fake).state is PageState.OPEN
    assert page_in(fake).attempt == 2


def test_no_page_for_what_is_not_there_or_not_open_or_nearly_over() -> None:
    fake, pages = a_shop(), FakePages()

    assert paid_by(fake, pages, days=14) == Refusal(RefusalCode.ORDER_NOT_TO_BE_PAID)
    fake.records.put(a_term_order(state=TermOrderState.LAPSED))
    assert paid_by(fake, pages) == Refusal(RefusalCode.ORDER_NOT_TO_BE_PAID)
    fake.records.things.clear()
    assert paid_by(fake, pages) == Refusal(RefusalCode.NOT_FOUND)
    assert pages.wanted == []


# --- the watch


def ask(fake: FakeOffice, pages: FakePages, failed: list[str] | None = None) -> list[Any]:
    told_of = failed if failed is not None else []
    found: list[Any] = ask_for_lost_money(
        FakeUnpaidOrders(fake.records),
        pages,
        fake.office,
        now=NOON + timedelta(hours=1),
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
    fake.records.put(replace(payment, recorded_at=since))
    now = datetime.combine(today, datetime.min.time(), UTC) + timedelta(hours=12)

    found = tell_of_overdue(FakeAside(fake.records), fake.office, now=now)

    assert (found.waiting == [payment.id]) is overdue
    assert (found.told == [payment.id]) is overdue


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
