"""A VAT ID is to be asked about (SQS, one queue for each service) → VIES or eVatR is asked.

Each message is one account, each queue lets two in at once: so many does a service take. What fails
comes back by the queue; what stays undecided is tried again by the schedule.
"""

import json
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.clock import utc_now
from freischalt.domain.ids import AccountNumber
from freischalt.domain.request import Request
from freischalt.domain.vat_standing import VatState
from freischalt.office_services import office_services
from freischalt.telemetry import counted, logger, metrics, nothing_leaks, what_failed
from freischalt.use_cases.check_vat import Checked, check_vat
from freischalt.vat_services import registries

services = office_services()
asked = registries(services)
log = logger("check_vat")
counts = metrics("check_vat")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with nothing_leaks(log), counted(counts):
        failed = [record["messageId"] for record in event["Records"] if not done(record)]
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}


def done(record: dict[str, Any]) -> bool:
    """Whether the message is done; if not, the queue brings it again."""
    id_ = record["messageId"]
    request = Request(
        id=id_,
        nonce=id_.replace("-", ""),
        fingerprint="",
        repeatable=False,
        actor="schedule",
        at=utc_now(),
    )
    try:
        number = AccountNumber(json.loads(record["body"])["account"])
        checked = check_vat(number, services.office, asked, request, now=utc_now)
    except Exception as error:  # noqa: BLE001 - one bad message must not hold up the others
        log.error("not checked", extra={"record": id_, **what_failed(error)})
        counts.add_metric("VatChecksFailed", MetricUnit.Count, 1)
        return False
    tell(number, checked)
    return True


def tell(account: AccountNumber, checked: Checked | None) -> None:
    """By ids and codes alone: what a company entered is in no log."""
    if checked is None:
        log.info("nothing was due", extra={"account": account})
        return
    reading = checked.answer.reading
    log.info(
        "asked",
        extra={
            "account": account,
            "service": checked.answer.service,
            "code": reading.code,
            "state": checked.state,
            "counted": checked.counted,
        },
    )
    told = {
        f"Vat_{checked.answer.service}_{reading.verdict}": True,
        f"VatServiceDown_{checked.answer.service}": reading.service_down,
        "VatAlarm": reading.alarm,
        "VatForAPerson": reading.for_a_person,
        "VatGivenUp": checked.counted and checked.state is VatState.GIVEN_UP,
    }
    for name, is_so in told.items():
        if is_so:
            counts.add_metric(name, MetricUnit.Count, 1)
