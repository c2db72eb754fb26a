"""Every hour (EventBridge Scheduler) → orders of terms that nobody has paid in time lapse.

Late or twice does no harm: until then they can be paid, and money that comes later is put aside.
"""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.clock import utc_now
from freischalt.domain.ids import OrderNumber
from freischalt.office_services import office_services
from freischalt.telemetry import (
    counted,
    logger,
    metrics,
    nothing_leaks,
    unreadable_told,
    what_failed,
)
from freischalt.term_services import unpaid_orders
from freischalt.use_cases.lapsing import lapse_orders

services = office_services()
log = logger("lapse_orders")
counts = metrics("lapse_orders")
unpaid = unpaid_orders(services, unreadable_told(log, counts, metric="OrdersFailed"))


def failed(order: OrderNumber, error: Exception) -> None:
    log.error("not ended", extra={"order": order, **what_failed(error)})
    counts.add_metric("OrdersFailed", MetricUnit.Count, 1)


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        lapsed = lapse_orders(unpaid, services.office, now=utc_now(), failed=failed)
        log.info("lapsed", extra={"orders": lapsed})
        counts.add_metric("OrdersLapsed", MetricUnit.Count, len(lapsed))
