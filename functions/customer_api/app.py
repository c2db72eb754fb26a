"""A customer or its machine calls (API Gateway) → one use case → JSON."""

from typing import Any

from freischalt.api_services import handover, request_desk
from freischalt.clock import utc_now
from freischalt.office_services import office_services
from freischalt.telemetry import counted, logger, metrics, nothing_leaks
from freischalt_api.api import Api, serve
from freischalt_api.customer_routes import add_routes
from freischalt_api.gate import gate_of
from freischalt_api.pages import add_pages

services = office_services()
log = logger("customer_api")
counts = metrics("customer_api")
api = Api(now=utc_now, gate=gate_of(services.office))
add_routes(api, services.office, request_desk(services), services.records, handover())
add_pages(api)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with nothing_leaks(log), counted(counts):
        return serve(api, event, context, log, counts)
