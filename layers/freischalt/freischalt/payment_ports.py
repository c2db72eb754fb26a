"""What payments need from the world, beside `account_ports`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from freischalt.account_ports import Page
from freischalt.domain.payment import Payment
from freischalt.domain.payment_page import PageState, PaymentPage, WantedPage
from freischalt.domain.receipt import Receipt


@dataclass(frozen=True, slots=True)
class MadePage:
    """`session` is the provider's id of the page."""

    session: str
    url: str


@dataclass(frozen=True, slots=True)
class SessionTold:
    """How a page stands at its provider; `receipt` is there once its money is."""

    state: PageState
    receipt: Receipt | None = None


class PaymentPages(Protocol):
    """A payment provider, asked by us."""

    def make(self, wanted: WantedPage) -> MadePage:
        """The same page for the same key. Raises ProviderFailed."""

    def state_of(self, session: str, *, now: datetime) -> SessionTold:
        """Money that is found there counts as received now. Raises ProviderFailed."""

    def expire(self, session: str) -> None:
        """Nobody can pay on it any more. Raises ProviderFailed, also if somebody has meanwhile."""


class OpenPages(Protocol):
    """Pages on which money may still come, or is under way; reads only those."""

    def pending(self, *, before: datetime, first: int = 0) -> Iterable[PaymentPage]:
        """Those that are to be over before that moment, from the part `first` of them on."""


class AsidePayments(Protocol):
    """Money that was put aside or taken back, until an operator has looked; reads only that."""

    def pending(self, *, before: datetime) -> Iterable[Payment]:
        """Recorded before that moment."""

    def page(self, *, after: str | None, limit: int) -> Page[Payment]:
        """Some of it, from the place `after` on."""
