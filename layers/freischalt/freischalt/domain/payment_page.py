"""A page of a payment provider on which an order is paid: one at a time.

    open ──the customer has paid by something slow──▶ under way ──▶ over
      └──────────────── paid, failed, expired ───────────────────────┘

Whoever asks again gets the same page while it is open, and none while money is under way: nobody is
led to pay twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from freischalt.domain.ids import AccountNumber, OrderNumber
from freischalt.domain.quote import Quote
from freischalt.domain.user import Language

NEARLY_OVER = timedelta(minutes=5)
"""A page is not handed out for its last minutes."""

LONGEST, SHORTEST = timedelta(hours=24), timedelta(minutes=30)
"""How long a Checkout Session can be open, by Stripe's rules."""


LEAST_CENTS = 50
"""Stripe charges no less in euro."""


class PageState(StrEnum):
    OPEN = "open"
    UNDER_WAY = "under_way"
    OVER = "over"


FORWARD = (PageState.OPEN, PageState.UNDER_WAY, PageState.OVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPage:
    """`session` is the provider's id of it; `attempt` counts the pages of an order."""

    order: OrderNumber
    account: AccountNumber
    session: str
    url: str
    amount_cents: int
    expires_at: datetime
    attempt: int = 1
    state: PageState = PageState.OPEN
    version: int = 0

    def serves(self, amount_cents: int, now: datetime) -> bool:
        """Whether it can still be used to pay exactly that."""
        fits = self.state is PageState.OPEN and self.amount_cents == amount_cents
        return fits and now < self.expires_at - NEARLY_OVER

    def can_become(self, state: PageState) -> bool:
        """Events come in any order; a page never goes back."""
        return FORWARD.index(state) > FORWARD.index(self.state)


@dataclass(frozen=True, slots=True)
class PageLine:
    """What is paid for, and how much of the gross amount it is."""

    text: str
    gross_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPage:
    """What a provider makes a page of. `key` is the same for the same page.

    `site` is where the customer comes back to: `/payments/done` or `/payments/cancelled` there.
    """

    order: OrderNumber
    account: AccountNumber
    lines: tuple[PageLine, ...]
    currency: str
    language: Language
    expires_at: datetime
    key: str
    site: str


def page_end(now: datetime, pay_before: datetime) -> datetime | None:
    """When a page that is made now is over; None if the time to pay is too short for one.

    By whole hours: whoever asks twice asks for the same, and the provider knows it again.
    """
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    end = min(this_hour + LONGEST - timedelta(minutes=1), pay_before)
    return end if end - now > SHORTEST + NEARLY_OVER else None


def gross_by_line(quote: Quote) -> list[int]:
    """Cents of each line with VAT; they add up to the quote's gross, to the cent.

    A line's VAT is what the VAT on all lines so far grows by, so no rounding is lost.
    """
    gross, net_so_far = [], 0
    for line in quote.lines:
        before = net_so_far + quote.vat.of(net_so_far)
        net_so_far += line.net_cents
        gross.append(net_so_far + quote.vat.of(net_so_far) - before)
    return gross
