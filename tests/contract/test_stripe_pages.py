"""Payment pages and events by Stripe's own library, over HTTP, at the stand-in."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from stripe import Dispute

from freischalt.adapters.stripe_pages import StripePages
from freischalt.adapters.stripe_setbacks import OF_DISPUTES
from freischalt.adapters.stripe_signature import TOLERANCE_SECONDS, StripeSignature
from freischalt.adapters.stripe_wire import news_of
from freischalt.domain.payment import PaymentProvider
from freischalt.domain.payment_news import News, PageNews, PaidNews, RefundNews
from freischalt.domain.payment_page import PageLine, PageState, WantedPage
from freischalt.domain.setback import SetbackNews, SetbackState
from freischalt.domain.user import Language
from freischalt.errors import ProviderFailed
from freischalt.payment_ports import SessionTold
from local.stripe_service import app
from local.stripe_wire import signature
from tests.factories import ACCOUNT
from tests.local.live import serving
from tests.term_factories import ORDER

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY, SECRET = "sk_test_stand_in", "whsec_stand_in"  # no secrets: the stand-in's


@dataclass
class Shop:
    """The stand-in, our adapter, and a product's webhook that hears everything."""

    url: str
    heard: list[tuple[bytes, str]]
    answers: list[int]
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """By the clock of the local stack, which may be put forward."""
        return datetime.now(UTC).replace(microsecond=0) + self.ahead

    def pages(self, key: str = KEY) -> StripePages:
        return StripePages(lambda: key, api=self.url)

    def pay(self, session: str, choice: str = "card") -> Any:
        answer = httpx.post(f"{self.url}/_pages/{session}", json={"choice": choice})
        return answer.raise_for_status().json()

    def outcome(self, session: str, outcome: str) -> None:
        asked = {"outcome": outcome}
        httpx.post(f"{self.url}/_pages/{session}/outcome", json=asked).raise_for_status()

    def order(self, **order: Any) -> None:
        httpx.post(f"{self.url}/_orders", json=order).raise_for_status()

    def shown(self, session: str) -> Any:
        return httpx.get(f"{self.url}/_pages/{session}").raise_for_status().json()

    def news(self, count: int) -> list[News | None]:
        """What was told, each checked by its signature; waits for so many."""
        deadline = time.monotonic() + 5
        while len(self.heard) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        signed = StripeSignature(lambda: SECRET)
        assert all(signed.is_on(body, header) for body, header in self.heard)
        assert len(self.heard) == count
        return [news_of(body) for body, _ in self.heard]


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop("", [], [])

    async def hear(request: Request) -> Response:
        shop.heard.append((await request.body(), request.headers["stripe-signature"]))
        return Response(status_code=shop.answers.pop(0) if shop.answers else 200)

    product = Starlette(routes=[Route("/payments/stripe", hear, methods=["POST"])])
    with serving(product) as (webhook,):
        stand_in = app(
            f"{webhook}/payments/stripe",
            key=KEY,
            secret=SECRET,
            page=lambda id_: f"https://pay.example/c/pay/{id_}",
            now=lambda: shop.now().timestamp(),
        )
        with serving(stand_in) as (shop.url,):
            yield shop


def wanted(**changes: Any) -> WantedPage:
    fields = {
        "order": ORDER,
        "account": ACCOUNT,
        "lines": (PageLine("Dach Süd & Nord", 5_000), PageLine("Umsonst", 0), PageLine("x", 831)),
        "currency": "EUR",
        "language": Language.GERMAN,
        "expires_at": datetime.now(UTC).replace(microsecond=0) + timedelta(hours=23),
        "key": "o1-1",
        "site": "https://shop.example",
    }
    return WantedPage(**{**fields, **changes})


def test_a_page_says_what_is_paid_for_and_nothing_of_who_pays(shop: Shop) -> None:
    page = wanted()

    made = shop.pages().make(page)

    shown = shop.shown(made.session)
    assert made.session.startswith("cs_test_")
    assert made.url == f"https://pay.example/c/pay/{made.session}"
    assert shown["amount_total"] == 5_831
    assert shown["currency"] == "eur"
    assert shown["lines"][0] == {"text": "Dach Süd & Nord", "cents": 5_000}
    assert shown["client_reference_id"] == ORDER
    assert shown["metadata"] == {"order": ORDER, "account": ACCOUNT}
    assert shown["locale"] == "de"
    assert shown["expires_at"] == int(page.expires_at.timestamp())
    assert shown["customer_email"] is None
    assert shown["success_url"] == "https://shop.example/payments/done"


