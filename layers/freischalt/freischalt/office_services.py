"""The composition root of everything that knows users and locks."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from freischalt.account_ports import DueLocks, OpenWithdrawals, UnpaidOrders
from freischalt.adapters.compiled_catalogue import load_catalogue
from freischalt.adapters.compiled_term_catalogue import load_term_catalogue
from freischalt.adapters.dynamodb_payments import DynamoDbAsidePayments
from freischalt.adapters.dynamodb_planned_ends import DynamoDbPlannedEnds
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_unpaid_orders import DynamoDbUnpaidOrders
from freischalt.adapters.dynamodb_withdrawals import DynamoDbWithdrawals
from freischalt.adapters.kms_secret_maker import KmsSecretMaker
from freischalt.adapters.pending_items import fail_on_unreadable
from freischalt.adapters.sdk import client
from freischalt.api_settings import OfficeSettings
from freischalt.clock import pause
from freischalt.payment_ports import AsidePayments
from freischalt.use_cases.office import Office


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the routes need; `records` fits `Records` and `Lists`.

    The settings and clients are for whatever else a function makes of them: each is made once.
    """

    office: Office
    records: DynamoDbRecords
    settings: OfficeSettings
    dynamodb: Any
    kms: Any


def planned_ends(services: Services, unreadable: Callable[[str], None]) -> DueLocks:
    """`unreadable` is told of a lock that this version cannot read; the others go on."""
    return DynamoDbPlannedEnds(services.dynamodb, services.settings.table, unreadable)


def aside_payments(
    services: Services, unreadable: Callable[[str], None] = fail_on_unreadable
) -> AsidePayments:
    return DynamoDbAsidePayments(services.dynamodb, services.settings.table, unreadable)


def unpaid_orders(services: Services, unreadable: Callable[[str], None]) -> UnpaidOrders:
    """`unreadable` is told of an order that this version cannot read; the others go on."""
    return DynamoDbUnpaidOrders(services.dynamodb, services.settings.table, unreadable)


def open_withdrawals(services: Services) -> OpenWithdrawals:
    return DynamoDbWithdrawals(services.dynamodb, services.settings.table)


def office_services() -> Services:
    settings = OfficeSettings.of(os.environ)
    dynamodb, kms = client("dynamodb"), client("kms")
    records = DynamoDbRecords(dynamodb, settings.table, settings.time_zone)
    office = Office(
        records=records,
        secrets=KmsSecretMaker(kms, settings.secret_key),
        catalogue=load_catalogue(settings.catalogue),
        time_zone=settings.time_zone,
        pause=pause,
        seller_vat_id=settings.seller_vat_id,
        vat_policy=settings.vat_policy,
    )
    return Services(office=office, records=records, settings=settings, dynamodb=dynamodb, kms=kms)


def term_services() -> Services:
    """The same for functions that sell term licences: their office has that catalogue, too."""
    services = office_services()
    settings = services.settings
    terms = load_term_catalogue(settings.terms, seller_vat_id=settings.seller_vat_id)
    return replace(services, office=replace(services.office, terms=terms))
