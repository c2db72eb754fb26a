"""Plants whose trial or term ends are told of: every quarter of an hour, and part by part.

    EventBridge Scheduler → which partitions have something due → SQS
    SQS (one message: one of them) → each plant's users get a notice → the rest goes on by SQS

Late or twice does no harm: what was told is due no more, and what was not still is.
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.adapters.sqs_term_queue import portion_of
from freischalt.clock import utc_now
from freischalt.domain.ids import PlantId
from freischalt.office_services import office_services
from freischalt.telemetry import (
    counted,
    logger,
    metrics,
    nothing_leaks,
    unreadable_told,
    what_failed,
)
from freischalt.term_notice_services import due_terms, term_queue
from freischalt.use_cases.telling_terms import Worker, hand_out, tell

ENOUGH_FOR_A_PAGE = 60_000
"""Milliseconds: a hundred plants take a few seconds; after that the rest is handed on."""

services = office_services()
log = logger("tell_terms")
counts = metrics("tell_terms")
due = due_terms(services, unreadable_told(log, counts, metric="TermsFailed"))
queue = term_queue()


def failed(plant: PlantId, error: Exception) -> None:
    log.error("not told", extra={"plant": plant, **what_failed(error)})
    counts.add_metric("TermsFailed", MetricUnit.Count, 1)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
    with nothing_leaks(log), counted(counts):
        if "Records" not in event:
            handed = hand_out(due, queue, now=utc_now())
            log.info("handed out", extra={"shards": handed})
            return None
        left = context.get_remaining_time_in_millis
        bad = [record["messageId"] for record in event["Records"] if not done(record, left)]
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in bad]}


def done(record: dict[str, Any], left: Callable[[], int]) -> bool:
    """Whether the message is done; if not, the queue brings it again."""
    worker = Worker(
        due=due,
        queue=queue,
        office=services.office,
        has_time=lambda: left() > ENOUGH_FOR_A_PAGE,
        failed=failed,
    )
    try:
        told = tell(portion_of(record["body"]), worker, now=utc_now())
    except Exception as error:  # noqa: BLE001 - one bad message must not hold up the others
        log.error("not worked off", extra={"record": record["messageId"], **what_failed(error)})
        counts.add_metric("TermsFailed", MetricUnit.Count, 1)
        return False
    log.info("told", extra={"plants": told})
    counts.add_metric("TermsTold", MetricUnit.Count, len(told))
    return True
