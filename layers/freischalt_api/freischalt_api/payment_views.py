"""Payments, as clients see them."""

from freischalt.domain.payment import Payment
from freischalt.domain.term_catalogue import Seller
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt_api.payment_shapes import BankTransferOut, PaymentOut, PaymentStateOut


def payment_state_out(order: TermOrder, seller: Seller) -> PaymentStateOut:
    """How far it is paid, and how the rest can be transferred: for an order's own page."""
    is_due = order.state is TermOrderState.OPEN and order.open_cents > 0 and seller.iban
    currency = order.quote.currency
    return PaymentStateOut(
        paid_cents=order.paid_cents,
        open_cents=order.open_cents if order.state is TermOrderState.OPEN else 0,
        currency=currency,
        bank_transfer=BankTransferOut(
            recipient=seller.name,
            iban=seller.iban,
            bic=seller.bic,
            reference=order.number,
            amount_cents=order.open_cents,
            currency=currency,
        )
        if is_due
        else None,
    )


def payment_out(payment: Payment) -> PaymentOut:
    return PaymentOut(
        id=payment.id,
        provider=payment.provider,
        reference=payment.reference,
        amount_cents=payment.amount_cents,
        currency=payment.currency,
        received_at=payment.received_at,
        recorded_at=payment.recorded_at,
        order=payment.order,
        account=payment.account,
        mismatch=payment.mismatch,
        aside=payment.is_aside,
        refunded_cents=payment.refunded_cents,
        recorded_by=payment.recorded_by,
        settled_at=payment.settled_at,
        settled_by=payment.settled_by,
        note=payment.note,
    )