def test_the_same_asked_again_is_the_same_page_and_another_is_another(shop: Shop) -> None:
    page, pages = wanted(), shop.pages()

    first = pages.make(page)

    assert shop.pages().make(page) == first
    assert pages.make(replace(page, key="o1-2")).session != first.session
    other = pages.make(replace(page, lines=(PageLine("Rest", 831),)))
    assert other.session != first.session  # and no quarrel about the key


def test_a_paid_session_becomes_one_receipt(shop: Shop) -> None:
    made = shop.pages().make(wanted())

    answer = shop.pay(made.session)

    (news,) = shop.news(1)
    assert answer["to"] == "https://shop.example/payments/done"
    assert isinstance(news, PaidNews)
    receipt = news.receipt
    assert receipt.id == f"stripe:{receipt.reference}"
    assert receipt.reference.startswith("pi_")
    assert (receipt.amount_cents, receipt.currency) == (5_831, "EUR")
    assert (receipt.order, receipt.provider) == (ORDER, PaymentProvider.STRIPE)
    assert news.page == PageNews(ORDER, made.session, PageState.OVER)
    asked = shop.pages().state_of(made.session, now=NOW)
    assert asked.state is PageState.OVER
    assert asked.receipt
    assert asked.receipt == replace(receipt, received_at=NOW)


def test_after_a_step_of_the_clock_a_page_is_made_and_its_money_is_of_that_day(shop: Shop) -> None:
    shop.ahead = timedelta(days=400)
    expires_at = shop.now() + timedelta(hours=23)

    made = shop.pages().make(wanted(expires_at=expires_at))
    shop.pay(made.session)

    (news,) = shop.news(1)  # whose signature is of the real time, as its age is judged by that
    assert isinstance(news, PaidNews)
    assert shop.now() - news.receipt.received_at < timedelta(minutes=1)


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_slow_money_is_under_way_until_it_is_there_or_not(shop: Shop, outcome: str) -> None:
    pages = shop.pages()
    made = pages.make(wanted())

    shop.pay(made.session, "slow")
    assert shop.news(1) == [PageNews(ORDER, made.session, PageState.UNDER_WAY)]
    assert pages.state_of(made.session, now=NOW).state is PageState.UNDER_WAY

    shop.outcome(made.session, outcome)
    news = shop.news(2)[1]
    if outcome == "succeeded":
        assert isinstance(news, PaidNews)
        assert pages.state_of(made.session, now=NOW).receipt
    else:
        assert news == PageNews(ORDER, made.session, PageState.OVER)
        assert pages.state_of(made.session, now=NOW) == SessionTold(PageState.OVER)
        assert shop.shown(made.session)["status"] == "complete"  # as Stripe leaves it


def test_a_session_that_nobody_has_used_is_open_then_expired(shop: Shop) -> None:
    pages = shop.pages()
    made = pages.make(wanted())

    assert shop.pay(made.session, "cancel")["to"] == "https://shop.example/payments/cancelled"
    assert pages.state_of(made.session, now=NOW).state is PageState.OPEN
    pages.expire(made.session)

    assert shop.news(1) == [PageNews(ORDER, made.session, PageState.OVER)]
    assert pages.state_of(made.session, now=NOW).state is PageState.OVER


def test_a_page_that_somebody_has_paid_on_meanwhile_is_not_closed(shop: Shop) -> None:
    pages = shop.pages()
    made = pages.make(wanted())
    shop.pay(made.session)

    with pytest.raises(ProviderFailed, match="InvalidRequestError 400"):
        pages.expire(made.session)

    assert pages.state_of(made.session, now=NOW).receipt


def test_money_given_back_names_its_payment(shop: Shop) -> None:
    made = shop.pages().make(wanted())
    shop.pay(made.session)
    (paid,) = shop.news(1)
    assert isinstance(paid, PaidNews)

    for cents in ("100", ""):
        form = {"payment_intent": paid.receipt.reference, **({"amount": cents} if cents else {})}
        key = {"Authorization": f"Bearer {KEY}"}
        httpx.post(f"{shop.url}/v1/refunds", data=form, headers=key).raise_for_status()

    news = shop.news(3)[1:]
    assert {each for each in news if isinstance(each, RefundNews)} == {
        RefundNews(paid.receipt.id, 100),
        RefundNews(paid.receipt.id, 5_831),
    }


