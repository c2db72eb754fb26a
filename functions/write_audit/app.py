"""Something happened to a dongle (table → stream) → its audit trail has a line more."""

import os
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.adapters.aws_events import audit_entries
from freischalt.adapters.dynamodb_audit_trail import DynamoDbAuditTrail
from freischalt.adapters.sdk import client
from freischalt.domain.audit import AuditEntry
from freischalt.errors import MalformedMessage
from freischalt.settings import TableSettings
from freischalt.telemetry import counted, logger, metrics, nothing_leaks, what_failed

settings = TableSettings.of(os.environ)
trail = DynamoDbAuditTrail(client("dynamodb"), settings.table)
log = logger("write_audit")
counts = metrics("write_audit")


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log), counted(counts):
        entries = [entry for record in event["Records"] for entry in read(record)]
        for entry in entries:
            trail.add(entry)
        log.info("written", extra={"entries": len(entries)})


def read(record: dict[str, Any]) -> list[AuditEntry]:
    """One that cannot be read must not hold up the others: its item is still there."""
    try:
        return audit_entries(record)
    except MalformedMessage as error:
        log.error("not readable", extra=what_failed(error))
        counts.add_metric("Unreadable", MetricUnit.Count, 1)
        return []
