"""A binding order of terms, from the button to the contract.

    open ──paid──▶ active ──▶ (withdrawn)
      ├─▶ cancelled: money that comes later is put aside
      └─▶ lapsed: so is this, unless it came in time, and was only told of late

It is active in the transaction that notes the receipt of its money; an order of nothing to pay, at
once. The contract comes about with the confirmation by mail, which has the invoice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Self

from freischalt.domain.address import CustomerKind, Registrant
from freischalt.domain.correction import Correction
from freischalt.domain.ids import (
    AccountNumber,
    InvoiceId,
    OrderNumber,
    PaymentId,
    PlantId,
    UserId,
)
from freischalt.domain.latin import same_name
from freischalt.domain.plant import Plant, bought, new_term_counts_from, ordered
from freischalt.domain.quote import Quote, QuoteLine
from freischalt.domain.term import Term
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language
from freischalt.domain.working_days import end_of_period, working_day_after

MOST_LINES = 20
"""Plants in one order: one transaction must be able to activate all of them."""

DAYS_TO_PAY = timedelta(days=14)
DAYS_TO_RECORD = 3
"""Working days in which a bank's statement is read, and an event that was lost is asked for."""

WITHDRAWAL_DAYS = 14
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the customer has ticked: documents with their versions.

    `immediate_start`: a consumer wants the term to begin at once, and knows that the right of
    withdrawal is lost by that.
    """

    documents: Mapping[str, str]
    immediate_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TermOrder:
    """`version` is 0 while nothing is stored, and rises by one with each write.

    `quote` is what was shown and is charged; `buyer` who it was then, as the invoice names it.
    Money must be there before `pay_before`; at `lapses_at` nobody waits any more to be told of it.
    `paid_cents` is what has come in, by the `payments`; `put_aside` are those that named the order,
    and did not fit. `page` is the payment page that was made last, `under_way` are those whose
    money is on its way. `corrections` are for plants that had more power than was said, in the
    order in which they were charged. `outbox_id` travels with every event about it.
    """

    number: OrderNumber
    account: AccountNumber
    quote: Quote
    buyer: Registrant
    buyer_vat_id: str | None
    consent: Consent
    language: Language
    placed_by: UserId
    placed_at: datetime
    pay_before: datetime
    lapses_at: datetime
    outbox_id: str
    state: TermOrderState = TermOrderState.OPEN
    paid_cents: int = 0
    payments: tuple[PaymentId, ...] = ()
    put_aside: tuple[PaymentId, ...] = ()
    page: str | None = None
    under_way: tuple[str, ...] = ()
    activated_at: datetime | None = None
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    invoice: InvoiceId | None = None
    corrections: tuple[Correction, ...] = ()
    changed_by: str | None = None
    version: int = 0

    @property
    def lines(self) -> tuple[QuoteLine, ...]:
        return self.quote.lines

    @property
    def gross_cents(self) -> int:
        return self.quote.gross_cents

    @property
    def open_cents(self) -> int:
        return max(self.gross_cents - self.paid_cents, 0)

    def correction(self, invoice: InvoiceId) -> Correction | None:
        """What this invoice has charged later."""
        return next((one for one in self.corrections if one.invoice == invoice), None)

    def with_correction(self, changed: Correction) -> Self:
        """The order with this one of its corrections as it is now."""
        others = {one.invoice: one for one in self.corrections}
        return replace(self, corrections=tuple((others | {changed.invoice: changed}).values()))

    @property
    def is_consumers(self) -> bool:
        return self.buyer.kind is CustomerKind.PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoseOrder:
    """Where the order of this number is: for whoever knows no more than the number."""

    order: OrderNumber
    account: AccountNumber
    version: int = 0


def last_day_to_pay(placed_on: date) -> date:
    return placed_on + DAYS_TO_PAY


def lapses_on(placed_on: date, holidays: frozenset[date]) -> date:
    """The day after the last on which money that came in time can be recorded.

    >>> lapses_on(date(2026, 11, 22), frozenset())  # to be paid until Sunday, 6 December
    datetime.date(2026, 12, 10)
    """
    return working_day_after(last_day_to_pay(placed_on), DAYS_TO_RECORD, holidays) + ONE_DAY


def begin_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def starts_not_before(order: TermOrder, today: date, holidays: frozenset[date]) -> date | None:
    """The day on which a consumer's term may begin who has not asked for it at once.

    The withdrawal period begins with the contract, which comes about on the day of activation; it
    is over when its last day is.
    """
    if not order.is_consumers or order.consent.immediate_start:
        return None
    return first_day_after_withdrawal(today, holidays)


def first_day_after_withdrawal(contract: date, holidays: frozenset[date]) -> date:
    """Fourteen days from the day after the contract on (§§ 187 (1), 188, 355 (2) BGB).

    A last day that is none of work gives way to the next that is one (§ 193 BGB).

    >>> first_day_after_withdrawal(date(2026, 11, 19), frozenset())  # a Thursday
    datetime.date(2026, 12, 4)
    >>> first_day_after_withdrawal(date(2026, 11, 22), frozenset())  # a Sunday
    datetime.date(2026, 12, 8)
    >>> christmas = frozenset({date(2026, 12, 25), date(2026, 12, 26)})  # Friday and Saturday
    >>> first_day_after_withdrawal(date(2026, 12, 11), christmas)
    datetime.date(2026, 12, 29)
    """
    return end_of_period(contract + timedelta(days=WITHDRAWAL_DAYS), holidays) + ONE_DAY


def terms_of(
    order: TermOrder, plants: Mapping[PlantId, Plant], today: date, holidays: frozenset[date]
) -> dict[PlantId, Term]:
    """What its lines become if it is activated today."""
    not_before = starts_not_before(order, today, holidays)
    return {
        line.plant: Term(
            order=order.number,
            after=_counts_from(plants[line.plant], line, today, not_before),
            days=line.days,
            power_w=line.power_w,
            net_cents=line.list_cents,
        )
        for line in order.lines
    }


def _counts_from(plant: Plant, line: QuoteLine, today: date, not_before: date | None) -> date:
    """Of a plant that has grown since the order no day is used: the term ends as it begins."""
    if plant.power_w > line.power_w:
        return today
    return new_term_counts_from(plant, today, days=line.days, not_before=not_before)


def waiting_for(order: TermOrder, plants: Mapping[PlantId, Plant]) -> dict[PlantId, Plant]:
    """Its plants while it waits for its payment: they wait for no other, and it has their credit.

    Raises ValueError if a plant has less of it.
    """
    return {
        line.plant: ordered(
            plants[line.plant],
            order.number,
            power_w=line.power_w,
            credit_cents=line.credit_cents,
        )
        for line in order.lines
    }


def activated(
    order: TermOrder,
    plants: Mapping[PlantId, Plant],
    terms: Mapping[PlantId, Term],
    *,
    at: datetime,
    today: date,
) -> tuple[TermOrder, tuple[Plant, ...]]:
    """The order and its plants with `terms_of` it, after the last of its money came.

    Of a plant that has been deleted meanwhile there is nothing to activate: ask first.
    """
    changed = tuple(bought(plants[line.plant], terms[line.plant], today) for line in order.lines)
    return replace(order, state=TermOrderState.ACTIVE, activated_at=at, ended_at=None), changed


class WithdrawalOutcome(StrEnum):
    """What came of a declaration at once. All but the first wait for an operator's decision."""

    WITHDRAWN = "withdrawn"
    NO_SUCH_ORDER = "no_such_order"
    OTHER_PERSON = "other_person"  # not a user's address, or not the buyer's name
    NO_CONSUMER = "no_consumer"
    NOT_ACTIVE = "not_active"
    TOO_LATE = "too_late"
    RIGHT_LAPSED = "right_lapsed"  # it was to begin at once
    CREDIT_USED = "credit_used"  # the plant has outgrown it, and another order has its credit


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A consumer's declaration, as it came: name, order and where the confirmation goes.

    The `id` begins with the account's number if one of its users declared it: then it is part of
    what is kept of the account. `refund_cents` is what is to be paid back, gross. An operator
    settles each: with the refund, or with an answer; `note` says how. `told_at` is when the vendor
    was told that it has waited for too long.
    """

    id: str
    order: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    at: datetime
    outcome: WithdrawalOutcome = WithdrawalOutcome.NO_SUCH_ORDER
    account: AccountNumber | None = None
    refund_cents: int = 0
    settled_at: datetime | None = None
    settled_by: str | None = None
    note: str = ""
    told_at: datetime | None = None
    version: int = 0


def may_withdraw(
    order: TermOrder, name: str, contract: date | None, today: date, holidays: frozenset[date]
) -> WithdrawalOutcome:
    """Whether a consumer's right of withdrawal still holds (§§ 355, 356 BGB).

    `name` is who declares it, `contract` the day of the order's confirmation; None: there is no
    contract yet.
    """
    if not order.is_consumers:
        return WithdrawalOutcome.NO_CONSUMER
    if not same_name(name, order.buyer.name):
        return WithdrawalOutcome.OTHER_PERSON
    if order.state is TermOrderState.OPEN:
        return WithdrawalOutcome.WITHDRAWN
    if order.state is not TermOrderState.ACTIVE:
        return WithdrawalOutcome.NOT_ACTIVE
    if order.consent.immediate_start:
        return WithdrawalOutcome.RIGHT_LAPSED
    if contract and today >= first_day_after_withdrawal(contract, holidays):
        return WithdrawalOutcome.TOO_LATE
    return WithdrawalOutcome.WITHDRAWN
