"""A vendor's terminal: the tool, and a stack for it to find."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from freischalt_cli import stack
from freischalt_cli.main import app
from tests.conftest import TABLE

OUTPUTS = ("TableName", "InboundSmsQueueUrl", "DeadLetterQueueUrl", "KeyRing")


class Terminal:
    """What the vendor types, and what the tool says."""

    def __init__(self, folder: Path, dynamodb: Any) -> None:
        self.folder = folder
        self.dynamodb = dynamodb
        self.sqs = boto3.client("sqs")
        self.waited: list[float] = []

    def __call__(self, *arguments: str, exit_code: int = 0, **environ: str) -> str:
        result = CliRunner(env=environ).invoke(app, arguments)
        assert (result.exit_code, result.exception) == (
            exit_code,
            None if exit_code == 0 else result.exception,
        ), result.output
        assert "Traceback" not in result.output
        return result.stderr if exit_code else result.stdout

    def refuses(self, *arguments: str, **environ: str) -> str:
        """The one line on standard error."""
        (line,) = self(*arguments, exit_code=1, **environ).splitlines()
        return line

    def refuses_after_progress(self, *arguments: str) -> str:
        """The last line on standard error."""
        return self(*arguments, exit_code=1).splitlines()[-1]

    def items(self) -> dict[str, Any]:
        items = self.dynamodb.scan(TableName=TABLE)["Items"]
        return {item["PK"]["S"] + "/" + item["SK"]["S"]: item for item in items}

    def file(self, text: str, name: str = "releases.csv") -> str:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return str(path)

    def queue(self, output: str) -> str:
        (found,) = boto3.client("cloudformation").describe_stacks(StackName="freischalt")["Stacks"]
        return str({each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}[output])


@pytest.fixture
def terminal(dynamodb: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.delenv("FREISCHALT_STACK", raising=False)
    deploy("freischalt")
    terminal = Terminal(tmp_path, dynamodb)
    monkeypatch.setattr(stack.time, "sleep", terminal.waited.append)
    yield terminal


def deploy(name: str) -> None:
    """As much of a stack as the tool looks for."""
    kms = boto3.client("kms")
    key = kms.create_key(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")["KeyMetadata"]["Arn"]
    queues = {"Queue": "InboundSmsQueueUrl", "Dead": "DeadLetterQueueUrl"}
    template = {
        "Parameters": {"SmsTimeout": {"Type": "Number"}, "Ring": {"Type": "String"}},
        "Resources": {logical: {"Type": "AWS::SQS::Queue"} for logical in queues},
        "Outputs": {
            **{output: {"Value": {"Ref": logical}} for logical, output in queues.items()},
            "TableName": {"Value": TABLE},
            "KeyRing": {"Value": {"Ref": "Ring"}},
        },
    }
    boto3.client("cloudformation").create_stack(
        StackName=name,
        TemplateBody=json.dumps(template),
        Parameters=[
            {"ParameterKey": "SmsTimeout", "ParameterValue": "10"},
            {"ParameterKey": "Ring", "ParameterValue": f"1=active={key}"},
        ],
    )
