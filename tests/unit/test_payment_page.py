"""Payment pages: what is on them, how long they serve, and that they never go back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freischalt.domain.payment_page import (
    LONGEST,
    SHORTEST,
    PageState,
    PaymentPage,
    gross_by_line,
    page_end,
)
from freischalt.domain.vat_charge import VatCharge, VatRule
from tests.factories import ACCOUNT, NOON
from tests.term_factories import ORDER, a_line, a_quote

PAGE = PaymentPage(
    order=ORDER,
    account=ACCOUNT,
    session="cs_test_1",
    url="https://pay.example/cs_test_1",
    amount_cents=5_831,
    expires_at=NOON + timedelta(hours=20),
)


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=20),
    st.sampled_from([0, 700, 1_900, 2_550, 2_700]),
)
def test_lines_with_vat_add_up_to_the_cent(prices: list[tuple[int, int]], rate: int) -> None:
    lines = [a_line(list_cents=a + b, credit_cents=b) for a, b in prices]
    quote = a_quote(*lines, vat=VatCharge(VatRule.DOMESTIC, "DE", rate))

    gross = gross_by_line(quote)

    assert sum(gross) == quote.gross_cents
    for line, cents in zip(lines, gross, strict=True):
        assert abs(cents - line.net_cents - quote.vat.of(line.net_cents)) <= 1
        assert cents >= line.net_cents


@given(st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)), st.integers(-60, 14 * 24 * 60))  # noqa: DTZ001
def test_a_page_ends_as_stripe_allows_and_in_the_time_to_pay(at: datetime, minutes: int) -> None:
    now = at.replace(tzinfo=UTC)
    pay_before = now + timedelta(minutes=minutes)

    end = page_end(now, pay_before)

    if end is None:
        assert pay_before - now <= SHORTEST + timedelta(minutes=5)
    else:
        assert SHORTEST < end - now <= LONGEST
        assert end <= pay_before


def test_whoever_asks_twice_within_the_hour_gets_the_same_end() -> None:
    far = NOON + timedelta(days=14)

    assert page_end(NOON, far) == page_end(NOON + timedelta(minutes=59), far)


@pytest.mark.parametrize(
    ("amount", "minutes", "state", "serves"),
    [
        (5_831, 0, PageState.OPEN, True),
        (5_831, 20 * 60 - 6, PageState.OPEN, True),
        (5_831, 20 * 60 - 5, PageState.OPEN, False),
        (831, 0, PageState.OPEN, False),
        (5_831, 0, PageState.UNDER_WAY, False),
        (5_831, 0, PageState.OVER, False),
    ],
)
def test_when_a_page_still_serves(
    amount: int, minutes: int, state: PageState, *, serves: bool
) -> None:
    page = replace(PAGE, state=state)

    assert page.serves(amount, NOON + timedelta(minutes=minutes)) is serves


def test_a_page_never_goes_back() -> None:
    steps = [(a, b) for a in PageState for b in PageState if _at(a).can_become(b)]

    assert steps == [
        (PageState.OPEN, PageState.UNDER_WAY),
        (PageState.OPEN, PageState.OVER),
        (PageState.UNDER_WAY, PageState.OVER),
    ]


def _at(state: PageState) -> PaymentPage:
    return replace(PAGE, state=state)
