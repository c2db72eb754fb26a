"""What does this order do to the release, and what does it cost? Row 13 and the lock before it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from freischalt.domain.answer import AnswerCode
from freischalt.domain.catalogue import Catalogue
from freischalt.domain.dongle import Release
from freischalt.domain.fetch import Refused
from freischalt.domain.ids import AccountNumber, OrderNumber
from freischalt.domain.licence import LicenceNumber, LicenceType, Points
from freischalt.domain.locks import Lock, held


class OrderKind(StrEnum):
    """Why the customer pays, and what for."""

    NEW = "new"  # no release yet: full price
    CHANGED = "changed"  # other user information: a new order at full price
    UPGRADE = "upgrade"  # more points: the difference
    E_EXTENSION = "e_extension"  # E for a release that exists, with or without points


@dataclass(frozen=True, slots=True)
class Accepted:
    """Yes: the release as it is afterwards, and the net price in cents."""

    kind: OrderKind
    release: Release
    net_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A binding order with its number, as it goes to billing. Money is whole cents, net."""

    number: OrderNumber
    outbox_id: str
    account: AccountNumber
    kind: OrderKind
    type: LicenceType
    licence_number: LicenceNumber
    net_cents: int
    currency: str
    placed_at: datetime
    message_id: str

    @property
    def id(self) -> str:
        """What it is published by."""
        return self.number


def decide_order(
    release: Release | None,
    asked: LicenceType,
    number: LicenceNumber,
    *,
    account_locks: tuple[Lock, ...],
    today: date,
    catalogue: Catalogue,
) -> Accepted | Refused:
    """Decide whether the order takes effect. The first rule that applies wins."""
    if hold := held(account_locks + (release.locks if release else ()), today):
        return Refused(AnswerCode.LOCKED, hold.until)
    points = asked.quantity if isinstance(asked, Points) else 0
    anew = Release(points, e_protocol=not points)
    if release is None:
        return Accepted(OrderKind.NEW, anew, catalogue.price(asked))
    if not release.matches(number.user_information):
        bound = replace(anew, user_information=number.user_information, locks=release.locks)
        return Accepted(OrderKind.CHANGED, bound, catalogue.price(asked))
    if isinstance(asked, Points):
        if asked.quantity <= release.points:
            return Refused(AnswerCode.ALREADY_RELEASED)
        more = replace(release, points=asked.quantity)
        price = catalogue.upgrade_price(asked, have=release.points)
        return Accepted(OrderKind.UPGRADE, more, price)
    if release.e_protocol:
        return Refused(AnswerCode.ALREADY_RELEASED)
    extended = replace(release, e_protocol=True)
    return Accepted(OrderKind.E_EXTENSION, extended, catalogue.price(asked))
