"""A customer or its machine calls about plants and their terms (API Gateway) → one use case."""

from typing import Any

from freischalt.adapters.packaged_documents import PackagedDocuments
from freischalt.api_services import order_numbers
from freischalt.clock import utc_now
from freischalt.invoice_services import invoice_files
from freischalt.telemetry import counted, logger, metrics, nothing_leaks
from freischalt.term_services import term_services
from freischalt.upload_services import list_uploads
from freischalt_api.api import Api, serve
from freischalt_api.document_pages import add_document_pages
from freischalt_api.gate import gate_of
from freischalt_api.inverter_list_routes import add_inverter_lists
from freischalt_api.invoice_routes import add_invoices
from freischalt_api.term_routes import add_routes

services = term_services()
office = services.office
log = logger("term_api")
counts = metrics("term_api")
api = Api(now=utc_now, gate=gate_of(office))
add_routes(api, office, order_numbers(services))
add_inverter_lists(api, office, list_uploads())
add_invoices(api, office, invoice_files())
add_document_pages(api, office, PackagedDocuments())


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with nothing_leaks(log), counted(counts):
        return serve(api, event, context, log, counts)
