"""Puts things into a store of messages, fake or real, and reads them back."""

from typing import Any, Protocol

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, to_item
from freischalt.adapters.dynamodb_messages import DynamoDbMessages
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.items import (
    confirmation_values,
    dongle_item,
    lock_values,
    millis,
    order_of,
    slot_name,
)
from freischalt.domain.conversation import Sender, Service
from freischalt.domain.dongle import Dongle
from freischalt.domain.ids import OrderNumber
from freischalt.domain.order import Order
from freischalt.ports import Messages
from tests.conftest import TABLE
from tests.factories import a_policy
from tests.fakes import FakeMessages


def sender_item(sender: Sender) -> Wire:
    item = {
        "account": sender.account,
        "revision": sender.revision,
        "locks": lock_values(sender.locks) or None,
        "confirms_orders": sender.confirms_orders or None,
        "confirmation": sender.confirmation and confirmation_values(sender.confirmation),
        **{slot_name(slot): millis(at) for slot, at in sender.slots.items()},
    }
    return keys.phone(sender.phone) | to_item(item)


def service_item(service: Service) -> Wire:
    item = {
        "maintenance": service.maintenance,
        "unpublished": dict.fromkeys(service.unpublished, 1),
    }
    return keys.SERVICE | to_item(item)


class Store(Protocol):
    """A place where messages, senders, dongles and orders are kept."""

    messages: Messages

    def put_sender(self, sender: Sender) -> None: ...
    def put_dongle(self, dongle: Dongle) -> None: ...
    def put_service(self, service: Service) -> None: ...
    def orders(self) -> dict[OrderNumber, Order]: ...


class FakeStore:
    def __init__(self) -> None:
        self.fake = FakeMessages()
        self.messages: Messages = self.fake

    def put_sender(self, sender: Sender) -> None:
        self.fake.senders[sender.phone] = sender

    def put_dongle(self, dongle: Dongle) -> None:
        self.fake.dongles[dongle.carat_id] = dongle

    def put_service(self, service: Service) -> None:
        self.fake.service = service

    def orders(self) -> dict[OrderNumber, Order]:
        return self.fake.orders


class DynamoDbStore:
    """The real adapter over whatever speaks DynamoDB's protocol."""

    def __init__(self, client: Any, table: str = TABLE) -> None:
        self.client = client
        self.table = table
        self.messages: Messages = DynamoDbMessages(client, table, a_policy().time_zone)
        self.outbox = DynamoDbOrders(client, table)

    def put_sender(self, sender: Sender) -> None:
        self._put(sender_item(sender))

    def put_dongle(self, dongle: Dongle) -> None:
        self._put(dongle_item(dongle, version=dongle.version))

    def put_service(self, service: Service) -> None:
        self._put(service_item(service))

    def orders(self) -> dict[OrderNumber, Order]:
        items = self.client.scan(TableName=self.table, ConsistentRead=True)["Items"]
        orders = [order_of(item) for item in items if item["SK"]["S"] == "ORDER"]
        return {order.number: order for order in orders}

    def _put(self, item: Any) -> None:
        self.client.put_item(TableName=self.table, Item=item)
