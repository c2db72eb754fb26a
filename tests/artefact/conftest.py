"""The built artefact, a local AWS with what the template would have made, the SMS stand-in."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from local import vat_scenario
from local.conversations import Conversations
from local.ministack import CREDENTIALS, REGION, MiniStack
from local.processes import ROOT, a_free_port
from local.sms_service import app as sms_service
from local.stripe_secrets import SECRETS, STRIPE_KEY, STRIPE_WEBHOOK_SECRET
from local.stripe_service import app as stripe_service
from local.vat_services import VIES
from local.vat_services import app as vat_services
from tests.artefact.deployed import FUNCTIONS, NAMES, Artefact, Running, running
from tests.artefact.variables import Resolver
from tests.conftest import create_table
from tests.contract.promises import DynamoDbStore
from tests.local.live import serving

NUMBERS = count(1)


@pytest.fixture(scope="session")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Artefact:
    return Artefact.copied_to(tmp_path_factory.mktemp("artefact"))


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("ministack")
    with MiniStack(a_free_port(), folder, keep_state=False) as stack:
        yield stack.endpoint


@pytest.fixture(scope="session")
def aws(ministack: str) -> Callable[[str], Any]:
    """Clients of the local AWS."""
    session = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    return lambda service: session.client(service, endpoint_url=ministack)  # type: ignore[call-overload]


@dataclass(frozen=True)
class Stack:
    """What the template would have made, each by its name; every test has its own."""

    table: str
    bus: str
    bucket: str
    heard: str  # the queue of who listens to the bus
    vies: str  # the queues of questions about VAT IDs
    evatr: str
    terms: str  # the queue of plants to be told of
    key: str


@pytest.fixture(scope="session")
def key(aws: Callable[[str], Any]) -> str:
    made = aws("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    arn: str = made["KeyMetadata"]["Arn"]
    return arn


@pytest.fixture
def stack(aws: Callable[[str], Any], template: dict[str, Any], key: str) -> Stack:
    name = f"test-{next(NUMBERS)}"
    create_table(aws("dynamodb"), template, name)
    aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    vies, evatr, terms = (
        aws("sqs").create_queue(QueueName=f"{name}-{service}")["QueueUrl"]
        for service in ("vies", "evatr", "terms")
    )
    heard = a_bus_with_a_listener(aws, name)
    return Stack(name, name, name, heard, vies, evatr, terms, key)


def a_bus_with_a_listener(aws: Callable[[str], Any], name: str) -> str:
    events, sqs = aws("events"), aws("sqs")
    events.create_event_bus(Name=name)
    queue: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    events.put_rule(
        Name=name, EventBusName=name, EventPattern=json.dumps({"source": ["freischalt"]})
    )
    events.put_targets(
        Rule=name, EventBusName=name, Targets=[{"Id": "queue", "Arn": arn["QueueArn"]}]
    )
    return queue


@pytest.fixture
def store(aws: Callable[[str], Any], stack: Stack) -> DynamoDbStore:
    return DynamoDbStore(aws("dynamodb"), stack.table)


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    with Conversations(tmp_path / "conversations.sqlite3") as kept:
        yield kept


@pytest.fixture
def registries() -> Iterator[str]:
    """VIES and eVatR, as local/vat_scenario.yaml has them."""
    with serving(vat_services(vat_scenario.read())) as (url,):
        yield url


@pytest.fixture
def payments(aws: Callable[[str], Any]) -> Iterator[str]:
    """The stand-in for Stripe, whose events reach nobody; its secrets are where they belong."""
    for name, text in SECRETS.items():
        aws("ssm").put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)
    made = stripe_service(
        "http://127.0.0.1:9",
        key=STRIPE_KEY,
        secret=STRIPE_WEBHOOK_SECRET,
        page=lambda id_: f"https://pay.example/c/pay/{id_}",
    )
    with serving(made) as (url,):
        httpx.post(f"{url}/_orders", json={"manner": "never"}).raise_for_status()
        yield url


@pytest.fixture
def function(
    artefact: Artefact,
    stack: Stack,
    ministack: str,
    template: dict[str, Any],
    conversations: Conversations,
    registries: str,
    payments: str,
    tmp_path: Path,
) -> Iterator[Callable[[str], Running]]:
    """Starts a function from the artefact; all end with the test."""
    names = NAMES | {
        "Table": stack.table,
        "Events": stack.bus,
        "Exports": stack.bucket,
        "Handover": stack.bucket,
        "Invoices": stack.bucket,
        "Lists": stack.bucket,
        "StripeUrl": payments,
        "ViesQueue": stack.vies,
        "EvatrQueue": stack.evatr,
        "TermQueue": stack.terms,
        "ViesUrl": registries + VIES,
        "EvatrUrl": registries,
        "MasterKey1.Arn": stack.key,
        "SecretKey.Arn": stack.key,
    }
    with ExitStack() as stopped, serving(sms_service(conversations)) as (sms,):

        def start(name: str) -> Running:
            variables = Resolver(template, names).variables(FUNCTIONS[name])
            variables["AWS_ENDPOINT_URL"] = ministack
            variables["AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2"] = sms
            log = tmp_path / f"{name}.log"
            return stopped.enter_context(running(artefact, name, variables, log))

        yield start


@pytest.fixture
def event() -> Callable[[str], Any]:
    return lambda name: json.loads((ROOT / "events" / f"{name}.json").read_text("utf-8"))
