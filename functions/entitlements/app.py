"""An app or a data service asks whether it may show a plant; everybody, which are public.

A function of its own, without pydantic: it is asked often, and answers from one read.
"""

from typing import Any

from freischalt.adapters.dynamodb_entitlements import DynamoDbEntitlements
from freischalt.clock import utc_now
from freischalt.office_services import office_services
from freischalt.telemetry import counted, logger, metrics, nothing_leaks
from freischalt_api.entitlement_routes import add_entitlements, add_public_plants
from freischalt_api.lean import LeanApi, serve_lean

services = office_services()
log = logger("entitlements")
counts = metrics("entitlements")
shown = DynamoDbEntitlements(services.dynamodb, services.settings.table)
api = LeanApi(now=utc_now, office=services.office)
add_entitlements(api, shown, services.settings.time_zone)
add_public_plants(api, shown, services.settings.time_zone)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with nothing_leaks(log), counted(counts):
        return serve_lean(api, event, context, log, counts)
