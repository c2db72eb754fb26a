"""The vendor's `terms.yaml`, checked and compiled when the layer is built, as `catalogue.yaml` is.

    python -m freischalt.term_catalogue_file terms.yaml terms.json

`adapters.compiled_term_catalogue` reads what this leaves.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

import holidays
from pydantic import Field, field_validator, model_validator

from freischalt.domain.term import TERM_DAYS
from freischalt.domain.vat_routing import EU
from freischalt.errors import BrokenCatalogue
from freischalt.vendor_file import Strict, read_vendor_file

NO_SALE_BEFORE = date(2026, 1, 1)
"""Each country's rates begin by then, so that every sale finds one."""

HOLIDAYS_UNTIL = 2056
"""A stack this old must have been built anew by then: public holidays change by law, too."""

Cents = Annotated[int, Field(ge=1, le=100_000_000, strict=True)]
Watts = Annotated[int, Field(ge=1, le=1_000_000_000, strict=True)]
Text = Annotated[str, Field(min_length=1, max_length=120)]
TypeName = Annotated[str, Field(min_length=1, max_length=40)]  # as long as one can be sent
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]


class _BothLanguages(Strict):
    de: Annotated[str, Field(min_length=1, max_length=300)]
    en: Annotated[str, Field(min_length=1, max_length=300)]


class _Band(Strict):
    up_to_w: Watts | None = None
    net_cents: dict[int, Cents]

    @model_validator(mode="after")
    def each_term_has_its_price(self) -> Self:
        if tuple(sorted(self.net_cents)) != TERM_DAYS:
            raise ValueError(f"a band has a price for each of {TERM_DAYS} days, and no other")
        prices = [self.net_cents[days] for days in TERM_DAYS]
        if prices != sorted(prices):
            raise ValueError("more days cost less")
        return self


class _InverterType(Strict):
    power_w: Watts
    least_firmware: Annotated[str, Field(pattern=r"^[0-9]{1,5}(\.[0-9]{1,5}){0,3}$")]


class _VatRate(Strict):
    since: date
    percent: Percent


class _Seller(Strict):
    name: Text
    street: Text
    postal_code: Annotated[str, Field(min_length=1, max_length=12)]
    city: Text
    country: Country
    email: Annotated[str, Field(pattern=r"^[!-~]+@[!-~]+\.[!-~]+$", max_length=254)]
    lines: Annotated[tuple[Text, ...], Field(max_length=8)] = ()
    iban: Annotated[str, Field(pattern=r"^([A-Z]{2}[0-9]{2}[A-Z0-9]{8,30})?$")] = ""
    bic: Annotated[str, Field(pattern=r"^([A-Z0-9]{8}([A-Z0-9]{3})?)?$")] = ""


class _Holidays(Strict):
    """Whose public holidays are no working days: ISO 3166's letters, as in `DE` and `BW`."""

    country: Country
    region: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,3}$")] | None = None

    @model_validator(mode="after")
    def they_are_known(self) -> Self:
        known = holidays.list_supported_countries()
        if self.country not in known:
            raise ValueError(f"no public holidays are known of {self.country}")
        if self.region and self.region not in known[self.country]:
            raise ValueError(f"{self.country} has no region {self.region}")
        return self

    @property
    def days(self) -> list[date]:
        years = range(NO_SALE_BEFORE.year, HOLIDAYS_UNTIL + 1)
        return sorted(holidays.country_holidays(self.country, subdiv=self.region, years=years))


class TermCatalogueFile(Strict):
    """The file's shape: prices are whole cents, net, in one currency.

    The seller's VAT ID is the template's parameter.
    """

    note: _BothLanguages | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    prices: Annotated[list[_Band], Field(min_length=1, max_length=50)]
    inverter_types: Annotated[dict[TypeName, _InverterType], Field(min_length=1)]
    unknown_power_w: Watts
    vat_rates: dict[Country, Annotated[list[_VatRate], Field(min_length=1)]]
    seller: _Seller
    repair_categories: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")], _BothLanguages], Field(min_length=1)
    ]
    repair_prices: dict[Text, Cents]
    holidays: _Holidays

    @field_validator("prices")
    @classmethod
    def bands_ascend(cls, bands: list[_Band]) -> list[_Band]:
        limits = [band.up_to_w for band in bands]
        if limits[-1] is not None or None in limits[:-1]:
            raise ValueError("the last band, and no other, has no up_to_w")
        for lower, higher in pairwise(bands):
            if lower.up_to_w and higher.up_to_w and higher.up_to_w <= lower.up_to_w:
                raise ValueError(f"{higher.up_to_w} W stands after {lower.up_to_w} W")
            for days in TERM_DAYS:
                if higher.net_cents[days] < lower.net_cents[days]:
                    raise ValueError(f"{days} days cost less above {lower.up_to_w} W than below")
        return bands

    @field_validator("vat_rates")
    @classmethod
    def every_member_state_has_a_rate(
        cls, dated: dict[str, list[_VatRate]]
    ) -> dict[str, list[_VatRate]]:
        if missing := sorted(EU - dated.keys()):
            raise ValueError(f"no rate for {', '.join(missing)}")
        for country, rates in dated.items():
            days = [rate.since for rate in rates]
            if days != sorted(set(days)):
                raise ValueError(f"the days of {country} do not ascend")
            if days[0] > NO_SALE_BEFORE:
                raise ValueError(f"{country} has no rate on {NO_SALE_BEFORE}")
        return dated

    @model_validator(mode="after")
    def the_sellers_country_has_a_rate(self) -> Self:
        if self.seller.country not in self.vat_rates:
            raise ValueError(f"vat_rates: no rate for the seller's {self.seller.country}")
        return self


def read_terms(text: str, name: str = "terms.yaml") -> Mapping[str, object]:
    """What is compiled. Raises BrokenCatalogue that names line, field and rule."""
    file = read_vendor_file(TermCatalogueFile, text, name)
    return {
        **file.model_dump(mode="json", exclude={"vat_rates", "holidays"}),
        "holidays": [day.isoformat() for day in file.holidays.days],
        "vat_rates": {
            country: [[rate.since.isoformat(), int(rate.percent * 100)] for rate in rates]
            for country, rates in file.vat_rates.items()
        },
    }


def main(arguments: Sequence[str]) -> int:
    source, target = map(Path, arguments)
    try:
        compiled = read_terms(source.read_text("utf-8"), source.name)
    except BrokenCatalogue as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command tells on its standard error
        return 1
    target.write_text(json.dumps(compiled), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
