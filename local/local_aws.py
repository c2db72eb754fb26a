"""The local AWS as the local servers see it: clients for it, and what the stack has put out."""

import os
from typing import Any

import boto3
from botocore.config import Config

from local.ministack import CREDENTIALS, REGION

AT_ONCE = 50  # calls, and connections for them
PATIENCE = Config(
    connect_timeout=2,
    read_timeout=15,
    retries={"total_max_attempts": 2},
    max_pool_connections=AT_ONCE,
)


def output_of_stack(stack: str, output: str, endpoint_url: str) -> str | None:
    """What the stack says under this name, if it does; the SDK's error if there is no stack."""
    stacks = client("cloudformation", endpoint_url).describe_stacks(StackName=stack)["Stacks"]
    for each in stacks[0].get("Outputs", []):
        if each["OutputKey"] == output:
            return str(each["OutputValue"])
    return None


def client(service: str, endpoint_url: str) -> Any:
    """Connect with the environment's keys or ours: the local stack asks for no real ones."""
    ours = {"AWS_DEFAULT_REGION": REGION, **CREDENTIALS} | os.environ
    return boto3.client(
        service,  # type: ignore[call-overload]  # the stubs want a literal
        endpoint_url=endpoint_url,
        region_name=ours["AWS_DEFAULT_REGION"],
        aws_access_key_id=ours["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ours["AWS_SECRET_ACCESS_KEY"],
        config=PATIENCE,
    )
