"""What operators do with orders of terms: look, charge later, settle withdrawals."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from freischalt.domain.ids import AccountNumber, OrderNumber, PlantId
from freischalt.domain.term_order import TermOrder
from freischalt.term_ports import OpenWithdrawals
from freischalt.use_cases.deciding_withdrawals import (
    Acceptance,
    accept_withdrawal,
    settle_withdrawal,
)
from freischalt.use_cases.office import Office
from freischalt.use_cases.reinvoicing import UnderReported, reinvoice
from freischalt_api.api import After, Api, IdempotencyKey, Limit, further, nothing, path, place
from freischalt_api.problems import ok
from freischalt_api.shapes import ACCOUNT_PATTERN, ORDER_PATTERN
from freischalt_api.term_order_shapes import (
    AcceptanceIn,
    OpenWithdrawalOut,
    OpenWithdrawalsOut,
    ReinvoicedOut,
    ReinvoiceIn,
    SettlementIn,
    TermOrderOut,
    TermOrdersOut,
)
from freischalt_api.term_order_views import term_order_out

WITHDRAWAL_ID = r"^([0-9A-Za-z][0-9A-Za-z-]{0,19}-)?[0-9]{13}-[0-9a-f]{1,12}$"


def add_operator_term_routes(app: Api, office: Office, withdrawals: OpenWithdrawals) -> None:
    def shown(order: TermOrder) -> TermOrderOut:
        return term_order_out(order, office.sells.seller, app.language)

    @app.get(
        "/operator/accounts/<number>/term-orders",
        tags=["Operator"],
        summary="An account's orders of terms, newest first",
    )
    def get_term_orders_of(
        number: Annotated[str, path(ACCOUNT_PATTERN)], after: After = None, limit: Limit = 20
    ) -> TermOrdersOut:
        account = AccountNumber(number)
        page = office.records.page(TermOrder, account, after=place(after), limit=limit)
        return TermOrdersOut(
            orders=[shown(order) for order in page.things],
            next=further(page.next),
        )

    @app.post(
        "/operator/accounts/<number>/term-orders/<order_number>/reinvoice",
        status_code=202,
        tags=["Operator"],
        summary="Charge later for power that was under-reported",
    )
    def post_reinvoice(
        number: Annotated[str, path(ACCOUNT_PATTERN)],
        order_number: Annotated[str, path(ORDER_PATTERN)],
        body: Annotated[ReinvoiceIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> ReinvoicedOut:
        found = UnderReported(
            account=AccountNumber(number),
            order=OrderNumber(order_number),
            plant=PlantId(body.plant),
            power_w=body.power_w,
            reason=body.reason,
        )
        request = app.asked(idempotency_key, body.model_dump())
        return ReinvoicedOut(invoice=ok(reinvoice(found, office, request))["invoice"])

    @app.get("/operator/withdrawals", tags=["Operator"], summary="Withdrawals to be settled")
    def get_withdrawals() -> OpenWithdrawalsOut:
        """What is to be paid back, and what only a person can decide."""
        return OpenWithdrawalsOut(
            withdrawals=[
                OpenWithdrawalOut(
                    id=one.id,
                    name=one.name,
                    email=one.email,
                    order_number=one.order,
                    account=one.account,
                    outcome=one.outcome,
                    refund_cents=one.refund_cents,
                    at=one.at,
                )
                for one in withdrawals.unsettled(now=app.moment)
            ]
        )

    @app.post(
        "/operator/withdrawals/<withdrawal_id>/acceptance",
        status_code=204,
        tags=["Operator"],
        summary="A declaration that was not plain takes effect",
    )
    def post_withdrawal_acceptance(
        withdrawal_id: Annotated[str, path(WITHDRAWAL_ID)],
        body: Annotated[AcceptanceIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[None]:
        """Terms end, credit notes go out, and the list says what is to be paid back."""
        accepted = Acceptance(
            order=OrderNumber(body.order_number), withheld_cents=body.withheld_cents
        )
        request = app.asked(idempotency_key, body.model_dump())
        ok(accept_withdrawal(withdrawal_id, accepted, office, request))
        return nothing()

    @app.post(
        "/operator/withdrawals/<withdrawal_id>/settlement",
        status_code=204,
        tags=["Operator"],
        summary="A withdrawal was paid back, or answered",
    )
    def post_withdrawal_settlement(
        withdrawal_id: Annotated[str, path(WITHDRAWAL_ID)],
        body: Annotated[SettlementIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[None]:
        request = app.asked(idempotency_key, body.model_dump())
        ok(settle_withdrawal(withdrawal_id, body.note, office, request))
        return nothing()
