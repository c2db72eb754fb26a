"""In-memory ports of payments."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from freischalt.account_ports import Page
from freischalt.domain.payment import Payment
from freischalt.domain.payment_page import PageState, PaymentPage, WantedPage
from freischalt.domain.term_order import Withdrawal
from freischalt.errors import ProviderFailed
from freischalt.payment_ports import MadePage, SessionTold
from tests.account_fakes import FakeRecords


@dataclass
class FakeAside:
    """Fits `AsidePayments`, beside the records that payments are committed to."""

    records: FakeRecords

    def pending(self, *, before: datetime) -> Iterable[Payment]:
        return [each for each in self.records.all(Payment) if each.waits]

    def page(self, *, after: str | None, limit: int) -> Page[Payment]:
        waiting = [each for each in self.records.all(Payment) if each.waits]
        start = int(after or 0)
        is_more = len(waiting) > start + limit
        return Page(waiting[start : start + limit], str(start + limit) if is_more else None)


@dataclass
class FakeWithdrawals:
    """Fits `OpenWithdrawals`, beside the records that declarations are committed to."""

    records: FakeRecords

    def unsettled(self, *, now: datetime) -> Iterable[Withdrawal]:
        return [one for one in self.records.all(Withdrawal) if not one.settled_at and one.at <= now]


@dataclass
class FakeOpenPages:
    """Fits `OpenPages`, beside the records that pages are kept in; all are in one part."""

    records: FakeRecords

    def pending(self, *, before: datetime, first: int = 0) -> Iterable[PaymentPage]:
        pages = self.records.all(PaymentPage)
        return [
            page for page in pages if page.state is not PageState.OVER and page.expires_at < before
        ]


@dataclass
class FakePages:
    """Fits `PaymentPages`: the same page for the same key; `told` is how sessions stand.

    `meanwhile` is what others do while a page is made; `asked` are sessions that were asked about.
    """

    wanted: list[WantedPage] = field(default_factory=list)
    told: dict[str, SessionTold] = field(default_factory=dict)
    is_down: bool = False
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def make(self, wanted: WantedPage) -> MadePage:
        if self.is_down:
            raise ProviderFailed("APIConnectionError None None")
        self.wanted.append(wanted)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return MadePage(f"cs_{wanted.key}", f"https://pay.example/{wanted.key}")

    def state_of(self, session: str, *, now: datetime) -> SessionTold:
        self.asked.append(session)
        if self.is_down:
            raise ProviderFailed("APIConnectionError None None")
        return self.told.get(session, SessionTold(PageState.OPEN))

    def expire(self, session: str) -> None:
        if self.told.get(session, SessionTold(PageState.OPEN)).state is not PageState.OPEN:
            raise ProviderFailed("InvalidRequestError 400 None")
        self.told[session] = SessionTold(PageState.OVER)