def paid(shop: Shop) -> PaidNews:
    shop.pay(shop.pages().make(wanted()).session)
    (news,) = shop.news(1)
    assert isinstance(news, PaidNews)
    return news


def test_a_bank_asks_disputes_and_decides(shop: Shop) -> None:
    """Each of Stripe's events has all of it, whatever it is called."""
    receipt = paid(shop).receipt
    moves = ("ask", "dispute", "win", "lose")
    counts = (1, 1, 2, 1)  # with those of the money that moves

    for number, move in enumerate(moves):
        path = f"{shop.url}/_payments/{receipt.reference}"
        httpx.post(path, json={"move": move}).raise_for_status()
        shop.news(1 + sum(counts[: number + 1]))

    told = [each for each in shop.news(6) if isinstance(each, SetbackNews)]
    assert {each.payment for each in told} == {receipt.id}
    assert {each.setback.id for each in told} == {told[0].setback.id}
    assert told[0].setback.id.startswith("du_")
    assert {(each.setback.amount_cents, each.setback.currency) for each in told} == {(5_831, "EUR")}
    assert [each.setback.state.value for each in told] == [
        "inquiry",
        "disputed",
        "over",
        "over",
        "lost",
    ]
    first = told[0].setback
    assert first.answer_by
    assert first.answer_by - first.at == timedelta(days=7)
    assert first.reason == "fraudulent"


def test_a_refund_that_fails_names_its_payment_and_can_be_made_anew(shop: Shop) -> None:
    receipt = paid(shop).receipt
    form, key = {"payment_intent": receipt.reference}, {"Authorization": f"Bearer {KEY}"}

    for count in (2, 4):
        made = httpx.post(f"{shop.url}/v1/refunds", data=form, headers=key).raise_for_status()
        shop.news(count)
        path = f"{shop.url}/_refunds/{made.json()['id']}/failure"
        httpx.post(path, json={}).raise_for_status()
        shop.news(count + 1)

    first, second = (each for each in shop.news(5) if isinstance(each, SetbackNews))
    assert first.payment == second.payment == receipt.id
    assert first.setback.id != second.setback.id
    assert first.setback.state is SetbackState.REFUND_FAILED
    assert (first.setback.amount_cents, first.setback.answer_by) == (5_831, None)
    assert first.setback.reason == "expired_or_canceled_card"


@pytest.mark.parametrize(
    ("kind", "status", "is_told"),
    [
        ("refund.failed", "failed", True),
        ("refund.updated", "canceled", True),
        ("charge.refund.updated", "failed", True),
        ("refund.created", "pending", False),
        ("refund.updated", "requires_action", False),
        ("refund.updated", "succeeded", False),
    ],
)
def test_which_refunds_have_failed(kind: str, status: str, *, is_told: bool) -> None:
    about = {
        "id": "re_1",
        "object": "refund",
        "amount": 1,
        "currency": "eur",
        "payment_intent": {"id": "pi_1", "object": "payment_intent"},  # expanded, or not
        "status": status,
    }
    body = json.dumps({"type": kind, "created": 1_795_341_600, "data": {"object": about}})

    assert isinstance(news_of(body.encode()), SetbackNews) is is_told


def test_every_status_of_a_dispute_that_stripes_library_knows_is_read() -> None:
    known = {one for part in get_args(Dispute.__annotations__["status"]) for one in get_args(part)}

    assert OF_DISPUTES.keys() == known


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("lost", SetbackState.LOST, "fraudulent"),
        ("in_arbitration", SetbackState.DISPUTED, "fraudulent (in_arbitration)"),
    ],
)
def test_a_dispute_of_a_status_that_is_new_waits_for_an_operator_who_reads_it(
    status: str, state: SetbackState, reason: str
) -> None:
    about = {
        "id": "du_1",
        "object": "dispute",
        "amount": 1,
        "currency": "eur",
        "payment_intent": "pi_1",
        "status": status,
        "reason": "fraudulent",
    }
    event = {"type": "charge.dispute.updated", "created": 1_795_341_600, "data": {"object": about}}

    news = news_of(json.dumps(event).encode())

    assert isinstance(news, SetbackNews)
    assert (news.setback.state, news.setback.reason) == (state, reason)


