"""A local AWS with everything in it that the functions need, for as long as a campaign lasts."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from samtranslator.yaml_helper import yaml_parse

from freischalt.catalogue_file import compiled, read_catalogue
from freischalt.domain.key_ring import KeyRing
from freischalt.term_catalogue_file import read_terms
from local.build import build
from local.ministack import CREDENTIALS, REGION, MiniStack, surroundings
from local.processes import a_free_port
from local.stack import LocalStack, a_free_choice_of_ports
from local.stripe_secrets import SECRETS
from local.vat_services import VIES
from tests.artefact.deployed import FUNCTIONS, NAMES
from tests.artefact.variables import Resolver
from tests.conftest import ROOT, create_table
from tests.proof.director import Director, directing
from tests.proof.provider import looking_at, the_provider
from tests.proof.stand_ins import the_registries, the_sms_service
from tests.proof.workers import INJECTOR, DeployedWorkers, ForkedWorkers, Workers
from tests.proof.world import Names, World

MAIL_SENDER = "lizenzen@freischalt.example"
SITE = "https://freischalt.example"

TIME_FOR_ANOTHER_WORKER = {"SmsTimeout": "30", "SmsVisibility": "180"}
"""A function that waits for the director while another worker starts must not be cut off."""


@dataclass
class Stage:
    world: World
    workers: Workers
    director: Director
    log: Callable[[], str]
    """All that the functions have logged so far."""


@contextmanager
def local_aws(folder: Path) -> Iterator[tuple[World, dict[str, str]]]:
    """All that the functions of the checkout need, and the environment that they find it in."""
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    with MiniStack(a_free_port(), folder / "aws", keep_state=False) as stack:
        create_table(clients(stack.endpoint)("dynamodb"), template, NAMES["Table"])
        with world_at(stack.endpoint, folder, World) as made:
            yield made


@contextmanager
def world_at[W: World](
    endpoint: str, folder: Path, kind: type[W]
) -> Iterator[tuple[W, dict[str, str]]]:
    """All that the functions need beside the table, and the environment that they find it in."""
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    with (
        the_sms_service(folder / "sms") as (sms, conversations),
        the_registries() as registries,
        the_provider() as provider,
    ):
        client = clients(endpoint)
        names = make_resources(client)
        environment = environment_of(
            template,
            names,
            endpoint,
            sms,
            elsewhere=Elsewhere(registries, provider.url),
            folder=folder,
        )
        yield kind(client, names, conversations, provider), environment


@dataclass(frozen=True)
class Elsewhere:
    """Where the stand-ins for services outside AWS are."""

    registries: str
    pay: str


def environment_of(
    template: dict[str, Any],
    names: Names,
    endpoint: str,
    sms: str,
    *,
    elsewhere: Elsewhere,
    folder: Path,
) -> dict[str, str]:
    """What a process needs to run any of the functions on this AWS."""
    return {
        **CREDENTIALS,
        **variables(template, names, elsewhere),
        "AWS_DEFAULT_REGION": REGION,
        "CATALOGUE_FILE": str(compile_catalogue(folder)),
        "TERMS_FILE": str(compile_terms(folder)),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": sms,
    }


type Staging = Callable[[str], AbstractContextManager[Stage]]
"""Puts a wrong implementation (planted/) on a stage, or ours if it is "" that is asked for."""


@contextmanager
def in_process(folder: Path) -> Iterator[Stage]:
    """The functions of the checkout, in forks of our own process; a MiniStack is their AWS."""
    with stages(folder) as staging, staging("") as stage:
        yield stage


@contextmanager
def stages(folder: Path) -> Iterator[Staging]:
    """Stages of that kind, one after another: all have one AWS."""
    with directing() as director, local_aws(folder) as (world, given):
        environment = surroundings() | given | {"FAULT_DIRECTOR": director.address}

        @contextmanager
        def staging(planted: str) -> Iterator[Stage]:
            log = folder / f"functions{planted and '.'}{planted}.log"
            with ForkedWorkers(environment, log, planted=planted) as workers:
                yield Stage(world, workers, director, lambda: log.read_text("utf-8"))

        yield staging


@contextmanager
def deployed(folder: Path) -> Iterator[Stage]:
    """The built template, deployed in MiniStack."""
    with (
        directing() as director,
        the_sms_service(folder / "texts") as (sms, conversations),
        LocalStack(
            folder / "stack",
            a_free_choice_of_ports(),
            environment={
                "PYTHONPATH": str(INJECTOR),
                "FAULT_DIRECTOR": director.address,
                "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": sms,
            },
            keep_state=False,
        ) as stack,
        looking_at(stack.pay) as provider,
    ):
        outputs = stack.deploy(build(), TIME_FOR_ANOTHER_WORKER)
        client = clients(stack.endpoint)
        key = KeyRing.read(outputs["KeyRing"]).active
        names = Names(
            table=outputs["TableName"],
            bus=outputs["EventBusName"],
            bucket=outputs["ExportsBucketName"],
            invoices=outputs["InvoicesBucketName"],
            lists=stack.deployment.physical_id("Lists"),
            key_id=key.id,
            key_arn=key.arn,
            secret_key=stack.deployment.physical_id("SecretKey"),
            queues={
                "vies": stack.deployment.physical_id("ViesQueue"),
                "evatr": stack.deployment.physical_id("EvatrQueue"),
            },
            terms=stack.deployment.physical_id("TermQueue"),
        )
        workers = DeployedWorkers(stack, client, FUNCTIONS)
        yield Stage(
            World(client, names, conversations, provider),
            workers,
            director,
            partial(logged, client("logs")),
        )


def logged(logs: Any) -> str:
    lines: list[str] = []
    for group in logs.describe_log_groups()["logGroups"]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        lines += [event["message"] for page in pages for event in page["events"]]
    return "\n".join(lines)


def variables(template: dict[str, Any], names: Names, elsewhere: Elsewhere) -> dict[str, str]:
    """What the template gives to the functions: to all of them, since one process runs them all."""
    given = NAMES | {
        "Table": names.table,
        "Events": names.bus,
        "Exports": names.bucket,
        "MasterKey1.Arn": names.key_arn,
        "SecretKey.Arn": names.secret_key,
        "MailSender": MAIL_SENDER,
        "Site": SITE,
        "ViesQueue": names.queues["vies"],
        "EvatrQueue": names.queues["evatr"],
        "TermQueue": names.terms,
        "Invoices": names.invoices,
        "Lists": names.lists,
        "ViesUrl": elsewhere.registries + VIES,
        "EvatrUrl": elsewhere.registries,
        "StripeUrl": elsewhere.pay,
    }
    of_all: dict[str, str] = {}
    for function in FUNCTIONS.values():
        of_all |= Chooser(template, given).variables(function)
    del of_all["PYTHONTZPATH"]  # the layer's time zones are not here
    return of_all


class Chooser(Resolver):
    """Works out a variable that is one thing or another, too."""

    def text(self, value: Any) -> str:
        return super().text(self._chosen(value))


def compile_catalogue(folder: Path) -> Path:
    compiled_catalogue = folder / "catalogue.json"
    source = (ROOT / "layers/freischalt/catalogue.yaml").read_text("utf-8")
    compiled_catalogue.write_text(json.dumps(compiled(read_catalogue(source))))
    return compiled_catalogue


def compile_terms(folder: Path) -> Path:
    compiled_terms = folder / "terms.json"
    source = (ROOT / "layers/freischalt/terms.yaml").read_text("utf-8")
    compiled_terms.write_text(json.dumps(read_terms(source)))
    return compiled_terms


def clients(endpoint: str) -> Any:
    session = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )

    def client(service: Any, **config: Any) -> Any:
        return session.client(service, endpoint_url=endpoint, config=Config(**config))

    return client


def make_resources(client: Any) -> Names:
    """All but the table, under the names that the functions' environment has."""
    bus = NAMES["Events"]
    client("events").create_event_bus(Name=bus)
    for bucket in ("Exports", "Invoices", "Lists"):
        client("s3").create_bucket(
            Bucket=NAMES[bucket], CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    for name, secret in SECRETS.items():
        client("ssm").put_parameter(Name=name, Value=secret, Type="SecureString")
    client("sesv2").create_email_identity(EmailIdentity=MAIL_SENDER)
    codes, secrets = (
        client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC") for _ in "12"
    )
    return Names(
        table=NAMES["Table"],
        bus=bus,
        bucket=NAMES["Exports"],
        invoices=NAMES["Invoices"],
        lists=NAMES["Lists"],
        key_id=NAMES["MasterKey1"],
        key_arn=codes["KeyMetadata"]["Arn"],
        secret_key=secrets["KeyMetadata"]["Arn"],
        queues={
            service: client("sqs").create_queue(QueueName=service)["QueueUrl"]
            for service in ("vies", "evatr")
        },
        terms=client("sqs").create_queue(QueueName="terms")["QueueUrl"],
    )
