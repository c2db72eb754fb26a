"""A broken file of terms stops the build and says where."""

from datetime import date
from pathlib import Path

import pytest

from freischalt.adapters.compiled_term_catalogue import load_term_catalogue
from freischalt.domain.term import TERM_DAYS
from freischalt.domain.vat_routing import EU
from freischalt.term_catalogue_file import main
from tests.account_fakes import SELLER_VAT_ID
from tests.conftest import ROOT

DEMO = (ROOT / "layers/freischalt/terms.yaml").read_text("utf-8")


def line_of(text: str) -> int:
    return DEMO[: DEMO.index(text)].count("\n") + 1


def test_the_demo_is_compiled_and_loaded(tmp_path: Path) -> None:
    target = tmp_path / "terms.json"

    assert main([str(ROOT / "layers/freischalt/terms.yaml"), str(target)]) == 0

    terms = load_term_catalogue(target, seller_vat_id=SELLER_VAT_ID)
    assert [terms.prices.of(watts, 365) for watts in (1, 5_000, 5_001, 10**9)] == [
        *(2_900, 2_900, 4_900, 99_900)
    ]
    assert [terms.power_of(type_) for type_ in ("AE 3TL 23", "unheard")] == [23_000, 20_000]
    assert terms.seller.vat_id == SELLER_VAT_ID
    assert {
        date(2027, 1, 6),
        date(2027, 3, 26),
        date(2030, 10, 3),
    } <= terms.holidays
    assert date(2027, 8, 15) not in terms.holidays  # Bavaria's
    assert terms.repair_categories["new"]["de"] == "AE Geräte (Neugeräte geliefert ab 01.01.2015)"
    assert "erfunden" in terms.note["de"]


@pytest.mark.parametrize(
    ("country", "day", "basis_points"),
    [
        ("EE", date(2025, 6, 30), 2200),
        ("EE", date(2025, 7, 1), 2400),
        ("RO", date(2025, 8, 1), 2100),
        ("SK", date(2024, 12, 31), 2000),
        ("SK", date(2025, 1, 1), 2300),
        ("FI", date(2026, 11, 22), 2550),
        ("DE", date(2026, 11, 22), 1900),
    ],
)
def test_the_demo_has_each_rate_from_its_day_on(
    country: str, day: date, basis_points: int, tmp_path: Path
) -> None:
    target = tmp_path / "terms.json"
    main([str(ROOT / "layers/freischalt/terms.yaml"), str(target)])

    terms = load_term_catalogue(target, seller_vat_id=SELLER_VAT_ID)

    assert terms.vat_rate(country, day) == basis_points
    assert terms.vat_rates.keys() >= EU


CHEAP = "{up_to_w: 10000, net_cents: {365: 4900, 730: 8900}}"


@pytest.mark.parametrize(
    ("good", "bad", "where", "told"),
    [
        (CHEAP, CHEAP.replace("8900", "4800"), CHEAP, "prices.1: Value error, more days cost less"),
        (CHEAP, CHEAP.replace("365: ", "366: "), CHEAP, "prices.1: Value error, a band has a"),
        (CHEAP, CHEAP.replace("4900", "49.5"), CHEAP, "prices.1.net_cents.365: Input should be"),
        (CHEAP, CHEAP.replace("4900", "2800"), "prices:", "prices: Value error, 365 days cost le"),
        (CHEAP, CHEAP.replace("10000", "4000"), "prices:", "prices: Value error, 4000 W stands a"),
        ("{net_cents", "{up_to_w: 9000000, net_cents", "prices:", "prices: Value error, the last"),
        ("up_to_w: 30000, ", "", "prices:", "prices: Value error, the last band"),
        ("365: 2900", "365: 2900, 365: 2901", "365: 2900", "365: stands twice"),
        ("  AT: [", "  XX: [", "vat_rates:", "vat_rates: Value error, no rate for AT"),
        (
            "since: 2025-07-01",
            "since: 2023-07-01",
            "vat_rates:",
            "vat_rates: Value error, the days of EE",
        ),
        ("since: 1984-01-01", "since: 2026-01-02", "vat_rates:", "vat_rates: Value error, AT has"),
        ("percent: 25.5", "percent: 255", "  FI:", "vat_rates.FI.1.percent: Input should be less"),
        ("  country: DE\n", "  country: CH\n", "note:", "Value error, vat_rates: no rate for the"),
        (
            "  AE 3TL 8:",
            f"  {'x' * 41}:",
            "  AE 3TL 8:",
            f"inverter_types.{'x' * 41}.[key]: String",
        ),
        ("unknown_power_w: 20000", "unknown_power_w: 0", "unknown_power_w", "unknown_power_w: Inp"),
        (
            'AE 3TL 8: {power_w: 8000, least_firmware: "2.0"',
            'AE 3TL 8: {power_w: 8000, least_firmware: "new"',
            "  AE 3TL 8:",
            "inverter_types.AE 3TL 8.least_firmware: String should match",
        ),
        ("  new:\n", "  New!:\n", "  new:", "repair_categories.New!"),
        ("region: BW", "region: XX", "holidays:", "holidays: Value error, DE has no region XX"),
        ("DE, region: BW", "XX", "holidays:", "Value error, no public holidays are known of XX"),
    ],
)
def test_a_mistake_names_its_line_and_field(
    good: str,
    bad: str,
    where: str,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, target = tmp_path / "terms.yaml", tmp_path / "terms.json"
    assert good in DEMO
    source.write_text(DEMO.replace(good, bad), "utf-8")

    assert main([str(source), str(target)]) == 1

    line = line_of(where)
    first = capsys.readouterr().err
    assert f"terms.yaml, line {line}: " in first
    assert told in first
    assert not target.exists()


def test_every_band_has_every_term(tmp_path: Path) -> None:
    target = tmp_path / "terms.json"
    main([str(ROOT / "layers/freischalt/terms.yaml"), str(target)])

    terms = load_term_catalogue(target, seller_vat_id=SELLER_VAT_ID)

    assert all(tuple(band.net_cents) == TERM_DAYS for band in terms.prices.bands)
