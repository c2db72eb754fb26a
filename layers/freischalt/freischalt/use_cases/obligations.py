"""What an account still owes, or is owed: what keeps it from being erased.

Money that comes, or a declaration, after the account is gone is kept by itself, and an operator
sees to it: nothing here has to be held up for that.
"""

from collections.abc import Iterable
from datetime import date

from freischalt.domain.ids import AccountNumber
from freischalt.domain.locks import LockReason, LockRecord
from freischalt.domain.plant import Plant
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.repair_order import RepairOrder, RepairState
from freischalt.domain.term_order import TermOrder, Withdrawal
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.office import Office, things_of
from freischalt.use_cases.payments import payments_of
from freischalt.use_cases.plants import is_paid_for


def obligations(
    number: AccountNumber, office: Office, today: date, *, confirmed: bool
) -> Refusal | None:
    """Credit of plants is given up by whoever has `confirmed` that; nothing else is."""
    plants = [plant for plant in things_of(Plant, number, office) if plant.ended_at is None]
    if _is_owed_for(plants, today) or _is_open(number, office, today):
        return Refusal(RefusalCode.OPEN_OBLIGATIONS)
    if any(plant.credit_cents for plant in plants) and not confirmed:
        return Refusal(RefusalCode.ERASING_NOT_CONFIRMED)
    return None


def _is_owed_for(plants: Iterable[Plant], today: date) -> bool:
    """Whoever wants to be erased in spite of a term that runs ends its plant before."""
    return any(is_paid_for(plant, today) for plant in plants)


def _is_open(number: AccountNumber, office: Office, today: date) -> bool:
    """A lock for terms that are not met, on the account or on one of its licences.

    An order or a correction without its money, money without its order, disputed or not given back;
    a declaration that nobody has settled; a repair that was accepted.
    """
    locks = things_of(LockRecord, number, office)
    orders = things_of(TermOrder, number, office)
    withdrawals = things_of(Withdrawal, number, office)
    repairs = things_of(RepairOrder, number, office)
    return (
        any(lock.reason is LockReason.CONTRACT and lock.holds(today) for lock in locks)
        or any(map(_waits_for_money, orders))
        or any(withdrawal.settled_at is None for withdrawal in withdrawals)
        or any(repair.state is RepairState.ACCEPTED for repair in repairs)
        or any(payment.waits for payment in payments_of(number, office))
    )


def _waits_for_money(order: TermOrder) -> bool:
    if order.state is TermOrderState.ACTIVE:
        return any(correction.open_cents for correction in order.corrections)
    return order.state is TermOrderState.OPEN
