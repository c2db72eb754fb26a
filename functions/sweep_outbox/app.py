"""Every few minutes (EventBridge Scheduler) → orders that the stream could not publish leave."""

import os
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.eventbridge_bus import EventBridgeBus
from freischalt.adapters.sdk import client
from freischalt.services import utc_now
from freischalt.settings import PublishSettings
from freischalt.telemetry import counted, logger, metrics, nothing_leaks
from freischalt.use_cases.publish_orders import sweep

settings = PublishSettings.of(os.environ)
log = logger("sweep_outbox")
counts = metrics("sweep_outbox")


def unreadable(key: str) -> None:
    """One that cannot be read must not hold up the others: it stays pending, and is told."""
    log.error("not readable", extra={"key": key})
    counts.add_metric("Unreadable", MetricUnit.Count, 1)


outbox = DynamoDbOrders(client("dynamodb"), settings.table, unreadable)
bus = EventBridgeBus(client("events", attempts=1, read_seconds=5), settings.bus)


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        done = sweep(by=f"sweep:{context.aws_request_id}", bus=bus, outbox=outbox, now=utc_now())
        log.info("swept", extra={"taken": done.taken, "refused": done.refused})
        counts.add_metric("OrdersLeftBehind", MetricUnit.Count, len(done.taken + done.refused))
        counts.add_metric("EventsRefused", MetricUnit.Count, len(done.refused))
