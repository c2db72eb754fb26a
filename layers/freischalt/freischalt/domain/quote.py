"""What a purchase costs and why: made once, shown, and charged as it was shown.

Money is whole cents. A line's credit is taken off before VAT, so that the VAT on what was credited
is not paid twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from freischalt.domain.ids import PlantId
from freischalt.domain.plant import Plant, new_term_counts_from
from freischalt.domain.term_catalogue import TermCatalogue
from freischalt.domain.vat_charge import VatCharge


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """One plant's term. `list_cents` is its net price, `credit_cents` what is taken off of it.

    `after` is the day after which it would count if it was activated on the quote's day.
    """

    plant: PlantId
    name: str
    power_w: int
    unknown_inverters: int
    days: int
    list_cents: int
    credit_cents: int
    after: date

    @property
    def net_cents(self) -> int:
        return self.list_cents - self.credit_cents


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Lines, and what they come to."""

    lines: tuple[QuoteLine, ...]
    vat: VatCharge
    currency: str
    on: date

    @cached_property
    def net_cents(self) -> int:
        return sum(line.net_cents for line in self.lines)

    @cached_property
    def vat_cents(self) -> int:
        return self.vat.of(self.net_cents)

    @property
    def gross_cents(self) -> int:
        return self.net_cents + self.vat_cents


def quote(
    plants: Sequence[Plant],
    days: int,
    *,
    vat: VatCharge,
    today: date,
    catalogue: TermCatalogue,
    not_before: date | None = None,
) -> Quote:
    """For one term of so many days for each plant, by the power that it has now."""
    return Quote(
        lines=tuple(
            line(plant, days, today=today, catalogue=catalogue, not_before=not_before)
            for plant in plants
        ),
        vat=vat,
        currency=catalogue.currency,
        on=today,
    )


def line(
    plant: Plant,
    days: int,
    *,
    today: date,
    catalogue: TermCatalogue,
    not_before: date | None = None,
) -> QuoteLine:
    """One plant's; of a plant that does not exist yet it says what growing would cost."""
    price = catalogue.prices.of(plant.power_w, days)
    return QuoteLine(
        plant=plant.id,
        name=plant.details.name,
        power_w=plant.power_w,
        unknown_inverters=plant.unknown_inverters,
        days=days,
        list_cents=price,
        credit_cents=min(plant.credit_cents, price),
        after=new_term_counts_from(plant, today, days=days, not_before=not_before),
    )
