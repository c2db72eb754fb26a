"""Every few minutes (EventBridge Scheduler) → what the stream could not deliver leaves."""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.adapters.dynamodb_billing_events import DynamoDbBillingEvents
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.eventbridge_bus import EventBridgeBus
from freischalt.adapters.sdk import client
from freischalt.clock import utc_now
from freischalt.domain.notice import Notice
from freischalt.post_office import notice_book, post_office
from freischalt.settings import PublishSettings
from freischalt.telemetry import (
    counted,
    logger,
    metrics,
    nothing_leaks,
    unreadable_told,
    what_failed,
)
from freischalt.use_cases.publish_orders import sweep
from freischalt.use_cases.send_notices import sweep_notices

settings = PublishSettings.of(os.environ)
log = logger("sweep_outbox")
counts = metrics("sweep_outbox")


def not_sent(notice: Notice, error: Exception) -> None:
    log.error("not sent", extra={"notice": notice.id, **what_failed(error)})


unreadable = unreadable_told(log, counts)
dynamodb = client("dynamodb")
outbox = DynamoDbOrders(dynamodb, settings.table, unreadable)
events = DynamoDbBillingEvents(dynamodb, settings.table, unreadable)
bus = EventBridgeBus(client("events", attempts=1, read_seconds=5), settings.bus)
notices = notice_book(unreadable)
post = cache(post_office)  # made when the first notice is there


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        run = f"sweep:{context.aws_request_id}"
        done = sweep(by=run, bus=bus, outbox=outbox, now=utc_now())
        also = sweep(by=run, bus=bus, outbox=events, now=utc_now())
        taken, refused = done.taken + also.taken, done.refused + also.refused
        log.info("swept", extra={"taken": taken, "refused": refused})
        counts.add_metric("OrdersLeftBehind", MetricUnit.Count, len(taken + refused))
        counts.add_metric("EventsRefused", MetricUnit.Count, len(refused))
        sent = sweep_notices(notices, post, by=run, now=utc_now(), failed=not_sent)
        log.info("sent", extra={"sent": sent.sent, "undeliverable": sent.undeliverable})
        counts.add_metric("NoticesFailed", MetricUnit.Count, len(sent.failed))
