"""Repair orders: a device is described, an advocate offers, the customer accepts or declines.

requested ──▶ offered ──▶ accepted
                 └──────▶ declined
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from freischalt.domain.ids import AccountNumber, RepairOrderId, UserId


class RepairState(StrEnum):
    REQUESTED = "requested"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairContact:
    name: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairDevice:
    """`category` is a key of the catalogue's."""

    category: str
    type: str
    serial: str
    installed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the advocate offers: `items` are texts with net cents."""

    items: tuple[tuple[str, int], ...]
    text: str
    valid_until: date
    by: str
    at: datetime

    @property
    def net_cents(self) -> int:
        return sum(cents for _, cents in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOrder:
    """`version` is 0 while nothing is stored, and rises by one with each write."""

    id: RepairOrderId
    account: AccountNumber
    requested_by: UserId
    requested_at: datetime
    contact: RepairContact
    device: RepairDevice
    remote_monitoring: str
    fault: str
    special_settings: str = ""
    state: RepairState = RepairState.REQUESTED
    offer: Offer | None = None
    answered_at: datetime | None = None
    changed_by: str | None = None
    version: int = 0
