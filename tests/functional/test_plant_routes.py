"""Plants over HTTP: what comes in, what goes out, and every no."""

import pytest

from freischalt_api.api import Api
from freischalt_api.gate import gate_of
from freischalt_api.term_routes import add_routes
from tests.account_fakes import FakeOffice
from tests.api_calls import Calls, at_noon
from tests.term_factories import SMALL, TERMS


@pytest.fixture
def fake() -> FakeOffice:
    return FakeOffice(terms=TERMS)


@pytest.fixture
def calls(fake: FakeOffice) -> Calls:
    api = Api(now=at_noon, gate=gate_of(fake.office))
    add_routes(api, fake.office, fake.numbers)
    return Calls(api)


def test_the_inverter_types_and_what_an_unknown_one_counts(calls: Calls) -> None:
    answer = calls.get("/inverter-types")

    assert answer.status == 200
    assert answer.body["unknownPowerW"] == 20_000
    assert answer.body["types"][0] == {"name": SMALL, "powerW": 4_200, "leastFirmware": "1.4"}
