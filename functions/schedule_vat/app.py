"""Every minute (EventBridge Scheduler) → the VAT IDs that are to be asked about now are handed out.

The stream brings a new one at once; this brings what is tried again, what is repeated, and what the
stream has lost. Late or twice does no harm.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.clock import utc_now
from freischalt.domain.vat_record import VatDue
from freischalt.telemetry import counted, logger, metrics, nothing_leaks, what_failed
from freischalt.use_cases.check_vat import hand_out_all_due
from freischalt.vat_services import vat_dues, vat_queue

log = logger("schedule_vat")
counts = metrics("schedule_vat")


def unreadable(key: str) -> None:
    """One that cannot be read must not hold up the others: it stays due, and is told."""
    log.error("not readable", extra={"key": key})
    counts.add_metric("Unreadable", MetricUnit.Count, 1)


def not_handed_out(due: VatDue, error: Exception) -> None:
    log.error("not handed out", extra={"account": due.account, **what_failed(error)})
    counts.add_metric("VatChecksFailed", MetricUnit.Count, 1)


book = vat_dues(unreadable)
queue = cache(vat_queue)  # made when the first one is due


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        run = f"schedule:{context.aws_request_id}"
        now = utc_now()
        handed = hand_out_all_due(book, queue(), by=run, now=now, failed=not_handed_out)
        log.info("handed out", extra={"accounts": handed})
        counts.add_metric("VatChecksDue", MetricUnit.Count, len(handed))
