"""The composition root of what finishes erasures."""

from collections.abc import Callable

from freischalt.adapters.dynamodb_erasures import DynamoDbErasures
from freischalt.erasure_ports import UnfinishedErasures
from freischalt.office_services import Services


def unfinished_erasures(
    services: Services, unreadable: Callable[[str], None]
) -> UnfinishedErasures:
    """`unreadable` is told of an account that this version cannot read; the others go on."""
    return DynamoDbErasures(services.dynamodb, services.settings.table, unreadable)
