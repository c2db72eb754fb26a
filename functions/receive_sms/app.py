"""A text arrives (phone → End User Messaging → SNS → SQS) → it is answered.

What fails comes back by the queue, alone: the rest of the batch is done. On its last delivery the
customer is told that the service is unavailable, and the message waits in the dead-letter queue.
"""

from typing import Any
from uuid import uuid4

from aws_lambda_powertools.metrics import MetricUnit

from freischalt.adapters.aws_events import Delivery, comes_from_sns, deliveries, sms_of_sns
from freischalt.clock import utc_now
from freischalt.domain.conversation import InboundSms
from freischalt.errors import StillInHand
from freischalt.services import sms_desk, sms_settings
from freischalt.telemetry import counted, logger, metrics, nothing_leaks, what_failed
from freischalt.use_cases.answer_sms import answer_sms
from freischalt.use_cases.apologise import apologise

TIME_FOR_ONE_MS = 2_500

settings = sms_settings()
desk = sms_desk(settings)
log = logger("receive_sms")
counts = metrics("receive_sms")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any] | None:
    with nothing_leaks(log), counted(counts):
        if comes_from_sns(event):
            for sms in sms_of_sns(event):
                answer(sms)
            return None
        failed = [
            delivery.record_id
            # whoever has the fewest tries left goes first: deferring costs a try
            for delivery in sorted(deliveries(event), key=lambda one: -one.receives)
            if put_off(delivery, context) or not receive(delivery)
        ]
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}


def put_off(delivery: Delivery, context: Any) -> bool:
    """Whether there is no time left to begin with another text; on its last delivery it is told."""
    late: bool = context.get_remaining_time_in_millis() < TIME_FOR_ONE_MS
    if late:
        counts.add_metric("PutOff", MetricUnit.Count, 1)
        if is_last(delivery):
            say_sorry(delivery)
    return late


def receive(delivery: Delivery) -> bool:
    """Whether the delivery is done; if not, the queue brings it again."""
    try:
        sms = delivery.sms()
        answer(sms)
    except StillInHand:
        log.info("another worker has this message", extra={"record": delivery.record_id})
    except Exception as error:  # noqa: BLE001 - one bad message must not hold up the others
        log.error("not answered", extra={"record": delivery.record_id, **what_failed(error)})
        counts.add_metric("NotAnswered", MetricUnit.Count, 1)
        if is_last(delivery):
            say_sorry(delivery)
    else:
        return True
    return False


def is_last(delivery: Delivery) -> bool:
    return delivery.receives >= settings.max_receives


def answer(sms: InboundSms) -> None:
    outcome = answer_sms(sms, desk, now=utc_now(), attempt=uuid4().hex)
    waited = (utc_now() - sms.arrived_at).total_seconds()
    log.info(
        "handled",
        extra={"message_id": sms.id, "ending": outcome.ending, "answer": outcome.answer},
    )
    counts.add_metric("Messages", MetricUnit.Count, 1)
    counts.add_metric(f"Ending_{outcome.ending}", MetricUnit.Count, 1)
    if outcome.answer:
        counts.add_metric(f"Answer_{outcome.answer}", MetricUnit.Count, 1)
        counts.add_metric("TimeToAnswer", MetricUnit.Seconds, waited)


def say_sorry(delivery: Delivery) -> None:
    try:
        sms = delivery.sms()
        sorry = apologise(sms, desk, now=utc_now(), attempt=uuid4().hex)
        log.info("last delivery", extra={"message_id": sms.id, "apologised": sorry})
    except Exception as error:  # noqa: BLE001 - the message goes to the dead-letter queue anyway
        log.error("no apology", extra={"record": delivery.record_id, **what_failed(error)})
