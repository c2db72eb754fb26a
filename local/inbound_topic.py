"""The real SNS topic for incoming texts: how to find it, and how to publish to it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.inbound_sms import InboundSms, PublishError

OUTPUT = "InboundSmsTopicArn"
AT_ONCE = 50  # publishing threads, and connections for them
PATIENCE = Config(
    connect_timeout=2,
    read_timeout=15,
    retries={"total_max_attempts": 2},
    max_pool_connections=AT_ONCE,
)


def topic_of_stack(stack: str, endpoint_url: str) -> Callable[[], str]:
    """Look the topic's ARN up when it is first asked for: the phone starts before the stack.

    What is returned raises PublishError as long as the stack or its output is missing.
    """

    @cache  # remembers the ARN; a failure is not remembered
    def look_up() -> str:
        stacks = _client("cloudformation", endpoint_url).describe_stacks(StackName=stack)["Stacks"]
        for output in stacks[0].get("Outputs", []):
            if output["OutputKey"] == OUTPUT:
                return str(output["OutputValue"])
        raise PublishError(f"stack {stack} has no output {OUTPUT} yet")

    return look_up


def publisher(
    topic_arn: str | Callable[[], str], endpoint_url: str, service_number: str
) -> Callable[[InboundSms], Awaitable[str]]:
    """Build a function that publishes a text as AWS would, and gives SNS's message id.

    It raises PublishError if the topic is unknown or does not take the text.
    """
    sns = _client("sns", endpoint_url)
    gate = asyncio.Semaphore(AT_ONCE)

    def publish_now(sms: InboundSms) -> str:
        try:
            arn = topic_arn if isinstance(topic_arn, str) else topic_arn()
            account = arn.split(":")[4]
            message = sms.payload(service_number=service_number, aws_account=account)
            return str(sns.publish(TopicArn=arn, Message=message)["MessageId"])
        except (BotoCoreError, ClientError) as failure:
            raise PublishError(str(failure)) from failure

    async def publish(sms: InboundSms) -> str:
        async with gate:
            return await asyncio.to_thread(publish_now, sms)

    return publish


def _client(service: str, endpoint_url: str) -> Any:
    """Connect with the environment's keys or any: the local stack asks for no real ones."""
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs want a literal
        endpoint_url=endpoint_url,
        region_name=os.environ.get("AWS_DEFAULT_REGION", "eu-central-1"),
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "local"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "local"),
        config=PATIENCE,
    )
