"""On the first of a month (EventBridge Scheduler) → last month's orders and invoices as CSV.

Invoked with `{"month": "2026-11"}` it writes that month instead.
"""

import os
from typing import Any

from freischalt.adapters.dynamodb_invoice_book import DynamoDbInvoiceBook
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.s3_exports import S3Exports
from freischalt.adapters.sdk import client
from freischalt.clock import utc_now
from freischalt.settings import ExportSettings
from freischalt.telemetry import logger, nothing_leaks
from freischalt.use_cases.export_invoices import export_invoices
from freischalt.use_cases.export_orders import export_month, month_asked_for

settings = ExportSettings.of(os.environ)
dynamodb = client("dynamodb")
book = DynamoDbOrders(dynamodb, settings.table)
invoice_book = DynamoDbInvoiceBook(dynamodb, settings.table)
exports = S3Exports(client("s3", read_seconds=30), settings.bucket)
log = logger("export_orders")


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    with nothing_leaks(log):
        today = utc_now().astimezone(settings.time_zone).date()
        year, month = month_asked_for(event.get("month"), today)
        name = export_month(year, month, book=book, exports=exports)
        invoices = export_invoices(year, month, book=invoice_book, exports=exports)
        log.info("exported", extra={"file": name, "invoices": invoices})
        return {"file": name, "invoices": invoices}
