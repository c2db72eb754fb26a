"""A bank transfer has come in, and an operator records it: once, by its reference."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256

from freischalt.account_ports import Ref
from freischalt.domain.ids import AccountNumber, OrderNumber, PaymentId
from freischalt.domain.payment import PaymentProvider
from freischalt.domain.receipt import Receipt
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.term_order import TermOrder
from freischalt.use_cases.office import Office
from freischalt.use_cases.receive_payment import Received, receive_payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """`reference` is the bank's, as on the statement. A transfer for two orders is two of these."""

    amount_cents: int
    received_on: date
    reference: str


def record_transfer(
    account: AccountNumber,
    number: OrderNumber,
    transfer: Transfer,
    office: Office,
    *,
    by: str,
    at: datetime,
) -> Received | Refusal:
    if transfer.received_on > office.today(at):
        problem = FieldProblem("/receivedOn", "must not be after today")
        return Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))
    ref = Ref(TermOrder, (account, number))
    order = office.records.read(ref)[ref]
    if order is None:
        return Refusal(RefusalCode.NOT_FOUND)
    noon = datetime.combine(transfer.received_on, time(12), office.time_zone)
    received_at = noon.astimezone(UTC)
    receipt = Receipt(
        id=transfer_id(account, number, transfer.reference),
        provider=PaymentProvider.BANK,
        reference=transfer.reference,
        amount_cents=transfer.amount_cents,
        currency=order.quote.currency,
        received_at=received_at,
        order=number,
        recorded_by=by,
    )
    received = receive_payment(receipt, office, at=at)
    told = received.payment
    if (told.amount_cents, told.received_at) != (transfer.amount_cents, received_at):
        return Refusal(RefusalCode.PAYMENT_REFERENCE_USED)
    return received


def transfer_id(account: AccountNumber, number: OrderNumber, reference: str) -> PaymentId:
    """The same for the same reference of the same order, in capitals or not, spaces or not."""
    told = "".join(reference.casefold().split())
    digest = sha256(f"{account}|{number}|{told}".encode()).hexdigest()
    return PaymentId(f"{PaymentProvider.BANK}:{digest[:32]}")
