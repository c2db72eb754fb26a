"""A customer wants to pay an order (API Gateway) → the address of its payment page."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.clock import utc_now
from freischalt.errors import ProviderFailed
from freischalt.office_services import office_services
from freischalt.payment_services import payment_pages, stripe_settings
from freischalt.telemetry import counted, logger, metrics, nothing_leaks, what_failed
from freischalt_api.api import Api, serve
from freischalt_api.gate import gate_of
from freischalt_api.payment_routes import add_payment_page

office = office_services().office
log = logger("payment_page")
counts = metrics("payment_page")


def failed(error: ProviderFailed) -> None:
    log.error("no page", extra=what_failed(error))
    counts.add_metric("PagesRefused", MetricUnit.Count, 1)


api = Api(now=utc_now, gate=gate_of(office))
add_payment_page(api, office, payment_pages(), stripe_settings().site, failed)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with nothing_leaks(log), counted(counts):
        return serve(api, event, context, log, counts)
