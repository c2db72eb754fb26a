"""What happens with the last of an order's money, in one transaction with it."""

from collections.abc import Mapping
from datetime import datetime

from freischalt.account_ports import Change, Put
from freischalt.domain.plant import Plant
from freischalt.domain.term_order import TermOrder, activated
from freischalt.use_cases.office import Office


def activation_changes(
    order: TermOrder, plants: Mapping[str, Plant], *, office: Office, at: datetime
) -> tuple[TermOrder, tuple[Change, ...]]:
    """The active order, and everything that is written for it, the order among it."""
    active, changed = activated(order, plants, at=at, today=office.today(at))
    return active, (Put(active), *(Put(plant) for plant in changed))
