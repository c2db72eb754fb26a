"""Repair orders as they come in and go out over HTTP, with every limit."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from freischalt.domain.vat_charge import VatRule
from freischalt_api.shapes import PHONE_PATTERN, Email, In, Line, Out, ShortLine, Told

REPAIR = r"^[0-9]{13}-[0-9a-f]{12}$"
CENTS = 100_000_000


class RepairStateOut(StrEnum):
    """`expired`: offered, and not answered in time."""

    REQUESTED = "requested"
    OFFERED = "offered"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"


class RepairTurnShape(StrEnum):
    """What waits for the vendor: to be offered, or to be done."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"


class RepairCategoryOut(Out):
    key: str
    name: str


class RepairCategoriesOut(Out):
    categories: list[RepairCategoryOut]


class RepairPriceOut(Out):
    name: str
    net_cents: int


class RepairPricesOut(Out):
    """Net, in whole cents."""

    currency: str
    prices: list[RepairPriceOut]


class RepairContactShape(In):
    name: Line
    email: Email
    phone: Annotated[
        str | None, Field(pattern=PHONE_PATTERN, examples=["+4971231234567"], description="E.164")
    ] = None


class RepairDeviceShape(In):
    category: Annotated[
        str, Field(pattern=r"^[a-z_]{1,40}$", description="A key of `GET /repairs/categories`")
    ]
    type: Line
    serial: ShortLine
    installed_on: date | None = None


class RepairOrderIn(In):
    contact: RepairContactShape
    device: RepairDeviceShape
    remote_monitoring: Annotated[Told, Field(description="How the device is monitored")]
    fault: Annotated[Told, Field(description="The fault, as exactly as it is known")]
    special_settings: Annotated[Told | None, Field(description="What was set differently")] = None


class OfferItemShape(In):
    text: Line
    net_cents: Annotated[int, Field(ge=0, le=CENTS, strict=True)]


class OfferIn(In):
    items: Annotated[list[OfferItemShape], Field(min_length=1, max_length=30)]
    text: Told
    valid_until: Annotated[date, Field(description="Its last day, by the vendor's calendar")]


class OfferItemOut(Out):
    text: str
    net_cents: int


class OfferOut(Out):
    items: list[OfferItemOut]
    text: str
    valid_until: date
    offered_at: datetime
    currency: str
    net_cents: int
    vat_rule: VatRule
    vat_basis_points: int = Field(description="1900 are 19 %")
    vat_cents: int
    gross_cents: int


class RepairContactOut(Out):
    name: str
    email: str
    phone: str | None


class RepairDeviceOut(Out):
    category: str
    category_name: str
    type: str
    serial: str
    installed_on: date | None


class RepairOrderOut(Out):
    id: str
    account: str
    state: RepairStateOut
    requested_at: datetime
    contact: RepairContactOut
    device: RepairDeviceOut
    remote_monitoring: str
    fault: str
    special_settings: str
    offer: OfferOut | None
    answered_at: datetime | None
    done_at: datetime | None


class RepairOrdersOut(Out):
    repair_orders: list[RepairOrderOut]
    next: str | None = None
