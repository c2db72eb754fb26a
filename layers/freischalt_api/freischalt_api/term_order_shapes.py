"""Prices, quotes, orders of terms and withdrawals as they come in and go out, with every limit."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from freischalt.domain.plant import PLANT_ID
from freischalt.domain.term_order import MOST_LINES, WithdrawalOutcome
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language, email_address
from freischalt.domain.vat_charge import VatRule
from freischalt_api.repair_shapes import RepairPriceOut
from freischalt_api.shapes import ORDER_PATTERN, In, Line, Out


def _different(plants: list[str]) -> list[str]:
    if len(set(plants)) != len(plants):
        raise ValueError("must be different plants")
    return plants


PlantIds = Annotated[
    list[Annotated[str, Field(pattern=f"^{PLANT_ID.pattern}$")]],
    Field(min_length=1, max_length=MOST_LINES, examples=[["10001-1"]]),
    AfterValidator(_different),
]
Days = Literal[365, 730]
Version = Annotated[str, Field(min_length=1, max_length=20)]
Kind = Annotated[str, Field(pattern=r"^[a-z-]{1,30}$")]


class BandOut(Out):
    up_to_w: int | None = Field(description="Plants of up to so many watts; null: any")
    net_cents: dict[str, int] = Field(description="By the term's days")


class PricesOut(Out):
    note: str | None = Field(description="What these prices are, where they are no real offer")
    currency: str
    terms: list[BandOut]
    unknown_power_w: int = Field(description="What counts for an inverter of unknown type")
    repairs: list[RepairPriceOut]


class QuoteIn(In):
    plants: PlantIds
    days: Days
    immediate_start: bool = Field(
        default=False,
        description="Consumers: the term begins at once, not when the right of withdrawal is over",
    )


class QuoteLineOut(Out):
    plant: str
    name: str
    days: int
    power_w: int
    unknown: int = Field(description="Inverters of unknown type, with an assumed power")
    list_cents: int
    credit_cents: int = Field(description="What is left of the earlier licence")
    net_cents: int
    begins: date = Field(description="The first day that is paid for, if it is activated today")
    ends: date = Field(description="The last one")


class VatOut(Out):
    rule: VatRule
    country: str
    percent: str
    cents: int
    note: str = Field(description="What the law wants to be said about it; may be empty")


class QuoteOut(Out):
    lines: list[QuoteLineOut]
    net_cents: int
    vat: VatOut
    gross_cents: int
    currency: str
    on: date
    warnings: list[str]


class TermOrderIn(QuoteIn):
    gross_cents: Annotated[int, Field(ge=0, le=2_000_000_000)]
    accepted_documents: Annotated[dict[Kind, Version], Field(max_length=10)]
    language: Language = Field(description="Of the contract and its mails")


class BankTransferOut(Out):
    """What a transfer needs; `reference` is what it is found by."""

    recipient: str
    iban: str
    bic: str
    reference: str
    amount_cents: int
    currency: str


class TermOrderOut(Out):
    order_number: str
    state: TermOrderState
    placed_at: datetime
    pay_until: datetime | None
    paid_cents: int
    open_cents: int
    bank_transfer: BankTransferOut | None = Field(
        description="While there is something to pay, if the vendor takes transfers"
    )
    activated_at: datetime | None
    quote: QuoteOut
    invoice: str | None = Field(description="Its id; its number comes with the PDF")
    language: Language


class TermOrdersOut(Out):
    orders: list[TermOrderOut]
    next: str | None = None


class WithdrawalFormOut(Out):
    """What a page shows."""

    withdraw: str
    confirm: str
    name: str
    order_number: str
    email: str
    received: str


class WithdrawalIn(In):
    name: Line
    order_number: Line
    email: Annotated[str, Field(max_length=254), AfterValidator(email_address)]


class WithdrawalOut(Out):
    text: str
    received_at: datetime


class ReinvoiceIn(In):
    plant: Annotated[str, Field(pattern=f"^{PLANT_ID.pattern}$")]
    power_w: Annotated[int, Field(ge=1, le=1_000_000_000)]
    reason: Line


class ReinvoicedOut(Out):
    invoice: str


class SettlementIn(In):
    note: Line


class AcceptanceIn(In):
    order_number: Annotated[str, Field(pattern=ORDER_PATTERN, examples=["2026-000123"])]
    withheld_cents: Annotated[
        int,
        Field(
            ge=0,
            strict=True,
            description="Net: the value of the days that were used; stays with the seller",
        ),
    ] = 0


class OpenWithdrawalOut(Out):
    id: str
    name: str
    email: str
    order_number: str
    account: str | None
    outcome: WithdrawalOutcome
    refund_cents: int
    at: datetime


class OpenWithdrawalsOut(Out):
    withdrawals: list[OpenWithdrawalOut]
