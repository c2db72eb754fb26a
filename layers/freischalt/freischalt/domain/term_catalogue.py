"""What term licences cost, what is taxed how, which inverters there are: the vendor's data.

>>> small, large = Band(10_000, {365: 4900, 730: 8900}), Band(None, {365: 9900, 730: 17900})
>>> prices = TermPrices(bands=(small, large))
>>> prices.of(10_000, 365), prices.of(10_001, 730)
(4900, 17900)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Band:
    """Plants of up to so many watts (None: any), and their net price in cents for each term."""

    up_to_w: int | None
    net_cents: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPrices:
    """In ascending order; the last band has no limit."""

    bands: tuple[Band, ...]

    def of(self, power_w: int, days: int) -> int:
        """The net price in cents."""
        return next(
            band.net_cents[days]
            for band in self.bands
            if band.up_to_w is None or power_w <= band.up_to_w
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InverterType:
    """`power_w` is the nominal power, `least_firmware` the oldest that can be monitored."""

    name: str
    power_w: int
    least_firmware: str

    def supports(self, firmware: str) -> bool:
        """Compare versions number by number; what is no version is not supported.

        >>> refusol = InverterType(name="AE 3TL 10", power_w=10_000, least_firmware="1.9")
        >>> refusol.supports("1.10"), refusol.supports("1.8.7"), refusol.supports("?")
        (True, False, False)
        """
        return _parts(firmware) >= _parts(self.least_firmware)


def _parts(version: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in version.split("."))
    except ValueError:
        return ()


@dataclass(frozen=True, slots=True)
class VatRate:
    """From that day on: `basis_points` of 19 % are 1900."""

    since: date
    basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The vendor as its invoices name it; `country` is ISO 3166-1's two letters."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    vat_id: str
    email: str
    lines: tuple[str, ...] = ()
    iban: str = ""
    bic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairPrice:
    """What is repaired or done, in German and English, and what it costs, net."""

    name: Mapping[str, str]
    net_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCatalogue:
    """`unknown_power_w` counts for an inverter whose type is not known.

    `repair_categories` are the categories of devices by their key, in German and English.
    `holidays` are the public holidays of the vendor's country and region. `note` says what the data
    are, where they are no real offer.
    """

    currency: str
    prices: TermPrices
    inverter_types: Mapping[str, InverterType]
    vat_rates: Mapping[str, tuple[VatRate, ...]]
    seller: Seller
    unknown_power_w: int = 20_000
    repair_categories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    repair_prices: tuple[RepairPrice, ...] = ()
    holidays: frozenset[date] = frozenset()
    note: Mapping[str, str] = field(default_factory=dict)

    def power_of(self, inverter_type: str) -> int:
        known = self.inverter_types.get(inverter_type)
        return known.power_w if known else self.unknown_power_w

    def supports(self, inverter_type: str, firmware: str | None) -> bool:
        """Whether a firmware that is known is too old for its type, is what this denies."""
        known = self.inverter_types.get(inverter_type)
        return known is None or firmware is None or known.supports(firmware)

    def vat_rate(self, country: str, day: date) -> int:
        """The standard rate in basis points on that day. Raises KeyError for a country without."""
        dated = [rate for rate in self.vat_rates[country] if rate.since <= day]
        return max(dated, key=lambda rate: rate.since).basis_points
