"""Something happened to a dongle (table → stream) → its audit trail has a line more."""

import os
from typing import Any

from freischalt.adapters.aws_events import audit_entries
from freischalt.adapters.dynamodb_audit_trail import DynamoDbAuditTrail
from freischalt.adapters.sdk import client
from freischalt.settings import TableSettings
from freischalt.telemetry import logger, nothing_leaks

settings = TableSettings.of(os.environ)
trail = DynamoDbAuditTrail(client("dynamodb"), settings.table)
log = logger("write_audit")


def handler(event: dict[str, Any], context: Any) -> None:
    with nothing_leaks(log):
        entries = [entry for record in event["Records"] for entry in audit_entries(record)]
        for entry in entries:
            trail.add(entry)
        log.info("written", extra={"entries": len(entries)})
