"""Something was committed that must leave (table → stream) → it leaves: orders, mails, texts.

Orders go to the vendor's billing as events, notices to people, VAT IDs to be asked about to their
service's queue. What does not leave now stays pending, and the schedules bring it: nothing holds up
the stream.
"""

import os
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.adapters.dynamodb_billing_events import DynamoDbBillingEvents
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.eventbridge_bus import EventBridgeBus
from freischalt.adapters.sdk import client
from freischalt.adapters.stream_events import (
    committed_event,
    committed_notice,
    due_vat_check,
    placed_order,
)
from freischalt.clock import utc_now
from freischalt.domain.notice import Notice
from freischalt.domain.vat_record import VatDue
from freischalt.errors import MalformedMessage
from freischalt.post_office import notice_book, post_office
from freischalt.settings import PublishSettings
from freischalt.telemetry import counted, logger, metrics, nothing_leaks, what_failed
from freischalt.use_cases.check_vat import hand_out
from freischalt.use_cases.publish_orders import publish
from freischalt.use_cases.send_notices import send_notices
from freischalt.vat_services import not_handed_out, vat_dues, vat_queue

settings = PublishSettings.of(os.environ)
dynamodb = client("dynamodb")
outbox = DynamoDbOrders(dynamodb, settings.table)
events = DynamoDbBillingEvents(dynamodb, settings.table)
bus = EventBridgeBus(client("events", attempts=1, read_seconds=5), settings.bus)
notice_book()  # a wrong setting is told at the start
vat_book = vat_dues()
post = cache(post_office)  # made when the first notice is there
queue = cache(vat_queue)  # the same for the first VAT ID
log = logger("deliver_outbox")
counts = metrics("deliver_outbox")


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        placed = [order for record in event["Records"] if (order := read(placed_order, record))]
        told = [one for record in event["Records"] if (one := read(committed_event, record))]
        # a shard of the stream has one reader at a time, so one name serves them all
        done = publish(placed, by="stream", bus=bus, outbox=outbox, now=utc_now())
        also = publish(told, by="stream", bus=bus, outbox=events, now=utc_now())
        refused = done.refused + also.refused
        log.info("published", extra={"taken": done.taken + also.taken, "refused": refused})
        counts.add_metric("EventsRefused", MetricUnit.Count, len(refused))
        notices = [one for record in event["Records"] if (one := read(committed_notice, record))]
        if notices:
            send(notices)
        dues = [due for record in event["Records"] if (due := read(due_vat_check, record))]
        if dues:
            ask(dues)


def send(notices: list[Notice]) -> None:
    sent = send_notices(notices, post(), by="stream", now=utc_now(), failed=not_sent)
    log.info("sent", extra={"sent": sent.sent, "undeliverable": sent.undeliverable})
    counts.add_metric("NoticesFailed", MetricUnit.Count, len(sent.failed))


def not_sent(notice: Notice, error: Exception) -> None:
    log.error("not sent", extra={"notice": notice.id, **what_failed(error)})


def ask(dues: list[VatDue]) -> None:
    failed = not_handed_out(log, counts)
    handed = hand_out(dues, vat_book, queue(), by="stream", now=utc_now(), failed=failed)
    log.info("handed out", extra={"accounts": handed})


def read(reader: Any, record: dict[str, Any]) -> Any:
    """One that cannot be read must not hold up the others: its item stays pending."""
    try:
        return reader(record)
    except MalformedMessage as error:
        log.error("not readable", extra=what_failed(error))
        counts.add_metric("Unreadable", MetricUnit.Count, 1)
        return None
