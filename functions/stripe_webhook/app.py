"""Stripe tells what became of a page, and of its money (API Gateway) → it is kept, once.

No token: Stripe signs. Whatever we have kept, or leave alone, is 200; a failure of ours is 5xx, and
Stripe tells it again, for three days. Who has not signed learns nothing but 400.
"""

from base64 import b64decode
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.adapters.stripe_wire import news_of
from freischalt.clock import utc_now
from freischalt.domain.payment_news import News, PageNews, PaidNews, RefundNews
from freischalt.errors import NotToldYet
from freischalt.payment_services import stripe_signature
from freischalt.telemetry import counted, logger, metrics, what_failed
from freischalt.term_services import term_services
from freischalt.use_cases.payment_pages import note_page
from freischalt.use_cases.receive_payment import receive_payment
from freischalt.use_cases.refunds import note_refund

if TYPE_CHECKING:
    from freischalt.domain.setback import SetbackNews

LARGEST_BODY = 262_144
DONE, NOT_SIGNED, TOO_LARGE, FAILED, LATER = 200, 400, 413, 500, 503

services = term_services()
signature = stripe_signature()
log = logger("stripe_webhook")
counts = metrics("stripe_webhook")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with counted(counts):
        return {"statusCode": status_of(event), "headers": {"Cache-Control": "no-store"}}


def status_of(event: dict[str, Any]) -> int:
    try:
        body = body_of(event)
        if len(body) > LARGEST_BODY:
            return TOO_LARGE
        if not signature.is_on(body, event.get("headers", {}).get("stripe-signature", "")):
            log.warning("not signed by Stripe")
            counts.add_metric("NotSigned", MetricUnit.Count, 1)
            return NOT_SIGNED
        if news := news_of(body):
            keep(news)
    except NotToldYet:
        log.info("before its payment: later")
        counts.add_metric("TooEarly", MetricUnit.Count, 1)
        return LATER
    except Exception as error:  # noqa: BLE001 - Stripe tells it again; its body is in no log
        log.error("not kept", extra=what_failed(error))
        counts.add_metric("EventsFailed", MetricUnit.Count, 1)
        return FAILED
    return DONE


def body_of(event: dict[str, Any]) -> bytes:
    """Byte by byte as it was signed; what is no base64 is nothing, and nobody has signed that."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode(errors="replace")
    try:
        return b64decode(body, validate=True)
    except ValueError:
        return b""


def keep(news: News) -> None:
    match news:
        case PaidNews(receipt, page):
            received = receive_payment(receipt, services.office, at=utc_now())
            note_page(page, services.office)
            told = received.payment
            log.info(
                "received",
                extra={
                    "payment": told.id,
                    "order": told.order,
                    "account": told.account,
                    "news": received.is_news,
                    "activated": received.activated,
                    "mismatch": told.mismatch,
                },
            )
            if received.is_news:
                counts.add_metric("Payments", MetricUnit.Count, 1)
                counts.add_metric("PaymentsAside", MetricUnit.Count, int(told.is_aside))
        case PageNews():
            noted = note_page(news, services.office)
            log.info(
                "page",
                extra={"order": news.order, "state": news.state, "changed": noted.changed},
            )
        case RefundNews():
            changed = note_refund(news, services.office, at=utc_now())
            log.info("refunded", extra={"payment": news.payment, "changed": changed})
        case _:
            keep_setback(news)


def keep_setback(news: "SetbackNews") -> None:
    from freischalt.use_cases.setbacks import note_setback  # noqa: PLC0415 - seldom

    noted = note_setback(news, services.office, at=utc_now())
    about = {
        "payment": news.payment,
        "order": noted.payment.order,
        "account": noted.payment.account,
        "setback": news.setback.id,
        "state": news.setback.state,
    }
    log.info("setback", extra={**about, "changed": noted.changed, "told": noted.told})
