"""Something changed (table → stream) → audit trails have a line more, lists a row."""

import os
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.adapters.dynamodb_audit_trail import DynamoDbAuditTrail
from freischalt.adapters.dynamodb_list_rows import DynamoDbListRows
from freischalt.adapters.sdk import client
from freischalt.adapters.stream_events import audit_entries, list_rows
from freischalt.errors import MalformedMessage
from freischalt.settings import TableSettings
from freischalt.telemetry import counted, logger, metrics, nothing_leaks, what_failed

settings = TableSettings.of(os.environ)
dynamodb = client("dynamodb")
trail = DynamoDbAuditTrail(dynamodb, settings.table)
lists = DynamoDbListRows(dynamodb, settings.table)
log = logger("write_audit")
counts = metrics("write_audit")


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        written = sum(write(record) for record in event["Records"])
        log.info("written", extra={"entries": written})


def write(record: dict[str, Any]) -> int:
    """One that cannot be read must not hold up the others: its item is still there."""
    try:
        entries, rows = audit_entries(record), list_rows(record)
    except MalformedMessage as error:
        log.error("not readable", extra=what_failed(error))
        counts.add_metric("Unreadable", MetricUnit.Count, 1)
        return 0
    for entry in entries:
        trail.add(entry)
    for row in rows:
        lists.apply(row)
    return len(entries)
