"""Every minute (EventBridge Scheduler) → the VAT IDs that are to be asked about now are handed out.

The stream brings a new one at once; this brings what is tried again, what is repeated, and what the
stream has lost. Late or twice does no harm.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.clock import utc_now
from freischalt.telemetry import counted, logger, metrics, nothing_leaks, unreadable_told
from freischalt.use_cases.check_vat import hand_out_all_due
from freischalt.vat_services import not_handed_out, vat_dues, vat_queue

log = logger("schedule_vat")
counts = metrics("schedule_vat")


book = vat_dues(unreadable_told(log, counts, metric="Unreadable"))
failed = not_handed_out(log, counts, metric="VatChecksFailed")
queue = cache(vat_queue)  # made when the first one is due


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        run = f"schedule:{context.aws_request_id}"
        now = utc_now()
        handed = hand_out_all_due(book, queue(), by=run, now=now, failed=failed)
        log.info("handed out", extra={"accounts": handed})
        counts.add_metric("VatChecksDue", MetricUnit.Count, len(handed))
