"""Payments, as clients see them."""

from freischalt.domain.payment import Payment
from freischalt.domain.setback import Setback
from freischalt_api.payment_shapes import PaymentOut, SetbackOut


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
        setbacks=[_setback_out(one) for one in payment.setbacks],
    )


def _setback_out(setback: Setback) -> SetbackOut:
    return SetbackOut(
        id=setback.id,
        state=setback.state,
        amount_cents=setback.amount_cents,
        currency=setback.currency,
        at=setback.at,
        reason=setback.reason,
        answer_by=setback.answer_by,
        settled_at=setback.settled_at,
        settled_by=setback.settled_by,
        note=setback.note,
    )
