"""Every few minutes (EventBridge Scheduler) → orders that the stream could not publish leave."""

import os
from typing import Any

from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.eventbridge_bus import EventBridgeBus
from freischalt.adapters.sdk import client
from freischalt.services import utc_now
from freischalt.settings import PublishSettings
from freischalt.telemetry import logger, nothing_leaks
from freischalt.use_cases.publish_orders import sweep

settings = PublishSettings.of(os.environ)
outbox = DynamoDbOrders(client("dynamodb"), settings.table)
bus = EventBridgeBus(client("events"), settings.bus)
log = logger("sweep_outbox")


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log):
        swept = sweep(bus=bus, outbox=outbox, now=utc_now())
        log.info("swept", extra={"published": swept})
