"""What goes with an erased account, once that is decided.

Plants go before their inverters: none can be added to a plant that is gone. Orders, invoices and
withdrawals of terms stay, as accounting needs them, and so does the evidence of VAT checks; that a
code was used stays, too. A crash leaves the rest for a repetition.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from freischalt.account_ports import Change, Delete, Put
from freischalt.domain.ids import AccountNumber
from freischalt.domain.phone_check import PhoneCheck
from freischalt.domain.plant import Inverter, Plant
from freischalt.domain.repair_order import RepairOrder, forgotten
from freischalt.domain.sign_in import ApiKey
from freischalt.errors import LostRace
from freischalt.use_cases.office import Office, things_of
from freischalt.use_cases.plants import plant_gone

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


def _forget_all[T](
    kind: type[T], changes_of: Callable[[T], Changes], number: AccountNumber, office: Office
) -> None:
    """Whatever is used or changed meanwhile is read again."""
    while left := [its for thing in things_of(kind, number, office) if (its := changes_of(thing))]:
        for some in _together(left):
            with suppress(LostRace):
                office.records.write(*some)


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


def _of_repair(order: RepairOrder) -> Changes:
    """What was accepted stays for the books, without the person; whatever else was asked goes."""
    if not order.is_agreed:
        return (Delete(order),)
    return () if order == forgotten(order) else (Put(forgotten(order)),)
