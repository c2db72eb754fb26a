"""What terms cost, what they would cost me, and orders of them."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from freischalt.domain.ids import OrderNumber, UserId
from freischalt.domain.refusal import Refusal
from freischalt.domain.term_order import Consent, TermOrder
from freischalt.ports import OrderNumbers
from freischalt.use_cases.office import Office
from freischalt.use_cases.quoting import quoted
from freischalt.use_cases.term_orders import (
    NewTermOrder,
    cancel_term_order,
    known_order,
    place_term_order,
)
from freischalt_api.api import After, Api, IdempotencyKey, Limit, further, path, place
from freischalt_api.problems import Refused, ok
from freischalt_api.quote_views import members_of, offered, wanted_by
from freischalt_api.shapes import ORDER_PATTERN
from freischalt_api.term_order_shapes import (
    PricesOut,
    QuoteIn,
    QuoteOut,
    TermOrderIn,
    TermOrderOut,
    TermOrdersOut,
)
from freischalt_api.term_order_views import prices_out, term_order_out


def add_term_orders(app: Api, office: Office, numbers: OrderNumbers) -> None:
    _add_prices(app, office)
    _add_orders(app, office, numbers)


def _add_prices(app: Api, office: Office) -> None:
    @app.get("/prices", tags=["Terms"], summary="What terms and repairs cost, net")
    def get_prices() -> PricesOut:
        return prices_out(office.sells, app.language)

    @app.post("/quotes", tags=["Terms"], summary="What terms for my plants would cost now")
    def post_quote(body: Annotated[QuoteIn, Body()]) -> QuoteOut:
        """Nothing is kept: an order names the gross price that was shown."""
        found = quoted(wanted_by(app.account(), body), office, app.moment)
        return offered(found, app.language)


def _add_orders(app: Api, office: Office, numbers: OrderNumbers) -> None:
    def shown(order: TermOrder) -> TermOrderOut:
        return term_order_out(order, office.sells.seller, app.language)

    @app.post(
        "/term-orders",
        status_code=201,
        tags=["Terms"],
        summary="Order terms for plants, binding and at cost",
    )
    def post_term_order(
        body: Annotated[TermOrderIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> TermOrderOut:
        """The button: "Jetzt kostenpflichtig bestellen". Paid within 14 days, it is activated."""
        user = app.user().user
        new = NewTermOrder(
            wanted=wanted_by(app.account(), body),
            gross_cents=body.gross_cents,
            consent=Consent(
                documents=body.accepted_documents, immediate_start=body.immediate_start
            ),
            language=body.language,
            placed_by=UserId(str(user)),
        )
        request = app.asked(idempotency_key, body.model_dump(mode="json"))
        done = place_term_order(new, numbers, office, request)
        if isinstance(done, Refusal):
            raise Refused(done, members=members_of(done, app.language))
        return shown(done)

    @app.get("/term-orders", tags=["Terms"], summary="My orders of terms, newest first")
    def get_term_orders(after: After = None, limit: Limit = 20) -> TermOrdersOut:
        page = office.records.page(TermOrder, app.account(), after=place(after), limit=limit)
        return TermOrdersOut(
            orders=[shown(order) for order in page.things],
            next=further(page.next),
        )

    @app.get("/term-orders/<order_number>", tags=["Terms"], summary="One order of terms")
    def get_term_order(order_number: Annotated[str, path(ORDER_PATTERN)]) -> TermOrderOut:
        order = ok(known_order(app.account(), OrderNumber(order_number), office))
        return shown(order)

    @app.post(
        "/term-orders/<order_number>/cancellation",
        tags=["Terms"],
        summary="Cancel an order that is not paid",
    )
    def post_cancellation(
        order_number: Annotated[str, path(ORDER_PATTERN)],
        idempotency_key: IdempotencyKey = None,
    ) -> TermOrderOut:
        app.user()
        account, number = app.account(), OrderNumber(order_number)
        ok(cancel_term_order(account, number, office, app.asked(idempotency_key)))
        return shown(ok(known_order(account, number, office)))
