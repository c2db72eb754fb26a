"""Which service is asked about which number."""

import pytest

from freischalt.domain.vat import VatService
from freischalt.domain.vat_routing import (
    EU,
    country_needs_vat_id,
    is_checked,
    prefix_of,
    service_for,
)

GERMAN, AUSTRIAN = "DE136695976", "ATU13585627"
EVATR, VIES = VatService.EVATR, VatService.VIES


@pytest.mark.parametrize(
    ("vat_id", "country", "by_german", "by_other"),
    [
        ("DE811115368", "DE", VIES, VIES),
        ("ATU33864707", "AT", EVATR, VIES),
        ("EL094259216", "GR", EVATR, VIES),
        ("XI432525179", "GB", EVATR, VIES),
        ("XI432525179", "IM", EVATR, VIES),
        ("FR61954506077", "FR", EVATR, VIES),
        ("FR61954506077", "MC", EVATR, VIES),
        ("GR094259216", "GR", None, None),  # nobody is asked before it is written EL
        ("GB980780684", "GB", None, None),
        ("CHE-123.456.788 MWST", "CH", None, None),
        ("DEM880115AB1", "MX", None, None),
        ("XIA880115AB1", "MX", None, None),
        ("ATU33864707", "DE", None, None),
        ("", "DE", None, None),
    ],
)
def test_who_is_asked(
    vat_id: str, country: str, by_german: VatService | None, by_other: VatService | None
) -> None:
    assert service_for(vat_id, GERMAN, country=country) == by_german
    assert service_for(vat_id, AUSTRIAN, country=country) == by_other
    assert is_checked(vat_id, country) == (by_german is not None)


def test_a_seller_without_a_number_asks_vies() -> None:
    assert service_for(AUSTRIAN, "", country="AT") is VIES


def test_there_are_27_member_states_and_two_more_prefixes() -> None:
    assert len(EU) == 27
    assert EU & {"GB", "CH", "NO", "LI", "EL", "XI", "MC", "IM"} == set()
    assert {prefix_of(country) for country in EU} == EU - {"GR"} | {"EL"}


@pytest.mark.parametrize(
    ("country", "needed"),
    [
        *((country, True) for country in ("DE", "AT", "GR", "HR", "MC")),
        *((country, False) for country in ("GB", "IM", "CH", "NO", "US", "XI", "EL", "", "de")),
    ],
)
def test_who_needs_a_vat_id(country: str, *, needed: bool) -> None:
    assert country_needs_vat_id(country) is needed
