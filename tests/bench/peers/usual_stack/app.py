"""A fetch by SMS, written as the documentation of AWS Powertools does: a peer, not the product.

Logger, Tracer, Metrics, Batch with Parser and Idempotency as in its examples, clients by boto3.
It makes the calls of `receive_sms` with the same bodies; rules, replies and limits it has none.
"""

import hmac
import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser import BaseModel
from aws_lambda_powertools.utilities.parser.models import SnsNotificationModel, SqsRecordModel
from aws_lambda_powertools.utilities.parser.types import Json
from aws_lambda_powertools.utilities.typing import LambdaContext

TABLE = os.environ["TABLE_NAME"]
KEY_ARN = os.environ["KEY_ARN"]
KEPT = timedelta(days=14)


class InboundSms(BaseModel):
    """The two-way SMS payload."""

    originationNumber: str  # noqa: N815 - AWS's name
    messageBody: str  # noqa: N815
    inboundMessageId: str  # noqa: N815


class SmsNotification(SnsNotificationModel):
    """The SNS envelope."""

    Message: Json[InboundSms]  # type: ignore[assignment] # as the documentation does it


class SmsRecord(SqsRecordModel):
    """The SQS record."""

    body: Json[SmsNotification]


logger = Logger()
tracer = Tracer()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS, model=SmsRecord)
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"])
config = IdempotencyConfig(event_key_jmespath="messageId")
dynamodb = boto3.client("dynamodb")
kms = boto3.client("kms")
sms_voice = boto3.client("pinpoint-sms-voice-v2")


@tracer.capture_method
@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="record", config=config, persistence_store=persistence
)
def record_handler(record: SmsRecord) -> dict[str, str]:
    sms = record.body.Message
    _, licence_type, number = sms.messageBody.split(".")
    carat_id = number[:8]
    now = datetime.now(UTC)
    version, account = read(sms, carat_id)
    commit(sms, f"{licence_type}P", number, carat_id, version, account, now)
    dongle_key = kms.generate_mac(
        KeyId=KEY_ARN, MacAlgorithm="HMAC_SHA_256", Message=f"dongle|{carat_id}".encode()
    )["Mac"]
    digits = hmac.digest(dongle_key, f"{number}|{licence_type}".encode(), "sha256").hex().upper()
    code = "-".join(digits[place : place + 4] for place in range(0, 16, 4))
    sms_voice.send_text_message(
        DestinationPhoneNumber=sms.originationNumber,
        OriginationIdentity=os.environ["ORIGINATION_IDENTITY"],
        MessageBody=f'OK: Ihr Freischalt-Code lautet "{code}"',
        MessageType="TRANSACTIONAL",
        ConfigurationSetName=os.environ["CONFIGURATION_SET_NAME"],
        MaxPrice="0.50",
        Context={"outbox": sms.inboundMessageId},
    )
    mark_answered(sms, now)
    logger.info("handled", extra={"message_id": sms.inboundMessageId, "answer": "CODE"})
    metrics.add_metric(name="Messages", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="Answer_CODE", unit=MetricUnit.Count, value=1)
    return {"answer": "CODE"}


def key(noun: str, id_: str) -> Any:
    return {"PK": {"S": f"{noun}#{id_}"}, "SK": {"S": noun}}


def millis(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def read(sms: InboundSms, carat_id: str) -> tuple[str, str]:
    """The version of the dongle, and the account of the phone."""
    wanted = [
        {"PK": {"S": "SERVICE"}, "SK": {"S": "SERVICE"}},
        key("PHONE", sms.originationNumber),
        key("MESSAGE", sms.inboundMessageId),
        key("DONGLE", carat_id),
    ]
    answer = dynamodb.batch_get_item(RequestItems={TABLE: {"Keys": wanted, "ConsistentRead": True}})
    found = {item["SK"]["S"]: item for item in answer["Responses"][TABLE]}
    return found["DONGLE"]["version"]["N"], found["PHONE"]["account"]["S"]


def commit(
    sms: InboundSms,
    licence_type: str,
    number: str,
    carat_id: str,
    version: str,
    account: str,
    now: datetime,
) -> None:
    answer = {
        "code": {"S": "CODE"},
        "type": {"S": licence_type},
        "number": {"S": number},
        "key_id": {"S": "1"},
    }
    dynamodb.transact_write_items(
        TransactItems=[
            {
                "Update": {
                    "TableName": TABLE,
                    "Key": key("MESSAGE", sms.inboundMessageId),
                    "UpdateExpression": "SET answer = :answer, account = :account, "
                    "attempt = :attempt, committed_at = :committed_at, expires_at = :expires_at",
                    "ConditionExpression": "attribute_not_exists(answer)",
                    "ExpressionAttributeValues": {
                        ":answer": {"M": answer},
                        ":account": {"S": account},
                        ":attempt": {"S": uuid4().hex},
                        ":committed_at": {"N": millis(now)},
                        ":expires_at": {"N": str(int((now + KEPT).timestamp()))},
                    },
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            },
            {
                "Update": {
                    "TableName": TABLE,
                    "Key": key("PHONE", sms.originationNumber),
                    "UpdateExpression": "SET reply_2 = :reply_2",
                    "ConditionExpression": "revision = :seen_revision "
                    "AND attribute_not_exists(reply_2)",
                    "ExpressionAttributeValues": {
                        ":reply_2": {"N": millis(now)},
                        ":seen_revision": {"N": "1"},
                    },
                }
            },
            {
                "ConditionCheck": {
                    "TableName": TABLE,
                    "Key": key("DONGLE", carat_id),
                    "ConditionExpression": "version = :version",
                    "ExpressionAttributeValues": {":version": {"N": version}},
                }
            },
        ]
    )


def mark_answered(sms: InboundSms, now: datetime) -> None:
    dynamodb.update_item(
        TableName=TABLE,
        Key=key("MESSAGE", sms.inboundMessageId),
        UpdateExpression="SET answered_at = :now",
        ConditionExpression="attribute_exists(answer) AND attribute_not_exists(answered_at)",
        ExpressionAttributeValues={":now": {"N": millis(now)}},
    )


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    config.register_lambda_context(context)
    return process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context
    )
