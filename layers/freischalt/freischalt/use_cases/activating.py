"""An order whose money is there, or that costs nothing, becomes active: what is written for it.

All of it belongs into the one transaction that notes the cause: the order and its plants, and the
invoice that is wanted from then on. A crash leaves all of it or nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from freischalt.account_ports import Change, Put
from freischalt.domain.ids import PlantId
from freischalt.domain.invoicing import invoice_of_order
from freischalt.domain.plant import Plant
from freischalt.domain.term_order import TermOrder, activated, terms_of
from freischalt.use_cases.office import Office
from freischalt.use_cases.plants import plant_changes


def activation_changes(
    order: TermOrder, plants: Mapping[PlantId, Plant], *, office: Office, at: datetime
) -> tuple[TermOrder, tuple[Change, ...]]:
    """The active order, and everything that is written for it, the order among it.

    All of the order's plants must be there: of one that has been deleted meanwhile there is
    nothing to activate, and it is a KeyError.
    """
    today = office.today(at)
    terms = terms_of(order, plants, today, office.sells.holidays)
    active, changed = activated(order, plants, terms, at=at, today=today)
    invoice = invoice_of_order(order, terms, at=at, today=today)
    active = replace(active, invoice=invoice.id)
    written = (change for plant in changed for change in plant_changes(plants[plant.id], plant))
    return active, (Put(active), *written, Put(invoice))
