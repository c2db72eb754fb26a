"""A plant outgrows its licence: what that costs is told before it happens (source 004, 14)."""

from dataclasses import dataclass
from datetime import date

from freischalt.domain.plant import Plant, Power, with_power
from freischalt.domain.quote import Quote, quote
from freischalt.domain.term import TERM_DAYS
from freischalt.domain.term_catalogue import TermCatalogue
from freischalt.domain.vat_charge import VatCharge


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The plant would have `power_w`, and its terms, of `licensed_w`, would end today.

    `credit_cents` is what all of its terms that end before their time are worth, net; `offers` are
    the quotes for each term that it could have instead, the credit taken off.
    """

    licensed_w: int
    power_w: int
    unknown_inverters: int
    credit_cents: int
    offers: tuple[Quote, ...]


def growth(
    plant: Plant, more: Power, *, vat: VatCharge, today: date, catalogue: TermCatalogue
) -> Growth | None:
    """What more power means for the plant; None: its licence, if it has one, covers it."""
    licensed = plant.licensed_on(today)
    if licensed is None or plant.power_w + more.watts <= licensed:
        return None
    after = with_power(plant, more, today)
    return Growth(
        licensed_w=licensed,
        power_w=after.power_w,
        unknown_inverters=after.unknown_inverters,
        credit_cents=after.credit_cents,
        offers=tuple(
            quote((after,), days, vat=vat, today=today, catalogue=catalogue) for days in TERM_DAYS
        ),
    )
