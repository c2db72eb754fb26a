"""Every hour (EventBridge Scheduler) → erasures of accounts that were cut off go on.

Late or twice does no harm: an account is erased from its decision on, whatever is left of it.
"""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.clock import utc_now
from freischalt.domain.ids import AccountNumber
from freischalt.erasure_services import unfinished_erasures
from freischalt.office_services import office_services
from freischalt.telemetry import (
    counted,
    logger,
    metrics,
    nothing_leaks,
    unreadable_told,
    what_failed,
)
from freischalt.use_cases.finish_erasures import finish_erasures

services = office_services()
log = logger("finish_erasures")
counts = metrics("finish_erasures")
unfinished = unfinished_erasures(services, unreadable_told(log, counts, metric="ErasuresFailed"))


def failed(account: AccountNumber, error: Exception) -> None:
    log.error("not finished", extra={"account": account, **what_failed(error)})
    counts.add_metric("ErasuresFailed", MetricUnit.Count, 1)


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        finished = finish_erasures(unfinished, services.office, now=utc_now(), failed=failed)
        log.info("finished", extra={"accounts": finished})
        counts.add_metric("ErasuresFinished", MetricUnit.Count, len(finished))
