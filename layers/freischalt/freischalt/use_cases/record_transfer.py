"""A bank transfer has come in, and an operator records it: once, by its reference.

Whatever it names is kept: an order that nobody has placed, or none, puts the money aside.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256

from freischalt.account_ports import Ref
from freischalt.domain.ids import AccountNumber, OrderNumber, PaymentId
from freischalt.domain.payment import Payment, PaymentProvider
from freischalt.domain.receipt import Receipt
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.term_order import TermOrder
from freischalt.use_cases.office import Office
from freischalt.use_cases.receive_payment import Received, order_of, receive_payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """`reference` is the bank's, as on the statement. A transfer for two orders is two of these.

    `by` has recorded it.
    """

    amount_cents: int
    received_on: date
    reference: str
    by: str


def record_transfer(
    account: AccountNumber,
    number: OrderNumber,
    transfer: Transfer,
    office: Office,
    *,
    at: datetime,
) -> Received | Refusal:
    """For an order of this account, and no other's."""
    ref = Ref(TermOrder, (account, number))
    order = office.records.read(ref)[ref]
    if order is None:
        return Refusal(RefusalCode.NOT_FOUND)
    return _recorded(transfer, number, order, office, at)


def record_named_transfer(
    number: OrderNumber | None, transfer: Transfer, office: Office, *, at: datetime
) -> Received | Refusal:
    """For whatever order it names, whosever that is."""
    return _recorded(transfer, number, order_of(number, office), office, at)


def _recorded(
    transfer: Transfer,
    number: OrderNumber | None,
    order: TermOrder | None,
    office: Office,
    at: datetime,
) -> Received | Refusal:
    if refusal := refused_day(transfer, office, at):
        return refusal
    to = (order.account, order.number) if order else ("", number or "")
    currency = order.quote.currency if order else office.sells.currency
    receipt = receipt_of(transfer, to, office, currency=currency, order=number)
    received = receive_payment(receipt, office, at=at)
    return another_one(transfer, received.payment, office) or received


def refused_day(transfer: Transfer, office: Office, at: datetime) -> Refusal | None:
    if transfer.received_on <= office.today(at):
        return None
    problem = FieldProblem("/receivedOn", "must not be after today")
    return Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))


def receipt_of(
    transfer: Transfer,
    to: tuple[str, str],
    office: Office,
    *,
    currency: str,
    order: OrderNumber | None,
) -> Receipt:
    """`to` is whose money it is: an account, and what is paid."""
    return Receipt(
        id=transfer_id(*to, transfer.reference),
        provider=PaymentProvider.BANK,
        reference=transfer.reference,
        amount_cents=transfer.amount_cents,
        currency=currency,
        received_at=_noon(transfer, office),
        order=order,
        recorded_by=transfer.by,
    )


def another_one(transfer: Transfer, told: Payment, office: Office) -> Refusal | None:
    """Whether another transfer was recorded by this reference before."""
    if (told.amount_cents, told.received_at) == (transfer.amount_cents, _noon(transfer, office)):
        return None
    return Refusal(RefusalCode.PAYMENT_REFERENCE_USED)


def _noon(transfer: Transfer, office: Office) -> datetime:
    return datetime.combine(transfer.received_on, time(12), office.time_zone).astimezone(UTC)


def transfer_id(account: str, of: str, reference: str) -> PaymentId:
    """The same for the same reference of the same order, in capitals or not, spaces or not."""
    told = "".join(reference.casefold().split())
    digest = sha256(f"{account}|{of}|{told}".encode()).hexdigest()
    return PaymentId(f"{PaymentProvider.BANK}:{digest[:32]}")
