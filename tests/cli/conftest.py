"""A vendor's terminal: the tool, and a small stack in a MiniStack of its own for it to find."""

import json
import os
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from freischalt_cli.main import app
from local.ministack import CREDENTIALS, REGION, MiniStack
from local.processes import a_free_port
from tests.conftest import TABLE

type Environ = Mapping[str, str | None]


class Terminal:
    """What the vendor types, and what the tool says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dynamodb = boto3.client("dynamodb")
        self.sqs = boto3.client("sqs")
        self.waited: list[float] = []

    def __call__(self, *arguments: str, exit_code: int = 0, environ: Environ | None = None) -> str:
        """Standard output, or standard error if it is expected to fail."""
        result = CliRunner(env=environ).invoke(app, arguments)
        assert result.exit_code == exit_code, result.output
        assert "Traceback" not in result.output
        return result.stderr if exit_code else result.stdout

    def refuses(self, *arguments: str, environ: Environ | None = None) -> str:
        """The one line on standard error."""
        (line,) = self(*arguments, exit_code=1, environ=environ).splitlines()
        return line

    def stops(self, *arguments: str) -> str:
        """The last line on standard error, below the progress."""
        return self(*arguments, exit_code=1).splitlines()[-1]

    def items(self) -> dict[str, Any]:
        items = self.dynamodb.scan(TableName=TABLE)["Items"]
        return {item["PK"]["S"] + "/" + item["SK"]["S"]: item for item in items}

    def file(self, text: str, name: str = "releases.csv") -> str:
        path = self.folder / name
        path.write_text(text, "utf-8")
        return str(path)

    def output(self, name: str) -> str:
        (stack,) = boto3.client("cloudformation").describe_stacks(StackName="freischalt")["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}[name]

    def close(self) -> None:
        self.dynamodb.close()
        self.sqs.close()


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    folder = tmp_path_factory.mktemp("ministack")
    with MiniStack(a_free_port(), folder, keep_state=False) as running:
        yield running


@pytest.fixture
def terminal(
    ministack: MiniStack,
    template: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Terminal]:
    for name in ("FREISCHALT_STACK", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        **CREDENTIALS,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": ministack.endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    reset = urllib.request.Request(f"{ministack.endpoint}/_ministack/reset", method="POST")  # noqa: S310
    urllib.request.urlopen(reset).close()  # noqa: S310
    deploy("freischalt", template["Resources"]["Table"]["Properties"])
    terminal = Terminal(tmp_path)
    monkeypatch.setattr("freischalt_cli.stack.time.sleep", terminal.waited.append)
    yield terminal
    terminal.close()


def deploy(name: str, table: dict[str, Any] | None = None) -> None:
    """As much of a stack as the tool looks for; the table only if it is given."""
    wanted = ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
    properties = {part: table[part] for part in wanted} | {"TableName": TABLE} if table else {}
    kept = {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}} if table else {}
    kms = boto3.client("kms")
    key = kms.create_key(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")["KeyMetadata"]["Arn"]
    template = {
        "Parameters": {
            "SmsTimeout": {"Type": "Number"},
            "Ring": {"Type": "String"},
            "Secret": {"Type": "String"},
        },
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "DeadLetters": {"Type": "AWS::SQS::Queue"},
            **kept,
        },
        "Outputs": {
            "InboundSmsQueueUrl": {"Value": {"Ref": "Queue"}},
            "DeadLetterQueueUrl": {"Value": {"Ref": "DeadLetters"}},
            "TableName": {"Value": TABLE},
            "KeyRing": {"Value": {"Ref": "Ring"}},
            "SecretKeyArn": {"Value": {"Ref": "Secret"}},
        },
    }
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(template),
        Parameters=[
            {"ParameterKey": "SmsTimeout", "ParameterValue": "10"},
            {"ParameterKey": "Ring", "ParameterValue": f"1=active={key}"},
            {"ParameterKey": "Secret", "ParameterValue": key},
        ],
    )
    created = cloudformation.get_waiter("stack_create_complete")
    created.wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})  # type: ignore[typeddict-item]
    kms.close()
    cloudformation.close()
