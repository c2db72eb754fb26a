"""Every minute (EventBridge Scheduler) → invoices that are wanted are numbered, filed and sent.

One at a time runs: who gives the numbers is alone. What is not written now stays wanted.
"""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.clock import utc_now
from freischalt.domain.ids import InvoiceId
from freischalt.invoice_services import invoice_desk
from freischalt.telemetry import (
    counted,
    logger,
    metrics,
    nothing_leaks,
    unreadable_told,
    what_failed,
)
from freischalt.term_services import term_services
from freischalt.use_cases.write_invoices import write_invoices
from freischalt_invoices.printer import PdfPrinter

TIME_FOR_ONE_MS = 15_000

services = term_services()
log = logger("write_invoices")
counts = metrics("write_invoices")
desk = invoice_desk(
    services,
    PdfPrinter(services.office.sells.seller),
    unreadable_told(log, counts, metric="InvoicesFailed"),
)


def failed(invoice: InvoiceId, error: Exception) -> None:
    log.error("not written", extra={"invoice": invoice, **what_failed(error)})
    counts.add_metric("InvoicesFailed", MetricUnit.Count, 1)


def handler(event: dict[str, Any], context: Any) -> None:
    def enough() -> bool:
        left: int = context.get_remaining_time_in_millis()
        return left < TIME_FOR_ONE_MS

    with nothing_leaks(log), counted(counts):
        done = write_invoices(desk, now=utc_now(), enough=enough, failed=failed)
        log.info("written", extra={"invoices": done.filed, "late": done.late})
        counts.add_metric("InvoicesWritten", MetricUnit.Count, len(done.filed))
        counts.add_metric("InvoicesLate", MetricUnit.Count, len(done.late))
