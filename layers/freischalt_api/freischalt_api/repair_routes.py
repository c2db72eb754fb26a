"""Repair orders of customers: what there is, a request, the answer to an offer."""

from dataclasses import replace
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from freischalt.domain.ids import AccountNumber, RepairOrderId, UserId
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.repair_order import RepairContact, RepairDevice, RepairOrder
from freischalt.domain.request import Request
from freischalt.use_cases.office import Office
from freischalt.use_cases.repairs import Answer, answer_offer, request_repair
from freischalt_api.api import After, Api, IdempotencyKey, IfMatch, Limit, path, place
from freischalt_api.problems import Refused, ok
from freischalt_api.repair_shapes import (
    REPAIR,
    RepairCategoriesOut,
    RepairCategoryOut,
    RepairOrderIn,
    RepairOrderOut,
    RepairOrdersOut,
    RepairPricesOut,
)
from freischalt_api.repair_views import known_repair, repair_out, repair_prices_out, repairs_out

type Id = Annotated[str, path(REPAIR)]


def add_repairs(app: Api, office: Office) -> None:
    _add_what_there_is(app, office)
    _add_answers(app, office)

    @app.post("/repair-orders", status_code=201, tags=["Repairs"], summary="Have a device repaired")
    def post_repair(
        body: Annotated[RepairOrderIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> Response[RepairOrderOut]:
        """It is looked into, and an offer comes by mail. A company's VAT ID must be valid."""
        user, request = app.user().user, app.asked(idempotency_key, body.model_dump(mode="json"))
        order = _order(body, app.account(), UserId(user or ""), request, app, office)
        done = ok(request_repair(order, office, request))
        if done["repair"] == order.id:
            return answer_with(replace(order, version=1), app, office, status=201)
        return shown(app, office, app.account(), done["repair"], status=201)

    @app.get("/repair-orders", tags=["Repairs"], summary="My repair orders, newest first")
    def get_repairs(after: After = None, limit: Limit = 20) -> RepairOrdersOut:
        page = office.records.page(RepairOrder, app.account(), after=place(after), limit=limit)
        return repairs_out(page.things, page.next, app, office)

    @app.get("/repair-orders/<repair>", tags=["Repairs"], summary="One repair order")
    def get_repair(repair: Id) -> Response[RepairOrderOut]:
        """The `ETag` is what the answer to its offer sends back as `If-Match`."""
        return shown(app, office, app.account(), repair)


def _add_what_there_is(app: Api, office: Office) -> None:
    @app.get("/repairs/categories", tags=["Repairs"], summary="What devices are repaired")
    def get_categories() -> RepairCategoriesOut:
        categories = office.sells.repair_categories.items()
        return RepairCategoriesOut(
            categories=[
                RepairCategoryOut(key=key, name=names[app.language.value])
                for key, names in categories
            ]
        )

    @app.get("/repairs/prices", tags=["Repairs"], summary="What repairs cost")
    def get_prices() -> RepairPricesOut:
        return RepairPricesOut(
            currency=office.sells.currency,
            prices=repair_prices_out(office.sells, app.language),
        )


def _add_answers(app: Api, office: Office) -> None:
    @app.post(
        "/repair-orders/<repair>/acceptance",
        status_code=201,
        tags=["Repairs"],
        summary="Accept the offer",
    )
    def post_acceptance(
        repair: Id, if_match: IfMatch = None, idempotency_key: IdempotencyKey = None
    ) -> Response[RepairOrderOut]:
        """The offer that was read: `If-Match` names it, lest another one is accepted instead."""
        return answer(repair, if_match, idempotency_key, accepts=True)

    @app.post(
        "/repair-orders/<repair>/declination",
        status_code=201,
        tags=["Repairs"],
        summary="Decline the offer",
    )
    def post_declination(
        repair: Id, if_match: IfMatch = None, idempotency_key: IdempotencyKey = None
    ) -> Response[RepairOrderOut]:
        return answer(repair, if_match, idempotency_key, accepts=False)

    def answer(
        repair: str, if_match: str | None, idempotency_key: str | None, *, accepts: bool
    ) -> Response[RepairOrderOut]:
        app.user()
        if if_match is None:
            raise Refused(Refusal(RefusalCode.PRECONDITION_REQUIRED))
        request = app.asked(idempotency_key, {"ifMatch": if_match})
        said = Answer(accepts=accepts, version=int(if_match.strip('"')))
        ok(answer_offer(app.account(), RepairOrderId(repair), said, office, request))
        return shown(app, office, app.account(), repair, status=201)


def shown(
    app: Api, office: Office, number: AccountNumber, repair: str, *, status: int = 200
) -> Response[RepairOrderOut]:
    return answer_with(known_repair(number, repair, office), app, office, status=status)


def answer_with(
    order: RepairOrder, app: Api, office: Office, *, status: int
) -> Response[RepairOrderOut]:
    out = repair_out(order, office.today(app.moment), app.language, office.sells)
    headers: dict[str, str | list[str]] = {
        "ETag": f'"{order.version}"',
        "Cache-Control": "no-store",
    }
    return Response(status, "application/json", out, headers)


def _order(  # noqa: PLR0917 - one of each kind
    body: RepairOrderIn,
    account: AccountNumber,
    user: UserId,
    request: Request,
    app: Api,
    office: Office,
) -> RepairOrder:
    """Raises Refused, which names the fields."""
    device, contact = body.device, body.contact
    problems = []
    if device.category not in office.sells.repair_categories:
        known = ", ".join(office.sells.repair_categories)
        problems.append(FieldProblem("/device/category", f"must be one of {known}"))
    if device.installed_on and device.installed_on > office.today(app.moment):
        problems.append(FieldProblem("/device/installedOn", "must not be in the future"))
    if problems:
        raise Refused(Refusal(RefusalCode.VALIDATION_FAILED, problems=tuple(problems)))
    return RepairOrder(
        id=RepairOrderId(request.sortable_id),
        account=account,
        requested_by=user,
        requested_at=request.at,
        contact=RepairContact(name=contact.name, email=contact.email, phone=contact.phone or ""),
        device=RepairDevice(
            category=device.category,
            type=device.type,
            serial=device.serial,
            installed_on=device.installed_on,
        ),
        remote_monitoring=body.remote_monitoring,
        fault=body.fault,
        special_settings=body.special_settings or "",
        language=app.language,
        changed_by=request.actor,
    )
