"""The composition root of everything that sells term licences."""

from collections.abc import Callable
from dataclasses import replace

from freischalt.adapters.compiled_term_catalogue import load_term_catalogue
from freischalt.adapters.dynamodb_open_pages import DynamoDbOpenPages
from freischalt.adapters.dynamodb_payments import DynamoDbAsidePayments
from freischalt.adapters.dynamodb_unpaid_orders import DynamoDbUnpaidOrders
from freischalt.adapters.dynamodb_withdrawals import DynamoDbWithdrawals
from freischalt.adapters.pending_items import fail_on_unreadable
from freischalt.office_services import Services, office_services
from freischalt.payment_ports import AsidePayments, OpenPages
from freischalt.term_ports import OpenWithdrawals, UnpaidOrders


def term_services() -> Services:
    """The same for functions that sell term licences: their office has that catalogue, too."""
    services = office_services()
    settings = services.settings
    terms = load_term_catalogue(settings.terms, seller_vat_id=settings.seller_vat_id)
    return replace(services, office=replace(services.office, terms=terms))


def aside_payments(
    services: Services, unreadable: Callable[[str], None] = fail_on_unreadable
) -> AsidePayments:
    return DynamoDbAsidePayments(services.dynamodb, services.settings.table, unreadable)


def open_pages(services: Services, unreadable: Callable[[str], None]) -> OpenPages:
    return DynamoDbOpenPages(services.dynamodb, services.settings.table, unreadable)


def unpaid_orders(services: Services, unreadable: Callable[[str], None]) -> UnpaidOrders:
    """`unreadable` is told of an order that this version cannot read; the others go on."""
    return DynamoDbUnpaidOrders(services.dynamodb, services.settings.table, unreadable)


def open_withdrawals(
    services: Services, unreadable: Callable[[str], None] = fail_on_unreadable
) -> OpenWithdrawals:
    return DynamoDbWithdrawals(services.dynamodb, services.settings.table, unreadable)
