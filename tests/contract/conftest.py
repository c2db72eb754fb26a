from typing import Any

import pytest

from tests.contract.promises import DynamoDbStore, FakeStore, Store


@pytest.fixture(params=["fake", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    """The same promises, once kept in memory and once in DynamoDB."""
    if request.param == "fake":
        return FakeStore()
    client: Any = request.getfixturevalue("dynamodb")
    return DynamoDbStore(client)
