"""The composition roots of VAT checks: who asks, and who hands out what is due."""

import os
from collections.abc import Callable, Mapping

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from freischalt.adapters.dynamodb_vat_dues import DynamoDbVatDues
from freischalt.adapters.guarded_registry import Circuits, GuardedRegistry
from freischalt.adapters.pending_items import fail_on_unreadable
from freischalt.adapters.sdk import client
from freischalt.adapters.sqs_vat_queue import SqsVatQueue
from freischalt.adapters.vat_services import EvatrClient, ViesClient
from freischalt.api_settings import RegistrySettings, VatQueueSettings
from freischalt.domain.vat import VatService
from freischalt.domain.vat_record import VatDue
from freischalt.office_services import Services
from freischalt.telemetry import what_failed
from freischalt.vat_ports import VatDues, VatQueue, VatRegistry


def registries(services: Services) -> Mapping[VatService, VatRegistry]:
    """Each asked with the vendor's own VAT ID, and left alone while it is down."""
    settings, own = RegistrySettings.of(os.environ), services.settings.seller_vat_id
    circuits = Circuits(services.dynamodb, services.settings.table)
    clients: dict[VatService, VatRegistry] = {
        VatService.VIES: ViesClient(settings.vies, own),
        VatService.EVATR: EvatrClient(settings.evatr, own),
    }
    return {service: GuardedRegistry(made, service, circuits) for service, made in clients.items()}


def vat_dues(unreadable: Callable[[str], None] = fail_on_unreadable) -> VatDues:
    return DynamoDbVatDues(client("dynamodb"), VatQueueSettings.of(os.environ).table, unreadable)


def not_handed_out(
    log: Logger, counts: Metrics, *, metric: str
) -> Callable[[VatDue, Exception], None]:
    """Tells what its queue did not take."""

    def tell(due: VatDue, error: Exception) -> None:
        log.error("not handed out", extra={"account": due.account, **what_failed(error)})
        counts.add_metric(metric, MetricUnit.Count, 1)

    return tell


def vat_queue() -> VatQueue:
    return SqsVatQueue(client("sqs", read_seconds=5), VatQueueSettings.of(os.environ).queues)
