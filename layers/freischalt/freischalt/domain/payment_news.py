"""What a payment provider tells by itself, read into our own terms."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from freischalt.domain.ids import OrderNumber, PaymentId
from freischalt.domain.payment_page import PageState
from freischalt.domain.receipt import Receipt

if TYPE_CHECKING:
    from freischalt.domain.setback import SetbackNews


@dataclass(frozen=True, slots=True)
class PageNews:
    """A page is over, or money for it is under way."""

    order: OrderNumber | None
    session: str
    state: PageState


@dataclass(frozen=True, slots=True)
class PaidNews:
    """Money is there, by this page."""

    receipt: Receipt
    page: PageNews


@dataclass(frozen=True, slots=True)
class RefundNews:
    """So much of a payment was given back in all, by now.

    `is_ours`: it was paid on a page of ours. Else the vendor may have other business there.
    """

    payment: PaymentId
    refunded_cents: int
    is_ours: bool = True


type News = PageNews | PaidNews | RefundNews | SetbackNews
