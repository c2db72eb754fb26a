"""What comes in and goes out about payments."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from freischalt.domain.payment import Mismatch, PaymentProvider
from freischalt.domain.setback import SetbackState
from freischalt_api.shapes import ORDER_PATTERN, In, Line, Lines, Out

CORRECTION_PATTERN = r"^[0-9]{4}-[0-9]{6,12}-correction-[A-Za-z0-9-]{1,64}$"
PAYMENT_PATTERN = r"^(stripe:[A-Za-z0-9_]{1,255}|bank:[0-9a-f]{32})$"
SETBACK_PATTERN = r"^[A-Za-z0-9_]{1,255}$"
MOST_CENTS = 100_000_000

type OrderNo = Annotated[str, Field(pattern=ORDER_PATTERN, examples=["2026-000123"])]


class PaymentPageOut(Out):
    """Where the customer is to be led; the same until it is over."""

    url: str
    expires_at: datetime


class TransferIn(In):
    amount_cents: Annotated[int, Field(ge=1, le=MOST_CENTS, strict=True)]
    received_on: date
    reference: Annotated[Line, Field(description="The bank's own, as on the statement")]


class NamedTransferIn(TransferIn):
    order: Annotated[OrderNo | None, Field(description="As the transfer names it")] = None


class SetbackOut(Out):
    """A dispute, or a refund that did not arrive, as the provider told it last."""

    id: str
    state: SetbackState
    amount_cents: int
    currency: str
    at: datetime
    reason: str
    answer_by: datetime | None = Field(description="Until when the payer's bank takes an answer")
    settled_at: datetime | None
    settled_by: str | None
    note: str


class PaymentOut(Out):
    id: str
    provider: PaymentProvider
    reference: str
    amount_cents: int
    currency: str
    received_at: datetime
    recorded_at: datetime
    order: str | None
    account: str | None
    mismatch: Mismatch | None
    aside: bool
    refunded_cents: int
    recorded_by: str | None
    settled_at: datetime | None
    settled_by: str | None
    note: str
    setbacks: list[SetbackOut]


class PaymentsOut(Out):
    payments: list[PaymentOut]
    next: str | None


class SetbackSettlementIn(In):
    state: Annotated[
        SetbackState, Field(description="As it was read; 412 if it stands otherwise by now")
    ]
    note: Annotated[Lines, Field(min_length=1)]


class SettlementIn(In):
    note: Annotated[Lines, Field(min_length=1)]
    order: Annotated[
        OrderNo | None,
        Field(description="Whose money it is; without it and `invoice` it was given back"),
    ] = None
    invoice: Annotated[
        str | None,
        Field(pattern=CORRECTION_PATTERN, description="What was charged later, and it pays for"),
    ] = None
    waive: Annotated[
        bool,
        Field(description="It was too little, and the rest of what it was for is let off"),
    ] = False
