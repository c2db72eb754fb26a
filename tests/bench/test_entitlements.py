"""An entitlement costs little more than reading one item does."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from freischalt.catalogue_file import compiled, read_catalogue
from local.ministack import CREDENTIALS, REGION
from local.processes import ROOT
from tests.artefact.deployed import NAMES
from tests.artefact.variables import Resolver
from tests.bench.entitlements import BUDGET, bytecode_ratio, ratio

PYTHON = ROOT / ".venv" / "bin" / "python"
OF_THE_CHECKOUT = ("functions/entitlements", "layers/freischalt", "layers/freischalt_api")


@pytest.fixture
def environment(template: dict[str, Any], tmp_path: Path) -> dict[str, str]:
    """The function as it is in the checkout, not as it is built."""
    catalogue = tmp_path / "catalogue.json"
    source = (ROOT / "layers/freischalt/catalogue.yaml").read_text("utf-8")
    catalogue.write_text(json.dumps(compiled(read_catalogue(source))))
    variables = Resolver(template, NAMES).variables("Entitlements")
    del variables["PYTHONTZPATH"]  # the layer's time zones are not here
    return {
        **CREDENTIALS,
        **variables,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "CATALOGUE_FILE": str(catalogue),
        "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in OF_THE_CHECKOUT),
    }


def test_it_takes_at_most_a_fifth_more_than_a_bare_handler(environment: dict[str, str]) -> None:
    assert bytecode_ratio(PYTHON, environment) <= BUDGET


@pytest.mark.e2e
@pytest.mark.skipif("BENCH" not in os.environ, reason="takes two minutes: BENCH=1")
def test_it_takes_at_most_a_fifth_more_of_the_processors_instructions(
    environment: dict[str, str],
) -> None:
    measured = ratio(PYTHON, environment)

    assert measured
    assert measured <= BUDGET
