"""What operators make of money that was put aside or taken back, over HTTP."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from freischalt.account_ports import Ref
from freischalt.domain.ids import InvoiceId, OrderNumber, PaymentId
from freischalt.domain.payment import Payment
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.use_cases.office import Office
from freischalt.use_cases.setbacks import settle_setback
from freischalt.use_cases.settling import Settlement, settle_payment
from freischalt_api.api import Api, IdempotencyKey, path
from freischalt_api.payment_shapes import (
    PAYMENT_PATTERN,
    SETBACK_PATTERN,
    PaymentOut,
    SetbackSettlementIn,
    SettlementIn,
)
from freischalt_api.payment_views import payment_out
from freischalt_api.problems import Refused, ok


def add_settlements(app: Api, office: Office) -> None:
    def shown(id_: PaymentId) -> PaymentOut:
        ref = Ref(Payment, (id_,))
        payment = office.records.read(ref)[ref]
        if payment is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND))
        return payment_out(payment)

    @app.post(
        "/operator/payments/<payment_id>/settlement",
        status_code=201,
        tags=["Operator"],
        summary="Say what it pays for, let off the rest, or note that it was given back",
    )
    def post_settlement(
        payment_id: Annotated[str, path(PAYMENT_PATTERN)],
        body: Annotated[SettlementIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> PaymentOut:
        """With an order or invoice as if it had come for that: what is too little or much stays."""
        request = app.asked(idempotency_key, body.model_dump())
        order = OrderNumber(body.order) if body.order else None
        invoice = InvoiceId(body.invoice) if body.invoice else None
        settlement = Settlement(body.note, order, waive=body.waive, invoice=invoice)
        id_ = PaymentId(payment_id)
        ok(settle_payment(id_, settlement, office, request))
        return shown(id_)

    @app.post(
        "/operator/payments/<payment_id>/setbacks/<setback_id>/settlement",
        status_code=201,
        tags=["Operator"],
        summary="A dispute or failed refund was seen to",
    )
    def post_setback_settlement(
        payment_id: Annotated[str, path(PAYMENT_PATTERN)],
        setback_id: Annotated[str, path(SETBACK_PATTERN)],
        body: Annotated[SetbackSettlementIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> PaymentOut:
        """As it stood when it was read: a dispute that is lost by then is to be looked at anew."""
        request = app.asked(idempotency_key, body.model_dump())
        id_ = PaymentId(payment_id)
        ok(settle_setback(id_, setback_id, body.note, office, request, seen_as=body.state))
        return shown(id_)
