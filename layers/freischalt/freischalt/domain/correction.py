"""Power that was under-reported and is charged later: what that costs, and what its payment gives.

Once it is paid, the term covers the power, and is worth what it has cost.
"""

from dataclasses import dataclass, replace
from datetime import date

from freischalt.domain.ids import InvoiceId, OrderNumber, PaymentId, PlantId
from freischalt.domain.plant import Plant
from freischalt.domain.term import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What an order was charged later for a plant of so much power, for the days up to `until`.

    `paid_cents` is what has come in for it, by the `payments`; `waived_cents` of it were let off.
    `reason` is for the vendor's records.
    """

    invoice: InvoiceId
    plant: PlantId
    power_w: int
    net_cents: int
    gross_cents: int
    until: date
    reason: str = ""
    paid_cents: int = 0
    payments: tuple[PaymentId, ...] = ()
    waived_cents: int = 0

    @property
    def open_cents(self) -> int:
        return max(self.gross_cents - self.waived_cents - self.paid_cents, 0)

    @property
    def worth_cents(self) -> int:
        """What it has cost, net: what was let off is worth nothing; rounded down."""
        return self.net_cents * (self.gross_cents - self.waived_cents) // self.gross_cents


def charged_to_the_day(net_cents: int, term: Term) -> int:
    """What a difference in price comes to for the days that were had, rounded down.

    >>> term = Term(order=OrderNumber("2026-000001"), after=date(2026, 1, 1), days=365,
    ...     power_w=4_200, net_cents=4_900)
    >>> charged_to_the_day(3_650, term), charged_to_the_day(3_650, term.ended_on(date(2026, 1, 11)))
    (3650, 100)
    """
    if term.ended is None:
        return net_cents
    return net_cents * (term.days - term.days_left(term.ended)) // term.days


def with_paid(plant: Plant, order: OrderNumber, correction: Correction) -> Plant:
    """The plant after a correction of this order was paid: its term covers the power.

    If that has ended meanwhile, the days that were charged and not had are credited.
    """
    terms, credit = list(plant.terms), plant.credit_cents
    for place, term in enumerate(plant.terms):
        if term.order != order or (term.ended and correction.until <= term.ended):
            continue
        raised = replace(
            term,
            power_w=max(term.power_w, correction.power_w),
            net_cents=term.net_cents + correction.worth_cents,
        )
        if term.ended:
            credit += raised.value_left(term.ended) - term.value_left(term.ended)
        terms[place] = raised
    return replace(plant, terms=tuple(terms), credit_cents=credit)
