"""A plant outgrows its licence: what that costs is told before it happens (source 004, 14)."""

from dataclasses import dataclass, replace
from datetime import date

from freischalt.domain.plant import Plant, Power, with_power
from freischalt.domain.quote import Quote, quote
from freischalt.domain.term import TERM_DAYS
from freischalt.domain.term_catalogue import TermCatalogue
from freischalt.domain.vat_charge import VatCharge


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The plant would have `power_w`, more than what it has bought or ordered covers.

    `licensed_w` is the least that its terms cover which would end today; None: none does.
    `ordered_w` is what its open order covers, if that is too little: its term would end as soon as
    it is paid. `end` is the first day without the right then, which a trial or a term that covers
    the power gives on; None: it has none. `credit_cents` is what all of its terms that end before
    their time are worth, net, and no order has used; `offers` are the quotes for each term that it
    could have instead, the credit taken off.
    """

    licensed_w: int | None
    ordered_w: int | None
    power_w: int
    unknown_inverters: int
    credit_cents: int
    end: date | None
    offers: tuple[Quote, ...]


def growth(
    plant: Plant, more: Power, *, vat: VatCharge, today: date, catalogue: TermCatalogue
) -> Growth | None:
    """What more power means for the plant; None: its terms and its open order, if any, cover it.

    An order that was too small before is no news.
    """
    after = with_power(plant, more, today)
    outgrown = replace(plant, power_w=after.power_w).outgrown_terms(today)
    if not outgrown and (plant.has_outgrown_order or not after.has_outgrown_order):
        return None
    return Growth(
        licensed_w=min((term.power_w for term in outgrown), default=None),
        ordered_w=after.ordered_w if after.has_outgrown_order else None,
        power_w=after.power_w,
        unknown_inverters=after.unknown_inverters,
        credit_cents=after.credit_cents,
        end=after.rights().end(today),
        offers=tuple(
            quote((after,), days, vat=vat, today=today, catalogue=catalogue) for days in TERM_DAYS
        ),
    )
