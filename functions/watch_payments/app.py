"""Every hour (EventBridge Scheduler) → lost money is asked for; what waits too long is told.

Stripe is asked about pages of open orders, lest an event that never came costs a customer three
days. Withdrawals that nobody has settled are told, too. Late or twice does no harm.
"""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.clock import utc_now
from freischalt.payment_services import payment_pages
from freischalt.telemetry import (
    counted,
    logger,
    metrics,
    nothing_leaks,
    unreadable_told,
    what_failed,
)
from freischalt.term_services import (
    aside_payments,
    open_withdrawals,
    term_services,
    unpaid_orders,
)
from freischalt.use_cases.watch_payments import ask_for_lost_money, tell_of_overdue
from freischalt.use_cases.watch_withdrawals import tell_of_withdrawals

services = term_services()
log = logger("watch_payments")
counts = metrics("watch_payments")
unreadable = unreadable_told(log, counts, metric="PaymentsNotWatched")
unpaid, aside = unpaid_orders(services, unreadable), aside_payments(services, unreadable)
withdrawals = open_withdrawals(services, unreadable)
pages = payment_pages()


def failed(what: str, error: Exception) -> None:
    log.error("not watched", extra={"about": what, **what_failed(error)})
    counts.add_metric("PaymentsNotWatched", MetricUnit.Count, 1)


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        now, office = utc_now(), services.office
        found = ask_for_lost_money(unpaid, pages, office, now=now, failed=failed)
        overdue = tell_of_overdue(aside, office, now=now, failed=failed)
        log.info(
            "watched", extra={"found": found, "waiting": overdue.waiting, "told": overdue.told}
        )
        unsettled = tell_of_withdrawals(withdrawals, office, now=now, failed=failed)
        log.info("withdrawals", extra={"waiting": unsettled.waiting, "told": unsettled.told})
        counts.add_metric("WithdrawalsWaiting", MetricUnit.Count, len(unsettled.waiting))
        counts.add_metric("PaymentsFound", MetricUnit.Count, len(found))
        counts.add_metric("PaymentsOverdue", MetricUnit.Count, len(overdue.waiting))
