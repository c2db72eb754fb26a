"""On the first of a month (EventBridge Scheduler) → last month's orders and invoices as CSV.

Invoked with `{"month": "2026-11"}` it writes that month instead. Of orders of terms the month
before it is written anew, too.
"""

import os
from typing import Any

from freischalt.adapters.dynamodb_invoice_book import DynamoDbInvoiceBook
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.dynamodb_term_order_book import DynamoDbTermOrderBook
from freischalt.adapters.s3_exports import S3Exports
from freischalt.adapters.sdk import client
from freischalt.clock import utc_now
from freischalt.settings import ExportSettings
from freischalt.telemetry import logger, nothing_leaks
from freischalt.use_cases.export_invoices import export_invoices
from freischalt.use_cases.export_orders import export_month, month_asked_for
from freischalt.use_cases.export_term_orders import export_term_orders

settings = ExportSettings.of(os.environ)
dynamodb = client("dynamodb")
book = DynamoDbOrders(dynamodb, settings.table)
invoice_book = DynamoDbInvoiceBook(dynamodb, settings.table)
term_book = DynamoDbTermOrderBook(dynamodb, settings.table)
exports = S3Exports(client("s3", read_seconds=30), settings.bucket)
log = logger("export_orders")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with nothing_leaks(log):
        today = utc_now().astimezone(settings.time_zone).date()
        year, month = month_asked_for(event.get("month"), today)
        done = {
            "file": export_month(year, month, book=book, exports=exports),
            "terms": export_term_orders(year, month, book=term_book, exports=exports),
            "invoices": export_invoices(year, month, book=invoice_book, exports=exports),
        }
        log.info("exported", extra=done)
        return done
