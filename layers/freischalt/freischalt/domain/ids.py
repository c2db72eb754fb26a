"""The ids that are more than a text, so that none is taken for another.

>>> plant_id(AccountNumber("AB-10001"), 3), account_of(PlantId("AB-10001-3"))
('AB-10001-3', 'AB-10001')
"""

import re
from typing import NewType

AccountNumber = NewType("AccountNumber", str)
"""A customer's number, as the vendor's accounting knows it."""

ImportId = NewType("ImportId", str)
"""One file of releases, by a digest of its rows."""

KeyId = NewType("KeyId", str)
"""A master key of the ring."""

OrderNumber = NewType("OrderNumber", str)
"""`2026-000123`: unique, neither ascending nor free of gaps; more digits from the millionth on."""

ORDER_NUMBER = re.compile("[0-9]{4}-[0-9]{6,12}")

LockId = NewType("LockId", str)
"""`<milliseconds>-<random>`: later locks sort after earlier ones."""

UserId = NewType("UserId", str)
"""A digest of the user's name, so that one read finds the user and no log names a person."""

PlantId = NewType("PlantId", str)
"""`10001-3`: the third plant of the account 10001; the account's number is part of it."""

InverterSerial = NewType("InverterSerial", str)
"""An inverter's serial number: 4 to 32 upper-case letters, digits and hyphens."""

PaymentId = NewType("PaymentId", str)
"""`<provider>:<its own id>`: a receipt of money has the same id, however often it is told."""

InvoiceId = NewType("InvoiceId", str)
"""What an invoice is known by before, and after, it has its number: its order's number and why."""

RepairOrderId = NewType("RepairOrderId", str)
"""`<milliseconds>-<random>`: later ones sort after earlier ones."""


def plant_id(account: AccountNumber, running: int) -> PlantId:
    return PlantId(f"{account}-{running}")


def withdrawal_id(account: AccountNumber, own: str) -> str:
    """Of a withdrawal that one of the account's users declared; else `own` is all of it.

    >>> id_ = withdrawal_id(AccountNumber("AB-10001"), "1795341600000-9f2c")
    >>> declared_by(id_), declared_by("1795341600000-9f2c")
    ('AB-10001', None)
    """
    return f"{account}-{own}"


def declared_by(withdrawal: str) -> AccountNumber | None:
    """Whose user declared it, if anyone's."""
    number, *own = withdrawal.rsplit("-", 2)
    return AccountNumber(number) if len(own) == 2 else None  # noqa: PLR2004 - its two parts


def invoiced_order(invoice: InvoiceId) -> OrderNumber | None:
    """Whose number an invoice's id begins with.

    >>> invoiced_order(InvoiceId("2026-000123-correction-1-12000"))
    '2026-000123'
    """
    found = ORDER_NUMBER.match(invoice)
    return OrderNumber(found[0]) if found else None


def account_of(plant: PlantId) -> AccountNumber:
    return AccountNumber(plant.rpartition("-")[0])
