"""The ids that are more than a text, so that none is taken for another.

>>> plant_id(AccountNumber("AB-10001"), 3), account_of(PlantId("AB-10001-3"))
('AB-10001-3', 'AB-10001')
"""

from typing import NewType

AccountNumber = NewType("AccountNumber", str)
"""A customer's number, as the vendor's accounting knows it."""

ImportId = NewType("ImportId", str)
"""One file of releases, by a digest of its rows."""

KeyId = NewType("KeyId", str)
"""A master key of the ring."""

OrderNumber = NewType("OrderNumber", str)
"""`2026-000123`: unique, neither ascending nor free of gaps."""

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


def account_of(plant: PlantId) -> AccountNumber:
    return AccountNumber(plant.rpartition("-")[0])
