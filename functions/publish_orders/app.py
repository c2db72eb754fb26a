"""An order was committed (table → stream) → it leaves as an event for the vendor's billing.

If the bus takes only some, the stream brings the rest again from the first that was not taken.
"""

import os
from typing import Any

from freischalt.adapters.aws_events import placed_orders
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.eventbridge_bus import EventBridgeBus
from freischalt.adapters.sdk import client
from freischalt.errors import EventsNotTaken
from freischalt.services import utc_now
from freischalt.settings import PublishSettings
from freischalt.telemetry import logger, nothing_leaks
from freischalt.use_cases.publish_orders import publish

settings = PublishSettings.of(os.environ)
outbox = DynamoDbOrders(client("dynamodb"), settings.table)
bus = EventBridgeBus(client("events"), settings.bus)
log = logger("publish_orders")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with nothing_leaks(log):
        placed = list(placed_orders(event))
        try:
            publish([order for _, order in placed], bus=bus, outbox=outbox, now=utc_now())
        except EventsNotTaken as refused:
            log.warning("not taken", extra={"outbox_id": str(refused)})
            first = next(number for number, order in placed if order.outbox_id == str(refused))
            return {"batchItemFailures": [{"itemIdentifier": first}]}
        log.info("published", extra={"orders": [order.number for _, order in placed]})
        return {"batchItemFailures": []}
