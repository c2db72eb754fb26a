"""What an account still owes, or is owed: what keeps it from being erased."""

from datetime import date

from freischalt.domain.ids import AccountNumber
from freischalt.domain.locks import LockReason, LockRecord
from freischalt.domain.plant import Plant
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.office import Office, things_of
from freischalt.use_cases.plants import is_paid_for


def owes(number: AccountNumber, office: Office, today: date) -> bool:
    """A lock for terms that are not met, an order without its money, a term that has not run out.

    A lock may be on the account or on one of its licences. Whoever wants to be erased in spite of
    a term that runs ends the plant before.
    """
    locks = things_of(LockRecord, number, office)
    orders = things_of(TermOrder, number, office)
    plants = things_of(Plant, number, office)
    return (
        any(lock.reason is LockReason.CONTRACT and lock.holds(today) for lock in locks)
        or any(order.state is TermOrderState.OPEN for order in orders)
        or any(plant.ended_at is None and is_paid_for(plant, today) for plant in plants)
    )
