from typing import Any

import pytest
from botocore.exceptions import ClientError

from freischalt.adapters import keys
from freischalt.adapters.dynamodb_orders import DynamoDbOrders
from freischalt.adapters.items import order_item
from freischalt.domain.ids import OrderNumber
from tests.bench.capacity import lookup, record, units
from tests.conftest import TABLE
from tests.contract.test_messages import an_order
from tests.factories import NOON, a_policy


def test_a_recorded_call_has_what_was_asked_and_what_came_back(dynamodb: Any) -> None:
    missing = {"TableName": TABLE, "Key": keys.SERVICE, "ConsistentRead": True}
    with record(dynamodb) as recorder:
        dynamodb.get_item(**missing)
    dynamodb.get_item(**missing)

    (call,) = recorder.take()
    assert (call.service, call.operation) == ("dynamodb", "GetItem")
    assert call.params == missing
    assert "Item" not in call.response
    assert units(call, lookup(dynamodb)) == (1, 0)
    assert recorder.take() == []


def test_a_refused_write_is_recorded_and_charged(dynamodb: Any) -> None:
    with record(dynamodb) as recorder, pytest.raises(ClientError):
        dynamodb.update_item(
            TableName=TABLE,
            Key=keys.SERVICE,
            UpdateExpression="SET a = :a",
            ConditionExpression="attribute_exists(PK)",
            ExpressionAttributeValues={":a": {"N": "1"}},
        )

    (call,) = recorder.take()
    assert call.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert units(call, lookup(dynamodb)) == (0, 1)


def test_an_order_is_charged_in_both_indexes_and_again_when_it_leaves(dynamodb: Any) -> None:
    order = an_order(OrderNumber("2026-000123"))
    with record(dynamodb) as recorder:
        dynamodb.put_item(TableName=TABLE, Item=order_item(order, a_policy().time_zone))
        DynamoDbOrders(dynamodb, TABLE).mark_published(order, now=NOON)

    assert [units(call, lookup(dynamodb)) for call in recorder.take()] == [(0, 3), (0, 3)]
