"""A broken catalogue stops the build and says where."""

import json
from pathlib import Path

import pytest

from freischalt.adapters.compiled_catalogue import load_catalogue
from freischalt.catalogue_file import main, read_catalogue
from freischalt.errors import BrokenCatalogue
from tests.conftest import ROOT

GOOD = """\
currency: EUR
products:
  points:
    name: Punkte
    prices:
      1: 4900
      3: 9900
  e_protocol:
    name: E-Protokoll
    price: 29000
documents:
  terms: {version: "1", de: "https://example.com/agb", en: "https://example.com/terms"}
  privacy: {version: "1", de: "https://example.com/dse", en: "https://example.com/privacy"}
contract_documents: {general-terms: "1", faq: "1", withdrawal: "1"}
contacts:
  hotline: Hotline
  partner_GR: Partner
  partner_CH: Partner
"""


def test_a_good_catalogue_is_compiled_and_loaded(tmp_path: Path) -> None:
    source, target = tmp_path / "catalogue.yaml", tmp_path / "catalogue.json"
    source.write_text(GOOD)

    assert main([str(source), str(target)]) == 0

    assert load_catalogue(target) == read_catalogue(GOOD)
    assert json.loads(target.read_text())["points"] == {"1": 4900, "3": 9900}


def test_the_demo_sells_the_odd_quantities_and_e() -> None:
    demo = read_catalogue((ROOT / "layers/freischalt/catalogue.yaml").read_text("utf-8"))

    assert set(demo.points) == set(range(1, 100, 2))
    assert demo.e_protocol > 0


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ("1: 4900", "1: 49.5", "catalogue.yaml, line 6: products.points.prices.1: "),
        ("1: 4900", "1: '4900'", "catalogue.yaml, line 6: products.points.prices.1: "),
        ("1: 4900", "1: 0", "catalogue.yaml, line 6: products.points.prices.1: "),
        ("1: 4900", "0: 4900", "catalogue.yaml, line 6: products.points.prices.0"),
        ("3: 9900", "1: 9900", "catalogue.yaml, line 7: 1: stands twice"),
        ("3: 9900", "3: 1", "catalogue.yaml, line 3: products.points: Value error, 3 points cost"),
        ("EUR", "Euro", "catalogue.yaml, line 1: currency: "),
        (
            "    price: 29000\n",
            "",
            "catalogue.yaml, line 8: products.e_protocol.price: Field requi",
        ),
        ("name: Punkte", "nmae: Punkte", "catalogue.yaml, line 4: products.points.nmae: Extra inp"),
        ("currency: EUR", "currency: [", "catalogue.yaml, line 3: "),
        ("currency: EUR", "currency: !!python/object:os.system", "catalogue.yaml, line 1: "),
    ],
)
def test_a_mistake_names_its_line_and_field(
    good: str, bad: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "catalogue.yaml", tmp_path / "catalogue.json"
    source.write_text(GOOD.replace(good, bad))

    assert main([str(source), str(target)]) == 1

    assert told in capsys.readouterr().err
    assert not target.exists()


@pytest.mark.parametrize("text", ["", "[]", "42"])
def test_a_file_that_is_no_catalogue(text: str) -> None:
    with pytest.raises(BrokenCatalogue, match="line 1"):
        read_catalogue(text)
