"""Every quarter of an hour (EventBridge Scheduler) → planned ends of locks that came are noticed.

A lock ends by itself, at read; this tells the customer and tidies up. Late or twice does no harm.
"""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.clock import utc_now
from freischalt.domain.ids import LockId
from freischalt.office_services import office_services, planned_ends
from freischalt.telemetry import (
    counted,
    logger,
    metrics,
    nothing_leaks,
    unreadable_told,
    what_failed,
)
from freischalt.use_cases.locking import end_due_locks

services = office_services()
log = logger("end_locks")
counts = metrics("end_locks")


def failed(lock: LockId, error: Exception) -> None:
    log.error("not ended", extra={"lock": lock, **what_failed(error)})
    counts.add_metric("LocksFailed", MetricUnit.Count, 1)


due = planned_ends(services, unreadable_told(log, counts, metric="LocksFailed"))


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        ended = end_due_locks(due, services.office, now=utc_now(), failed=failed)
        log.info("ended", extra={"locks": ended})
        counts.add_metric("LocksEnded", MetricUnit.Count, len(ended))
