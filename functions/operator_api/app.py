"""An operator of the vendor calls (API Gateway) → one use case → JSON."""

from typing import Any

from freischalt.api_services import code_maker, repair_desk, vendor_desk
from freischalt.clock import utc_now
from freischalt.invoice_services import invoice_files
from freischalt.telemetry import counted, logger, metrics, nothing_leaks
from freischalt.term_services import aside_payments, open_withdrawals, term_services
from freischalt_api.api import Api, serve
from freischalt_api.invoice_routes import add_operator_invoices
from freischalt_api.operator_plant_routes import add_operator_plants
from freischalt_api.operator_quote_routes import add_operator_quotes
from freischalt_api.operator_repair_routes import add_operator_repairs
from freischalt_api.operator_routes import add_routes, gate
from freischalt_api.pages import add_swagger
from freischalt_api.payment_routes import add_operator_payments
from freischalt_api.settlement_routes import add_settlements
from freischalt_api.term_operator_routes import add_operator_term_routes

services = term_services()
log = logger("operator_api")
counts = metrics("operator_api")
api = Api(now=utc_now, gate=gate)
add_routes(api, services.office, services.records, code_maker(services), vendor_desk(services))
add_operator_plants(api, services.office)
add_operator_quotes(api, services.office)
add_operator_repairs(api, services.office, repair_desk(services))
add_operator_payments(api, services.office, aside_payments(services))
add_settlements(api, services.office)
add_operator_term_routes(api, services.office, open_withdrawals(services))
add_operator_invoices(api, services.office, invoice_files())
add_swagger(api)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with nothing_leaks(log), counted(counts):
        return serve(api, event, context, log, counts)
