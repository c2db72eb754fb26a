"""The composition root of the API's functions, beside `office_services`."""

import os

from freischalt.account_ports import Handover
from freischalt.adapters.dynamodb_order_numbers import DynamoDbOrderNumbers
from freischalt.adapters.dynamodb_repair_desk import DynamoDbRepairDesk
from freischalt.adapters.dynamodb_requests import DynamoDbRequests
from freischalt.adapters.dynamodb_vendor_desk import DynamoDbVendorDesk
from freischalt.adapters.kms_code_maker import KmsCodeMaker
from freischalt.adapters.s3_handover import SIGNED, S3Handover
from freischalt.adapters.sdk import client
from freischalt.api_settings import CodeSettings, HandoverSettings
from freischalt.clock import pause
from freischalt.office_services import Services
from freischalt.ports import CodeMaker
from freischalt.repair_ports import RepairDesk
from freischalt.use_cases.desk import Counter, Policy


def code_maker(services: Services) -> CodeMaker:
    return KmsCodeMaker(services.kms, CodeSettings.of(os.environ).key_ring)


def handover() -> Handover:
    return S3Handover(
        lambda: client("s3", read_seconds=5, **SIGNED), HandoverSettings.of(os.environ).bucket
    )


def vendor_desk(services: Services) -> DynamoDbVendorDesk:
    return DynamoDbVendorDesk(services.dynamodb, services.settings.table)


def repair_desk(services: Services) -> RepairDesk:
    return DynamoDbRepairDesk(services.dynamodb, services.settings.table)


def request_desk(services: Services) -> Counter:
    """The counter that answers fetches and orders over HTTP, by the rules of the SMS."""
    settings = services.settings
    return Counter(
        messages=DynamoDbRequests(services.dynamodb, settings.table, settings.time_zone),
        numbers=DynamoDbOrderNumbers(services.dynamodb, settings.table),
        codes=code_maker(services),
        policy=Policy.of_requests(services.office.catalogue, settings.time_zone),
        pause=pause,
    )
