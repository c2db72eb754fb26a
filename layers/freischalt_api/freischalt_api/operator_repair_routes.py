"""Repair orders for the vendor's advocates: what waits, one of them, an offer, and that is done."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from freischalt.domain.ids import AccountNumber, RepairOrderId
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.repair_order import RepairOrder, RepairState
from freischalt.repair_ports import RepairDesk
from freischalt.use_cases.office import Office
from freischalt.use_cases.repairs import NewOffer, complete_repair, offer_repair
from freischalt_api.api import After, Api, IdempotencyKey, Limit, path, place
from freischalt_api.problems import Refused, ok
from freischalt_api.repair_routes import shown
from freischalt_api.repair_shapes import (
    REPAIR,
    OfferIn,
    RepairOrderOut,
    RepairOrdersOut,
    RepairTurnShape,
)
from freischalt_api.repair_views import repairs_out
from freischalt_api.shapes import ACCOUNT_PATTERN

type Number = Annotated[str, path(ACCOUNT_PATTERN)]
type Id = Annotated[str, path(REPAIR)]


def add_operator_repairs(app: Api, office: Office, desk: RepairDesk) -> None:
    @app.get("/operator/repair-orders", tags=["Operator"], summary="Repair orders that wait")
    def get_waiting(
        state: Annotated[RepairTurnShape, Query()] = RepairTurnShape.REQUESTED,
        after: After = None,
        limit: Limit = 20,
    ) -> RepairOrdersOut:
        """Of all accounts, who waits longest first: for an offer, or for what was accepted."""
        try:
            page = desk.waiting(RepairState(state.value), after=place(after), limit=limit)
        except ValueError:
            problem = FieldProblem("after", "must be `next` of the page before")
            raise Refused(Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,))) from None
        return repairs_out(page.things, page.next, app, office)

    @app.get("/operator/accounts/<number>/repair-orders", tags=["Operator"], summary="Its repairs")
    def get_repairs_of(number: Number, after: After = None, limit: Limit = 20) -> RepairOrdersOut:
        account = AccountNumber(number)
        page = office.records.page(RepairOrder, account, after=place(after), limit=limit)
        return repairs_out(page.things, page.next, app, office)

    @app.get(
        "/operator/accounts/<number>/repair-orders/<repair>",
        tags=["Operator"],
        summary="One repair order",
    )
    def get_repair_of(number: Number, repair: Id) -> Response[RepairOrderOut]:
        return shown(app, office, AccountNumber(number), repair)

    @app.post(
        "/operator/accounts/<number>/repair-orders/<repair>/offer",
        status_code=201,
        tags=["Operator"],
        summary="Make an offer, or another one",
    )
    def post_offer(
        number: Number,
        repair: Id,
        body: Annotated[OfferIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[RepairOrderOut]:
        """It goes to the contact by mail, with the VAT of today; in place of one before it."""
        request = app.asked(idempotency_key, body.model_dump(mode="json"))
        offer = NewOffer(
            items=tuple((item.text, item.net_cents) for item in body.items),
            text=body.text,
            valid_until=body.valid_until,
        )
        account, id_ = AccountNumber(number), RepairOrderId(repair)
        ok(offer_repair(account, id_, offer, office, request))
        return shown(app, office, account, repair, status=201)

    @app.post(
        "/operator/accounts/<number>/repair-orders/<repair>/completion",
        status_code=201,
        tags=["Operator"],
        summary="Note that it is done",
    )
    def post_completion(
        number: Number, repair: Id, idempotency_key: IdempotencyKey = None
    ) -> Response[RepairOrderOut]:
        """What was accepted waits no more; noting it again changes nothing."""
        account, id_ = AccountNumber(number), RepairOrderId(repair)
        ok(complete_repair(account, id_, office, app.asked(idempotency_key)))
        return shown(app, office, account, repair, status=201)