@pytest.mark.parametrize("manner", ["twice", "before"])
def test_events_come_as_ordered(shop: Shop, manner: str) -> None:
    shop.order(manner=manner)
    made = shop.pages().make(wanted())

    shop.pay(made.session)

    if manner == "before":
        assert len(shop.heard) == 1
    news = shop.news(2 if manner == "twice" else 1)
    assert len({str(each) for each in news}) == 1


def test_an_event_is_told_until_it_is_taken(shop: Shop) -> None:
    shop.answers.extend([500, 503])
    made = shop.pages().make(wanted())

    shop.pay(made.session)

    shop.news(3)
    (told,) = httpx.get(f"{shop.url}/_events").json()
    assert told["answers"] == [500, 503, 200]


def test_one_that_never_comes_is_found_when_asked_for(shop: Shop) -> None:
    shop.order(manner="never")
    made = shop.pages().make(wanted())

    shop.pay(made.session)

    shop.news(0)
    assert shop.pages().state_of(made.session, now=NOW).receipt


@pytest.mark.parametrize(
    ("changes", "key", "told"),
    [
        ({}, "sk_test_wrong", "AuthenticationError 401"),
        ({"lines": (PageLine("x", 49),)}, KEY, "InvalidRequestError 400 amount_too_small"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, KEY, "InvalidRequestError 400"),
    ],
)
def test_what_stripe_refuses_is_named_by_its_code(
    shop: Shop, changes: dict[str, Any], key: str, told: str
) -> None:
    with pytest.raises(ProviderFailed, match=told):
        shop.pages(key).make(wanted(**changes))


def test_an_unknown_session_is_refused(shop: Shop) -> None:
    with pytest.raises(ProviderFailed, match="InvalidRequestError 404 resource_missing"):
        shop.pages().state_of("cs_test_nobodys", now=NOW)


@pytest.mark.parametrize("down", ["503", "cut"])
def test_a_moment_without_stripe_is_survived_a_longer_one_is_told(shop: Shop, down: str) -> None:
    page, pages = wanted(), shop.pages()

    shop.order(down=down, times=1)
    made = pages.make(page)
    shop.order(down=down, times=5)
    with pytest.raises(ProviderFailed):
        pages.make(page)
    httpx.delete(f"{shop.url}/_orders")

    assert pages.make(page) == made


def test_nobody_listens_at_all() -> None:
    pages = StripePages(lambda: KEY, api="http://127.0.0.1:9")

    with pytest.raises(ProviderFailed, match="APIConnectionError"):
        pages.make(wanted())


# --- signatures

BODY = json.dumps({"type": "x"}).encode()


def now() -> int:
    return int(time.time())


SIGNED: dict[str, tuple[Callable[[], str], bool]] = {
    "right": (lambda: signature(BODY, SECRET), True),
    "of a changed secret, beside the old one": (
        lambda: signature(BODY, "whsec_old") + "," + signature(BODY, SECRET).split(",")[1],
        True,
    ),
    "a little old": (lambda: signature(BODY, SECRET, now() - TOLERANCE_SECONDS + 60), True),
    "too old": (lambda: signature(BODY, SECRET, now() - TOLERANCE_SECONDS - 1), False),
    "of another secret": (lambda: signature(BODY, "whsec_other"), False),
    "of another body": (lambda: signature(BODY + b" ", SECRET), False),
    "another time": (
        lambda: f"t={now() - 1}," + signature(BODY, SECRET).split(",")[1],
        False,
    ),
    "another scheme": (lambda: signature(BODY, SECRET).replace("v1=", "v0="), False),
    "nothing": (lambda: "", False),
    "noise": (lambda: "t=x,v1=", False),
}


@pytest.mark.parametrize(("header", "fits"), SIGNED.values(), ids=SIGNED)
def test_whose_event_it_is(header: Callable[[], str], *, fits: bool) -> None:
    assert StripeSignature(lambda: SECRET).is_on(BODY, header()) is fits


def test_a_body_that_is_no_text_is_nobodys() -> None:
    assert not StripeSignature(lambda: SECRET).is_on(b"\xff", signature(b"\xff", SECRET))
