"""Stripe's Checkout Sessions and events, read into our own terms.

A session has the order's number in its metadata, and one PaymentIntent (`pi_…`), which names the
payment: refunds name it, too. What comes without our metadata is money all the same, and is told
as a receipt for no order.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from freischalt.domain.ids import ORDER_NUMBER, OrderNumber, PaymentId
from freischalt.domain.payment import PaymentProvider
from freischalt.domain.payment_news import News, PageNews, PaidNews, RefundNews
from freischalt.domain.payment_page import PageState
from freischalt.domain.receipt import Receipt

ORDER, ACCOUNT = "order", "account"
"""Names in the metadata of a session, and of its PaymentIntent and charge."""

GO_AGAINST_MONEY = ("charge.dispute.", "refund.", "charge.refund.")
"""How events about disputes and single refunds begin: what is in them decides."""

type Json = Mapping[str, Any]


def news_of(body: bytes) -> News | None:
    """None: nothing that we act upon. Raises ValueError or KeyError for what Stripe never sends."""
    event = json.loads(body)
    told: Json = event["data"]["object"]
    at = datetime.fromtimestamp(event["created"], UTC)
    match event["type"]:
        case "checkout.session.completed" if told["payment_status"] == "paid":
            return paid(told, at)
        case "checkout.session.completed" if told["payment_status"] == "unpaid":
            return page_news(told, PageState.UNDER_WAY)
        case "checkout.session.async_payment_succeeded":
            return paid(told, at)
        case "checkout.session.async_payment_failed" | "checkout.session.expired":
            return page_news(told, PageState.OVER)
        case "charge.refunded" if told["payment_intent"]:
            is_ours = ORDER in (told.get("metadata") or {})
            cents = told["amount_refunded"]
            return RefundNews(payment_id(told["payment_intent"]), cents, is_ours=is_ours)
        case kind if kind.startswith(GO_AGAINST_MONEY):
            from freischalt.adapters.stripe_setbacks import setback_news  # noqa: PLC0415 - seldom

            return setback_news(told, at)
    return None


def paid(session: Json, at: datetime) -> PaidNews:
    return PaidNews(receipt_of(session, at), page_news(session, PageState.OVER))


def page_news(session: Json, state: PageState) -> PageNews:
    return PageNews(_order(session), session["id"], state)


def receipt_of(session: Json, at: datetime) -> Receipt:
    reference = _id(session["payment_intent"]) or session["id"]
    return Receipt(
        id=payment_id(reference),
        provider=PaymentProvider.STRIPE,
        reference=reference,
        amount_cents=session["amount_total"],
        currency=session["currency"].upper(),
        received_at=at,
        order=_order(session),
    )


def payment_id(reference: str) -> PaymentId:
    return PaymentId(f"{PaymentProvider.STRIPE}:{_id(reference)}")


def _id(of: Any) -> str:
    """What is expanded, or not, has the same id."""
    return of["id"] if isinstance(of, Mapping) else of or ""


def _order(session: Json) -> OrderNumber | None:
    named = (session.get("metadata") or {}).get(ORDER, "")
    return OrderNumber(named) if ORDER_NUMBER.fullmatch(named) else None
