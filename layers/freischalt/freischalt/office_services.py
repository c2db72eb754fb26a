"""The composition root of everything that knows users and locks."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from freischalt.account_ports import DueLocks
from freischalt.adapters.compiled_catalogue import load_catalogue
from freischalt.adapters.dynamodb_planned_ends import DynamoDbPlannedEnds
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.kms_secret_maker import KmsSecretMaker
from freischalt.adapters.sdk import client
from freischalt.api_settings import OfficeSettings
from freischalt.clock import pause
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
