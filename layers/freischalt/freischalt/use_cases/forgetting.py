"""What goes with an erased account, once that is decided.

Plants go before their inverters: none can be added to a plant that is gone. Invoices stay as they
are, and so does the evidence of VAT checks; that a code was used stays, too. Of orders,
withdrawals and repairs the books keep what they need, without the person. A crash leaves the rest
for a repetition.
"""

from collections.abc import Callable, Iterable, Iterator

from freischalt.account_ports import Change, Delete, Put, Ref
from freischalt.domain.forgetting import forgotten_order, forgotten_withdrawal
from freischalt.domain.ids import AccountNumber
from freischalt.domain.phone_check import PhoneCheck
from freischalt.domain.plant import Inverter, Plant
from freischalt.domain.repair_order import RepairOrder, forgotten
from freischalt.domain.sign_in import ApiKey
from freischalt.domain.term_order import TermOrder, WhoseOrder, Withdrawal
from freischalt.errors import LostRace
from freischalt.use_cases.office import RACES, Office, found, things_of
from freischalt.use_cases.plants import plant_gone
from freischalt.use_cases.races import until_it_holds

MOST_CHANGES = 40
"""In one transaction: twenty plants with their rows."""

type Changes = tuple[Change, ...]


def forget(number: AccountNumber, office: Office) -> None:
    """Of an account that is erased already: nothing new comes, and repeating it does no harm."""
    _forget_all(ApiKey, _gone, number, office)
    _forget_all(PhoneCheck, _gone, number, office)
    _forget_all(Plant, plant_gone, number, office)
    _forget_all(Inverter, _gone, number, office)
    _forget_all(RepairOrder, _of_repair, number, office)
    _forget_all(TermOrder, lambda order: _of_order(order, office), number, office)
    _forget_all(Withdrawal, _of_withdrawal, number, office)


def _forget_all[T](
    kind: type[T], changes_of: Callable[[T], Changes], number: AccountNumber, office: Office
) -> None:
    """Whatever is used or changed meanwhile is read again; raises TooManyRaces in the end."""

    def once() -> None:
        left = [its for thing in things_of(kind, number, office) if (its := changes_of(thing))]
        lost: LostRace | None = None
        for some in _together(left):
            try:
                office.records.write(*some)
            except LostRace as race:
                lost = race
        if lost:
            raise lost

    until_it_holds(once, office.pause, tries=RACES)


def _together(parts: Iterable[Changes]) -> Iterator[Changes]:
    """As many in one transaction as fit; none is torn apart."""
    some: Changes = ()
    for part in parts:
        if some and len(some) + len(part) > MOST_CHANGES:
            yield some
            some = ()
        some += part
    if some:
        yield some


def _gone(thing: object) -> Changes:
    return (Delete(thing),)


def _left[T](thing: T, after: T | None) -> Changes:
    """It goes, or is kept as it is `after`."""
    if after is None:
        return (Delete(thing),)
    return () if after == thing else (Put(after),)


def _of_repair(order: RepairOrder) -> Changes:
    return _left(order, forgotten(order) if order.is_agreed else None)


def _of_order(order: TermOrder, office: Office) -> Changes:
    """What says whose it is goes with it."""
    after = forgotten_order(order)
    whose = found(office, [Ref(WhoseOrder, (order.number,))]) if after is None else []
    return (*_left(order, after), *map(Delete, whose))


def _of_withdrawal(withdrawal: Withdrawal) -> Changes:
    return _left(withdrawal, forgotten_withdrawal(withdrawal))
