"""The functions as Lambda runs them: `app.py`, a real event, AWS in memory, the SMS stand-in."""

import importlib.util
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from freischalt.catalogue_file import compiled, read_catalogue
from freischalt.term_catalogue_file import read_terms
from local.conversations import Conversations
from local.sms_service import app as sms_service
from local.stripe_secrets import KEY_NAME, SECRETS, WEBHOOK_SECRET_NAME
from tests.conftest import ROOT, TABLE
from tests.contract.promises import DynamoDbStore
from tests.factories import OWN_NUMBER
from tests.local.live import serving

BUS = "events"
BUCKET = "exports"
INVOICES = "invoices"


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context that the functions look at."""

    left_ms: int = 5_000
    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:function"
    aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


@pytest.fixture
def event() -> Callable[[str], Any]:
    return lambda name: json.loads((ROOT / "events" / f"{name}.json").read_text("utf-8"))


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    with Conversations(tmp_path / "conversations.sqlite3") as kept:
        yield kept


@pytest.fixture
def environment(
    dynamodb: Any, conversations: Conversations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Everything that template.yaml gives the functions; the SMS stand-in's address."""
    key = boto3.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    secret = boto3.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    boto3.client("sesv2").create_email_identity(EmailIdentity="lizenzen@freischalt.example")
    boto3.client("events").create_event_bus(Name=BUS)
    for bucket in (BUCKET, INVOICES):
        boto3.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
    queues = {
        service: boto3.client("sqs").create_queue(QueueName=service)["QueueUrl"]
        for service in ("vies", "evatr", "terms")
    }
    catalogue = tmp_path / "catalogue.json"
    source = ROOT / "layers/freischalt/catalogue.yaml"
    catalogue.write_text(json.dumps(compiled(read_catalogue(source.read_text("utf-8")))))
    terms = tmp_path / "terms.json"
    source = ROOT / "layers/freischalt/terms.yaml"
    terms.write_text(json.dumps(read_terms(source.read_text("utf-8"))))
    for name, text in SECRETS.items():
        boto3.client("ssm").put_parameter(Name=name, Value=text, Type="SecureString")
    with serving(sms_service(conversations)) as (url,):
        for name, value in {
            "TABLE_NAME": TABLE,
            "TIME_ZONE": "Europe/Vienna",
            "KEY_RING": f"1=active={key['KeyMetadata']['Arn']}",
            "CATALOGUE_FILE": str(catalogue),
            "TERMS_FILE": str(terms),
            "ORIGINATION_IDENTITY": OWN_NUMBER,
            "CONFIGURATION_SET_NAME": "replies",
            "OPT_OUT_LIST_NAME": "Default",
            "OWN_NUMBERS": OWN_NUMBER,
            "SERVED_COUNTRIES": "AT,DE",
            "REPLIES_AN_HOUR": "30",
            "REPEATED_ORDER_MINUTES": "10",
            "CONFIRM_ABOVE_CENTS": "never",
            "FUNCTION_TIMEOUT_SECONDS": "5",
            "MAX_RECEIVES": "5",
            "EVENT_BUS_NAME": BUS,
            "EXPORTS_BUCKET_NAME": BUCKET,
            "INVOICES_BUCKET": INVOICES,
            "LISTS_BUCKET": "lists",
            "VIES_QUEUE_URL": queues["vies"],
            "EVATR_QUEUE_URL": queues["evatr"],
            "STRIPE_URL": "http://127.0.0.1:9",
            "STRIPE_KEY_ARN": KEY_NAME,
            "STRIPE_WEBHOOK_SECRET_ARN": WEBHOOK_SECRET_NAME,
            "TERM_QUEUE_URL": queues["terms"],
            "SECRET_KEY": secret["KeyMetadata"]["Arn"],
            "SELLER_VAT_ID": "DE136695976",
            "VAT_REPEATED_AFTER_DAYS": "90",
            "VAT_GOOD_TO_BUY_HOURS": "24",
            "VAT_QUIET_HOURS": "none",
            "MAIL_SENDER": "lizenzen@freischalt.example",
            "SITE": "https://freischalt.example",
            "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": url,
            "POWERTOOLS_METRICS_NAMESPACE": "Freischalt",
        }.items():
            monkeypatch.setenv(name, value)
        yield url


@pytest.fixture
def function(environment: str) -> Callable[[str], ModuleType]:
    """Starts a function anew, as a cold start does."""

    def start(name: str) -> ModuleType:
        forget_logger(name)
        spec = importlib.util.spec_from_file_location(
            f"cold_{name}", ROOT / "functions" / name / "app.py"
        )
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return start


def forget_logger(service: str) -> None:
    """Loggers outlive a module: the last test's one would still write to the last test's output."""
    logging.Logger.manager.loggerDict.pop(service, None)


@pytest.fixture
def store(dynamodb: Any) -> DynamoDbStore:
    return DynamoDbStore(dynamodb)
