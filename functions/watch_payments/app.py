"""Every hour (EventBridge Scheduler) → lost money is asked for; what waits too long is told.

Stripe is asked about pages that are not over, lest an event that never came costs a customer three
days: after the vendor was told of money and of withdrawals that nobody has settled, and for as long
as there is time. Late or twice does no harm.
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
    open_pages,
    open_withdrawals,
    term_services,
)
from freischalt.use_cases.watch_payments import ask_for_lost_money, tell_of_overdue
from freischalt.use_cases.watch_withdrawals import tell_of_withdrawals

services = term_services()
log = logger("watch_payments")
counts = metrics("watch_payments")
unreadable = unreadable_told(log, counts, metric="PaymentsNotWatched")
waiting, aside = open_pages(services, unreadable), aside_payments(services, unreadable)
withdrawals = open_withdrawals(services, unreadable)
pages = payment_pages()

TIME_FOR_ONE_MS = 30_000
"""Stripe may be asked twice about a page, and let us wait each time."""


def failed(what: str, error: Exception) -> None:
    log.error("not watched", extra={"about": what, **what_failed(error)})
    counts.add_metric("PaymentsNotWatched", MetricUnit.Count, 1)


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        now, office = utc_now(), services.office
        overdue = tell_of_overdue(aside, office, now=now, failed=failed)
        unsettled = tell_of_withdrawals(withdrawals, office, now=now, failed=failed)
        counts.add_metric("PaymentsOverdue", MetricUnit.Count, len(overdue.waiting))
        counts.add_metric("WithdrawalsWaiting", MetricUnit.Count, len(unsettled.waiting))
        found = ask_for_lost_money(
            waiting,
            pages,
            office,
            now=now,
            may_go_on=lambda: context.get_remaining_time_in_millis() > TIME_FOR_ONE_MS,
            failed=failed,
        )
        log.info(
            "watched", extra={"found": found, "waiting": overdue.waiting, "told": overdue.told}
        )
        log.info("withdrawals", extra={"waiting": unsettled.waiting, "told": unsettled.told})
        counts.add_metric("PaymentsFound", MetricUnit.Count, len(found))
