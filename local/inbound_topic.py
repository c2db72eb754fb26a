"""The real SNS topic for incoming texts: how to find it, and how to publish to it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache

from botocore.exceptions import BotoCoreError, ClientError

from local.inbound_sms import InboundSms, PublishError
from local.local_aws import AT_ONCE, client, output_of_stack

OUTPUT = "InboundSmsTopicArn"


def topic_of_stack(stack: str, endpoint_url: str) -> Callable[[], str]:
    """Look the topic's ARN up when it is first asked for: the phone starts before the stack.

    What is returned raises PublishError as long as the stack or its output is missing.
    """

    @cache  # remembers the ARN; a failure is not remembered
    def look_up() -> str:
        if topic_arn := output_of_stack(stack, OUTPUT, endpoint_url):
            return topic_arn
        raise PublishError(f"stack {stack} has no output {OUTPUT} yet")

    return look_up


def publisher(
    topic_arn: str | Callable[[], str], endpoint_url: str, service_number: str
) -> Callable[[InboundSms], Awaitable[str]]:
    """Build a function that publishes a text as AWS would, and gives SNS's message id.

    It raises PublishError if the topic is unknown or does not take the text.
    """
    sns = client("sns", endpoint_url)
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
