"""The vendor's stack: found by its CloudFormation outputs, reached as AWS is configured.

The composition root of the tool: what a command needs is made when it asks for it.
"""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from freischalt.adapters.dynamodb_audit_trail import DynamoDbAuditTrail
from freischalt.adapters.dynamodb_imports import DynamoDbImports
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_vendor_desk import DynamoDbVendorDesk
from freischalt.adapters.kms_code_maker import KmsCodeMaker
from freischalt.adapters.kms_secret_maker import KmsSecretMaker
from freischalt.adapters.sqs_dead_letters import SqsDeadLetters
from freischalt.clock import pause, utc_now
from freischalt.domain.catalogue import Catalogue
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.request import Request
from freischalt.errors import VendorMistake
from freischalt.use_cases.office import Office
from freischalt.use_cases.vendor import Act

LOCAL_ENDPOINT = f"http://127.0.0.1:{os.environ.get('FREISCHALT_AWS_PORT') or 4566}"
LOCAL_CLOCK = f"http://127.0.0.1:{os.environ.get('FREISCHALT_PHONE_PORT') or 8066}/clock"
LOCAL_REGION = "eu-central-1"
LOCAL_CREDENTIALS = "test"
LONGEST_WORKER_SECONDS = 30  # what template.yaml allows for SmsTimeout

PATIENT = Config(
    connect_timeout=3, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 4}
)


class StackUnknown(VendorMistake):
    """There is no such stack, or it is not one of ours."""


class Stack:
    """One deployed Freischalt."""

    def __init__(self, name: str, *, local: bool) -> None:
        self.name = name
        self._local = local

    @cached_property
    def _session(self) -> boto3.Session:
        if not self._local:
            return boto3.Session()
        return boto3.Session(
            aws_access_key_id=LOCAL_CREDENTIALS,
            aws_secret_access_key=LOCAL_CREDENTIALS,
            region_name=LOCAL_REGION,
        )

    def _client(self, service: Any) -> Any:
        endpoint = LOCAL_ENDPOINT if self._local else None
        return self._session.client(service, endpoint_url=endpoint, config=PATIENT)

    @cached_property
    def _description(self) -> dict[str, Any]:
        client = self._client("cloudformation")
        try:
            (found,) = client.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            where = f"{client.meta.region_name}, {client.meta.endpoint_url}"
            raise StackUnknown(
                f"there is no stack {self.name} in {where}; name yours with --stack"
            ) from error
        return dict(found)

    def output(self, name: str) -> str:
        """Raises StackUnknown."""
        for output in self._description.get("Outputs", ()):
            if output["OutputKey"] == name:
                return str(output["OutputValue"])
        raise StackUnknown(f"stack {self.name} has no output {name}: is it Freischalt's?")

    @cached_property
    def _dynamodb(self) -> Any:
        return self._client("dynamodb")

    @cached_property
    def _key_ring(self) -> KeyRing:
        try:
            return KeyRing.read(self.output("KeyRing"))
        except ValueError as error:
            raise StackUnknown(f"output KeyRing of stack {self.name}: {error}") from error

    def now(self) -> datetime:
        """The time of its functions: the local stack's clock can be ahead."""
        return utc_now() + (_ahead() if self._local else timedelta())

    def desk(self) -> DynamoDbVendorDesk:
        return DynamoDbVendorDesk(self._dynamodb, self.output("TableName"))

    def imports(self) -> DynamoDbImports:
        return DynamoDbImports(self._dynamodb, self.output("TableName"))

    def orders(self) -> DynamoDbOrders:
        return DynamoDbOrders(self._dynamodb, self.output("TableName"))

    def trail(self) -> DynamoDbAuditTrail:
        return DynamoDbAuditTrail(self._dynamodb, self.output("TableName"))

    def codes(self) -> KmsCodeMaker:
        return KmsCodeMaker(self._client("kms"), self._key_ring)

    def dead_letters(self) -> SqsDeadLetters:
        return SqsDeadLetters(
            self._client("sqs"),
            dead_letters=self.output("DeadLetterQueueUrl"),
            queue=self.output("InboundSmsQueueUrl"),
        )

    def settle(self) -> None:
        """Wait as long as a worker may run: the stack's parameter says it."""
        parameters = self._description.get("Parameters", ())
        seconds = {each["ParameterKey"]: each.get("ParameterValue") for each in parameters}
        time.sleep(float(seconds.get("SmsTimeout") or LONGEST_WORKER_SECONDS))

    def office(self) -> Office:
        """What operators need: they accept no documents, so there is no catalogue."""
        return Office(
            records=DynamoDbRecords(self._dynamodb, self.output("TableName"), UTC),
            secrets=KmsSecretMaker(self._client("kms"), self.output("SecretKeyArn")),
            catalogue=Catalogue(currency="EUR", points={}, e_protocol=0),
            time_zone=UTC,
            pause=pause,
        )

    def request(self) -> Request:
        """One thing that whoever AWS says is calling asks for."""
        act = self.act()
        return Request(
            id=act.id,
            nonce=act.id,
            fingerprint="",
            repeatable=False,
            actor=act.actor,
            at=act.at,
        )

    def act(self) -> Act:
        """An act of whoever AWS says is calling, such as `vendor:user/anna`."""
        caller = self._client("sts").get_caller_identity()["Arn"]
        return Act(id=uuid4().hex, actor=f"vendor:{caller.rpartition(':')[2]}", at=self.now())


def _ahead() -> timedelta:
    """How far the local clock is ahead; not at all where only MiniStack is running."""
    try:
        with urlopen(LOCAL_CLOCK, timeout=3) as answer:
            return timedelta(seconds=json.load(answer)["aheadSeconds"])
    except URLError:
        return timedelta()
