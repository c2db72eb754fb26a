"""Repair orders: a device is described, an advocate offers, the customer accepts or declines.

requested ──▶ offered ──▶ accepted ──▶ done
                 └──────▶ declined

An offer holds to the end of its last day; a later one takes its place, until there is an answer.
What is accepted is owed, until an operator notes that it is done.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from freischalt.domain.ids import AccountNumber, RepairOrderId, UserId
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.user import Language
from freischalt.domain.vat_charge import VatCharge

FORGOTTEN = "(gelöscht)"


class RepairState(StrEnum):
    REQUESTED = "requested"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DONE = "done"
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
    """What the advocate offers: `items` are texts with net cents; `vat` is that of the day.

    What is offered is what is charged: the rate is not looked up again.
    """

    items: tuple[tuple[str, int], ...]
    text: str
    valid_until: date
    by: str
    at: datetime
    vat: VatCharge
    currency: str

    @property
    def net_cents(self) -> int:
        return sum(cents for _, cents in self.items)

    @property
    def vat_cents(self) -> int:
        return self.vat.of(self.net_cents)

    @property
    def gross_cents(self) -> int:
        return self.net_cents + self.vat_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOrder:
    """`version` is 0 while nothing is stored, and rises by one with each write.

    `language` is that of the mails about it.
    """

    id: RepairOrderId
    account: AccountNumber
    requested_by: UserId
    requested_at: datetime
    contact: RepairContact
    device: RepairDevice
    remote_monitoring: str
    fault: str
    special_settings: str = ""
    language: Language = Language.GERMAN
    state: RepairState = RepairState.REQUESTED
    offer: Offer | None = None
    answered_at: datetime | None = None
    done_at: datetime | None = None
    changed_by: str | None = None
    version: int = 0

    @property
    def is_answered(self) -> bool:
        return self.is_agreed or self.state is RepairState.DECLINED

    @property
    def is_agreed(self) -> bool:
        """Whether it is a contract: the books need it."""
        return self.state in {RepairState.ACCEPTED, RepairState.DONE}

    @property
    def waits_since(self) -> datetime | None:
        """Since when it is the vendor's turn; None: it is not."""
        if self.state is RepairState.REQUESTED:
            return self.requested_at
        return self.answered_at if self.state is RepairState.ACCEPTED else None

    def has_expired(self, today: date) -> bool:
        """Whether its offer was not answered in time."""
        if self.state is not RepairState.OFFERED or self.offer is None:
            return False
        return self.offer.valid_until < today


def with_offer(order: RepairOrder, offer: Offer) -> RepairOrder | Refusal:
    """The first offer, or another one in its place."""
    if order.is_answered:
        return Refusal(RefusalCode.REPAIR_ANSWERED)
    return replace(order, state=RepairState.OFFERED, offer=offer, changed_by=offer.by)


def answered(
    order: RepairOrder, *, accepts: bool, by: str, at: datetime, today: date
) -> RepairOrder | Refusal:
    """Yes or no to the offer, while it holds."""
    if order.is_answered:
        return Refusal(RefusalCode.REPAIR_ANSWERED)
    if order.offer is None:
        return Refusal(RefusalCode.REPAIR_NOT_OFFERED)
    if order.has_expired(today):
        return Refusal(RefusalCode.REPAIR_OFFER_EXPIRED)
    state = RepairState.ACCEPTED if accepts else RepairState.DECLINED
    return replace(order, state=state, answered_at=at, changed_by=by)


def done(order: RepairOrder, *, by: str, at: datetime) -> RepairOrder | Refusal:
    """What was accepted has been done."""
    if order.state is not RepairState.ACCEPTED:
        return Refusal(RefusalCode.REPAIR_NOT_ACCEPTED)
    return replace(order, state=RepairState.DONE, done_at=at, changed_by=by)


def forgotten(order: RepairOrder) -> RepairOrder:
    """Without what is about a person: for the books, which need what was agreed."""
    return replace(
        order,
        contact=RepairContact(name=FORGOTTEN, email=FORGOTTEN),
        remote_monitoring=FORGOTTEN,
        fault=FORGOTTEN,
        special_settings="",
    )
