"""The ids that are more than a text, so that none is taken for another."""

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
