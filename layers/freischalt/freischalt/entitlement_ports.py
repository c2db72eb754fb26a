"""What the answers to apps and to everybody need from the world."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from freischalt.account_ports import Page
from freischalt.domain.entitlement import Subject
from freischalt.domain.ids import AccountNumber, PlantId
from freischalt.domain.locks import Lock
from freischalt.domain.public_plant import PublicPlant


class Entitlements(Protocol):
    def subject(self, plant: PlantId) -> Subject | None:
        """One consistent read of the plant and its owner; None if either is not there."""


class PublicPlants(Protocol):
    def page(self, *, after: str | None, limit: int) -> Page[PublicPlant]:
        """Some rows, by country and postal code, from the place `after` on: one query.

        A place names no plant, as its id has the owner's number. Raises ValueError for what can
        be none.
        """

    def locks(self, accounts: Iterable[AccountNumber]) -> Mapping[AccountNumber, tuple[Lock, ...]]:
        """The locks of those owners, up to a hundred: one read."""
