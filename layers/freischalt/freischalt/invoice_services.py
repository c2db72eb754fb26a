"""The composition root of what writes invoices."""

import os
from collections.abc import Callable

from freischalt.adapters.dynamodb_wanted_invoices import DynamoDbWantedInvoices
from freischalt.adapters.s3_handover import SIGNED
from freischalt.adapters.s3_invoice_files import S3InvoiceFiles
from freischalt.adapters.sdk import client
from freischalt.api_settings import InvoiceSettings
from freischalt.invoice_ports import InvoicePrinter
from freischalt.office_services import Services
from freischalt.use_cases.write_invoices import InvoiceDesk


def invoice_files() -> S3InvoiceFiles:
    bucket = InvoiceSettings.of(os.environ).bucket
    return S3InvoiceFiles(lambda: client("s3", read_seconds=5, **SIGNED), bucket)


def invoice_desk(
    services: Services, printer: InvoicePrinter, unreadable: Callable[[str], None]
) -> InvoiceDesk:
    """`unreadable` is told of an invoice that this version cannot read; the others go on."""
    table = services.settings.table
    return InvoiceDesk(
        office=services.office,
        wanted=DynamoDbWantedInvoices(services.dynamodb, table, unreadable),
        printer=printer,
        files=invoice_files(),
    )
