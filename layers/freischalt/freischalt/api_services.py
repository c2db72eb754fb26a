"""The composition root of the API's functions, beside `office_services`."""

import os

from freischalt.adapters.dynamodb_order_numbers import DynamoDbOrderNumbers
from freischalt.adapters.dynamodb_requests import DynamoDbRequests
from freischalt.adapters.dynamodb_vendor_desk import DynamoDbVendorDesk
from freischalt.adapters.kms_code_maker import KmsCodeMaker
from freischalt.adapters.sdk import client
from freischalt.api_settings import CodeSettings, OfficeSettings
from freischalt.office_services import Services
from freischalt.ports import CodeMaker
from freischalt.services import pause
from freischalt.use_cases.desk import Counter, Policy


def code_maker() -> CodeMaker:
    return KmsCodeMaker(client("kms"), CodeSettings.of(os.environ).key_ring)


def vendor_desk() -> DynamoDbVendorDesk:
    return DynamoDbVendorDesk(client("dynamodb"), OfficeSettings.of(os.environ).table)


def request_desk(services: Services) -> Counter:
    """The counter that answers fetches and orders over HTTP, by the rules of the SMS."""
    settings, dynamodb = OfficeSettings.of(os.environ), client("dynamodb")
    return Counter(
        messages=DynamoDbRequests(dynamodb, settings.table, settings.time_zone),
        numbers=DynamoDbOrderNumbers(dynamodb, settings.table),
        codes=code_maker(),
        policy=Policy.of_requests(services.office.catalogue, settings.time_zone),
        pause=pause,
    )
