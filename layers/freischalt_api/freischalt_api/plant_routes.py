"""What customers do with their plants; a machine reads them, and reports what they produce."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from freischalt.domain.ids import AccountNumber, PlantId
from freischalt.domain.plant import Production
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.use_cases import plants
from freischalt.use_cases.office import Office
from freischalt.use_cases.seeing_plants import plant_for, plants_of, plants_shared_with
from freischalt_api.api import (
    After,
    Api,
    IdempotencyKey,
    IfMatch,
    Limit,
    etag,
    further,
    nothing,
    path,
    place,
    revision_read,
)
from freischalt_api.inverter_routes import add_inverters
from freischalt_api.plant_paths import PlantNo, own
from freischalt_api.plant_shapes import (
    InverterTypeOut,
    InverterTypesOut,
    PlantIn,
    PlantOut,
    PlantsOut,
    ProductionShape,
)
from freischalt_api.plant_views import details_of, plant_out
from freischalt_api.problems import Refused, ok
from freischalt_api.shapes import ACCOUNT_PATTERN


def add_plants(app: Api, office: Office) -> None:
    _add_types(app, office)
    _add_own_plants(app, office)
    _add_guests(app, office)
    _add_production(app, office)
    add_inverters(app, office)


def _add_types(app: Api, office: Office) -> None:
    @app.get("/inverter-types", tags=["Plants"], summary="Inverters that can be monitored")
    def get_types() -> InverterTypesOut:
        """Until its real type is known, an inverter of the type `unknown` counts as told here."""
        catalogue = office.sells
        return InverterTypesOut(
            types=[
                InverterTypeOut(
                    name=type_.name, power_w=type_.power_w, least_firmware=type_.least_firmware
                )
                for type_ in catalogue.inverter_types.values()
            ],
            unknown_power_w=catalogue.unknown_power_w,
        )


def _add_own_plants(app: Api, office: Office) -> None:
    def shown(id_: str, status: int = 200) -> Response[PlantOut]:
        seen = ok(plant_for(PlantId(id_), app.account(), office))
        out = plant_out(seen, office.today(app.moment), app.language)
        return Response(status, "application/json", out, etag(seen.plant.revision))

    @app.get("/plants", tags=["Plants"], summary="My plants, newest first")
    def get_plants(
        after: After = None,
        limit: Limit = 20,
        *,
        shared: Annotated[
            bool, Query(description="Instead those of others that I may see, as their guest")
        ] = False,
    ) -> PlantsOut:
        """A page of shared ones may be shorter than `limit`, and still have a `next`."""
        listed = plants_shared_with if shared else plants_of
        page = listed(app.account(), office, after=place(after), limit=limit)
        today, language = office.today(app.moment), app.language
        return PlantsOut(
            plants=[plant_out(seen, today, language) for seen in page.things],
            next=further(page.next),
        )

    @app.post("/plants", status_code=201, tags=["Plants"], summary="Add a plant")
    def post_plant(
        body: Annotated[PlantIn, Body()], idempotency_key: IdempotencyKey = None
    ) -> Response[PlantOut]:
        """It costs nothing. Its trial begins with its first inverter."""
        app.user()
        request = app.asked(idempotency_key, body.model_dump(mode="json"))
        made = ok(plants.make_plant(app.account(), details_of(body), office, request))
        return shown(made["plant"], 201)

    @app.get("/plants/<plant_id>", tags=["Plants"], summary="One plant")
    def get_plant(plant_id: PlantNo) -> Response[PlantOut]:
        """Its owner's, or a guest's. The `ETag` is what a change sends back as `If-Match`."""
        return shown(plant_id)

    @app.put("/plants/<plant_id>", tags=["Plants"], summary="Change what was entered")
    def put_plant(
        plant_id: PlantNo, body: Annotated[PlantIn, Body()], if_match: IfMatch = None
    ) -> Response[PlantOut]:
        app.user()
        read, id_ = revision_read(if_match), own(app, plant_id)
        ok(plants.change_plant(id_, details_of(body), read, office, app.asked(None)))
        return shown(plant_id)

    @app.delete("/plants/<plant_id>", status_code=204, tags=["Plants"], summary="End its licence")
    def delete_plant(
        plant_id: PlantNo,
        *,
        confirm: Annotated[
            bool, Query(description="Of a plant that is paid for: nothing is paid back")
        ] = False,
    ) -> Response[None]:
        """At once and for good; the plant stays among those of the account, as `ended`."""
        app.user()
        id_ = own(app, plant_id)
        ok(plants.end_plant(id_, confirmed=confirm, office=office, request=app.asked(None)))
        return nothing()


def _add_guests(app: Api, office: Office) -> None:
    @app.put(
        "/plants/<plant_id>/guests/<account>",
        status_code=204,
        tags=["Plants"],
        summary="Let another account see it",
    )
    def put_guest(
        plant_id: PlantNo, account: Annotated[str, path(ACCOUNT_PATTERN)]
    ) -> Response[None]:
        """Whether there is such an account is not told."""
        app.user()
        guest = AccountNumber(account)
        ok(plants.add_guest(own(app, plant_id), guest, office, app.asked(None)))
        return nothing()

    @app.delete(
        "/plants/<plant_id>/guests/<account>",
        status_code=204,
        tags=["Plants"],
        summary="Show it to that account no more",
    )
    def delete_guest(
        plant_id: PlantNo, account: Annotated[str, path(ACCOUNT_PATTERN)]
    ) -> Response[None]:
        app.user()
        guest = AccountNumber(account)
        ok(plants.remove_guest(own(app, plant_id), guest, office, app.asked(None)))
        return nothing()


def _add_production(app: Api, office: Office) -> None:
    @app.put(
        "/plants/<plant_id>/production",
        status_code=204,
        tags=["Plants"],
        summary="Report what it has produced",
    )
    def put_production(
        plant_id: PlantNo, body: Annotated[ProductionShape, Body()]
    ) -> Response[None]:
        """By the plant's own devices, too. One that is older than the last is ignored.

        That is one of an earlier day, or one of the same day with a lower `totalWh`.
        """
        if body.total_wh < body.day_wh:
            problem = FieldProblem("/totalWh", FieldRule.LESS_THAN_THE_DAY)
            raise Refused(Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,)))
        report = Production(on=body.on, day_wh=body.day_wh, total_wh=body.total_wh)
        ok(plants.report_production(own(app, plant_id), report, office, app.asked(None)))
        return nothing()
