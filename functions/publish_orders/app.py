"""An order was committed (table → stream) → it leaves as an event for the vendor's billing.

What does not leave now stays pending, and the sweep brings it: nothing holds up the stream.
"""

import os
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.adapters.aws_events import placed_order
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.eventbridge_bus import EventBridgeBus
from freischalt.adapters.sdk import client
from freischalt.domain.order import Order
from freischalt.errors import MalformedMessage
from freischalt.services import utc_now
from freischalt.settings import PublishSettings
from freischalt.telemetry import counted, logger, metrics, nothing_leaks, what_failed
from freischalt.use_cases.publish_orders import publish

settings = PublishSettings.of(os.environ)
outbox = DynamoDbOrders(client("dynamodb"), settings.table)
bus = EventBridgeBus(client("events", attempts=1, read_seconds=5), settings.bus)
log = logger("publish_orders")
counts = metrics("publish_orders")


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        placed = [order for record in event["Records"] if (order := read(record))]
        # a shard of the stream has one reader at a time, so one name serves them all
        done = publish(placed, by="stream", bus=bus, outbox=outbox, now=utc_now())
        log.info("published", extra={"taken": done.taken, "refused": done.refused})
        counts.add_metric("EventsRefused", MetricUnit.Count, len(done.refused))


def read(record: dict[str, Any]) -> Order | None:
    """One that cannot be read must not hold up the others: its item stays pending."""
    try:
        return placed_order(record)
    except MalformedMessage as error:
        log.error("not readable", extra=what_failed(error))
        counts.add_metric("Unreadable", MetricUnit.Count, 1)
        return None
