"""The calls and request units of each registered use case: exact, on a table as declared."""

import pytest

from tests.proof.costs import Cost, costs
from tests.proof.use_cases import USE_CASES, UseCase


@pytest.fixture(scope="module")
def counted() -> dict[str, Cost]:
    return {cost.use_case: cost for cost in costs()}


@pytest.mark.e2e
@pytest.mark.parametrize("use_case", USE_CASES, ids=lambda use_case: use_case.name)
def test_a_use_case_costs_exactly_this(use_case: UseCase, counted: dict[str, Cost]) -> None:
    assert counted[use_case.name].all == use_case.costs


def test_no_two_use_cases_have_one_name() -> None:
    assert len({use_case.name for use_case in USE_CASES}) == len(USE_CASES)
