"""A customer has left a list of inverters (S3 → SQS) → its inverters, all of them or none.

What fails comes back by the queue, and goes on where it was. Each hour (EventBridge Scheduler)
whatever should have come to its end long ago is given up: no file came, or its message is lost.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.adapters.s3_list_files import list_of
from freischalt.clock import utc_now
from freischalt.domain.inverter_list import InverterList
from freischalt.list_services import due_lists, list_desk
from freischalt.telemetry import (
    counted,
    logger,
    metrics,
    nothing_leaks,
    unreadable_told,
    what_failed,
)
from freischalt.use_cases.import_inverters import end_due_lists, import_list

log = logger("import_inverters")
counts = metrics("import_inverters")
desk = list_desk()
due = due_lists(unreadable_told(log, counts, metric="Unreadable"))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with nothing_leaks(log), counted(counts):
        if "Records" not in event:
            ended = end_due_lists(due, desk, now=utc_now(), failed=not_ended)
            log.info("given up", extra={"lists": ended})
            return {}
        failed = [record["messageId"] for record in event["Records"] if not done(record)]
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}


def done(record: dict[str, Any]) -> bool:
    """Whether the message is done; if not, the queue brings it again."""
    try:
        for name in names(json.loads(record["body"])):
            told = list_of(name)
            if told is None:
                log.error("a file of no list", extra={"record": record["messageId"]})
                continue
            tell(import_list(*told, desk, now=utc_now()))
    except Exception as error:  # noqa: BLE001 - one bad message must not hold up the others
        log.error("not imported", extra={"record": record["messageId"], **what_failed(error)})
        counts.add_metric("ListsFailed", MetricUnit.Count, 1)
        return False
    return True


def names(told: dict[str, Any]) -> Iterator[str]:
    """The files that S3 tells of; of its test message none."""
    for record in told.get("Records", ()):
        yield unquote_plus(record["s3"]["object"]["key"])


def tell(list_: InverterList | None) -> None:
    """By ids and numbers alone: what the file says is in no log."""
    if list_ is None:
        log.info("there is no such list")
        return
    problems = len(list_.problems) + list_.more_problems
    said = {"list": list_.id, "plant": list_.plant, "state": list_.state, "problems": problems}
    log.info("ended", extra=said)
    counts.add_metric(f"Lists_{list_.state}", MetricUnit.Count, 1)


def not_ended(list_id: str, error: Exception) -> None:
    log.error("not ended", extra={"list": list_id, **what_failed(error)})
    counts.add_metric("ListsFailed", MetricUnit.Count, 1)
