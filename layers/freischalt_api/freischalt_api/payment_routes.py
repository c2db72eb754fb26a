"""Payments over HTTP: a customer's payment page; what operators record and look at."""

from collections.abc import Callable
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from freischalt.domain.ids import AccountNumber, InvoiceId, OrderNumber
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.errors import ProviderFailed
from freischalt.payment_ports import AsidePayments, PaymentPages
from freischalt.use_cases.office import Office
from freischalt.use_cases.paying_corrections import record_correction_paid
from freischalt.use_cases.payment_pages import payment_page
from freischalt.use_cases.record_transfer import Transfer, record_named_transfer, record_transfer
from freischalt_api.api import After, Api, Limit, further, path, place
from freischalt_api.payment_shapes import (
    CORRECTION_PATTERN,
    NamedTransferIn,
    PaymentOut,
    PaymentPageOut,
    PaymentsOut,
    TransferIn,
)
from freischalt_api.payment_views import payment_out
from freischalt_api.problems import Refused, ok
from freischalt_api.shapes import ACCOUNT_PATTERN, ORDER_PATTERN


def add_payment_page(
    app: Api,
    office: Office,
    pages: PaymentPages,
    site: str,
    failed: Callable[[ProviderFailed], None],
) -> None:
    """`site` is where the customer comes back to; empty for the API's own address.

    `failed` is told when the provider gives no page.
    """

    @app.post(
        "/term-orders/<number>/payment-page",
        tags=["Term licences"],
        summary="Where this order is paid",
    )
    def post_payment_page(number: Annotated[str, path(ORDER_PATTERN)]) -> PaymentPageOut:
        """The same page for as long as it is open; none while a payment is under way."""
        app.user()
        back = site or f"https://{app.current_event.request_context.domain_name}"
        order = OrderNumber(number)
        try:
            page = ok(payment_page(app.account(), order, pages, office, site=back, now=app.moment))
        except ProviderFailed as error:
            failed(error)
            raise Refused(Refusal(RefusalCode.PAYMENT_PAGE_UNAVAILABLE)) from None
        return PaymentPageOut(url=page.url, expires_at=page.expires_at)


def add_operator_payments(app: Api, office: Office, aside: AsidePayments) -> None:
    def transfer_in(body: TransferIn) -> Transfer:
        return Transfer(
            amount_cents=body.amount_cents,
            received_on=body.received_on,
            reference=body.reference,
            by=app.principal().actor,
        )

    @app.post(
        "/operator/accounts/<number>/term-orders/<order>/payments",
        status_code=201,
        tags=["Operator"],
        summary="A bank transfer has come in",
    )
    def post_transfer(
        number: Annotated[str, path(ACCOUNT_PATTERN)],
        order: Annotated[str, path(ORDER_PATTERN)],
        body: Annotated[TransferIn, Body()],
    ) -> PaymentOut:
        """Once for each reference. With the last of its money the order is active."""
        received = record_transfer(
            AccountNumber(number), OrderNumber(order), transfer_in(body), office, at=app.moment
        )
        return payment_out(ok(received).payment)

    @app.post(
        "/operator/accounts/<number>/invoices/<invoice>/payments",
        status_code=201,
        tags=["Operator"],
        summary="A bank transfer has come in for what was charged later",
    )
    def post_transfer_for_correction(
        number: Annotated[str, path(ACCOUNT_PATTERN)],
        invoice: Annotated[str, path(CORRECTION_PATTERN)],
        body: Annotated[TransferIn, Body()],
    ) -> PaymentOut:
        """Once for each reference. With the last of its money the licence covers the power."""
        paid = record_correction_paid(
            AccountNumber(number), InvoiceId(invoice), transfer_in(body), office, at=app.moment
        )
        return payment_out(ok(paid))

    @app.post(
        "/operator/payments",
        status_code=201,
        tags=["Operator"],
        summary="A bank transfer has come in, whosever it is",
    )
    def post_any_transfer(body: Annotated[NamedTransferIn, Body()]) -> PaymentOut:
        """As the order's that it names; put aside if there is none. Once for each reference."""
        order = OrderNumber(body.order) if body.order else None
        received = record_named_transfer(order, transfer_in(body), office, at=app.moment)
        return payment_out(ok(received).payment)

    @app.get("/operator/payments", tags=["Operator"], summary="Money to be looked at")
    def get_payments(
        state: Annotated[Literal["aside"], Query()] = "aside",  # noqa: ARG001
        after: After = None,
        limit: Limit = 20,
    ) -> PaymentsOut:
        """What was put aside, is disputed, or was to be given back and did not arrive."""
        try:
            page = aside.page(after=place(after), limit=limit)
        except ValueError:
            problem = FieldProblem("after", "must be `next` of the page before")
            raise Refused(Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))) from None
        return PaymentsOut(
            payments=[payment_out(payment) for payment in page.things], next=further(page.next)
        )
