"""The request units of each kind of text, exact: by the size rule, on a table as declared."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from local.build import build
from tests.bench.sms_calls import USE_CASES, Cost, costs

# DynamoDB calls, write units, read units. A first fetch may cost 10 and 5.
UNITS = {
    "first fetch": (3, 7, 4),
    "repeated fetch": (3, 7, 4),
    "order": (3, 11, 4),
    "order, first of 50": (4, 12, 4),
    "refused fetch": (3, 5, 4),
    "unknown text": (3, 5, 3),
    "unregistered": (3, 5, 4),
    "unregistered, again that day": (1, 0, 4),
    "duplicate delivery": (1, 0, 4),
}


@pytest.fixture(scope="module")
def counted(template: dict[str, Any]) -> Iterator[dict[str, Cost]]:
    build()
    environment = dict(os.environ)
    yield {cost.use_case: cost for cost in costs(template)}
    os.environ.clear()
    os.environ.update(environment)


def test_every_use_case_has_a_budget() -> None:
    assert UNITS.keys() == {use_case.name for use_case in USE_CASES}


@pytest.mark.e2e
@pytest.mark.parametrize("name", UNITS)
def test_a_text_costs_exactly_this(name: str, counted: dict[str, Cost]) -> None:
    cost = counted[name]

    assert (cost.on_the_table, cost.write_units, cost.read_units) == UNITS[name]
