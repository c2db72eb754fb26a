"""What customers do with the inverters of their plants."""

from collections.abc import Callable
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from freischalt.domain.growth import Growth
from freischalt.domain.ids import InverterSerial, PlantId
from freischalt.domain.refusal import Refusal
from freischalt.use_cases import inverters
from freischalt.use_cases.office import Office, Result
from freischalt.use_cases.seeing_plants import inverter_of, inverters_of, plant_for
from freischalt_api.api import (
    After,
    Api,
    IdempotencyKey,
    IfMatch,
    Limit,
    etag,
    further,
    nothing,
    place,
    revision_read,
)
from freischalt_api.plant_paths import PlantNo, SerialNo, own, serial_in
from freischalt_api.plant_shapes import (
    InverterAddedOut,
    InverterIn,
    InverterOut,
    InvertersOut,
    NewInverterIn,
)
from freischalt_api.plant_views import data_of, growth_out, inverter_out, new_of
from freischalt_api.problems import Refused, ok

type Shown = Callable[[PlantId, InverterSerial], Response[InverterOut]]


def accepted(result: Result | Refusal) -> Result:
    """The result; a refused growth tells what it would cost. Raises Refused."""
    if isinstance(result, Refusal) and isinstance(result.about, Growth):
        told = growth_out(result.about).model_dump(by_alias=True, mode="json")
        raise Refused(result, members={"growth": told})
    return ok(result)


def add_inverters(app: Api, office: Office) -> None:
    def shown(plant: PlantId, serial: InverterSerial) -> Response[InverterOut]:
        inverter = ok(inverter_of(plant, serial, app.account(), office))
        out = inverter_out(inverter, office.sells)
        return Response(200, "application/json", out, etag(inverter.version))

    _add_reading(app, office, shown)
    _add_changing(app, office, shown)


def _add_reading(app: Api, office: Office, shown: Shown) -> None:
    @app.get("/plants/<plant_id>/inverters", tags=["Inverters"], summary="By their serials")
    def get_inverters(plant_id: PlantNo, after: After = None, limit: Limit = 20) -> InvertersOut:
        """For guests, too. A page may be shorter than `limit`, and still have a `next`."""
        plant = ok(plant_for(PlantId(plant_id), app.account(), office)).plant
        page = inverters_of(plant, office, after=place(after), limit=limit)
        return InvertersOut(
            inverters=[inverter_out(each, office.sells) for each in page.things],
            next=further(page.next),
        )

    @app.get("/plants/<plant_id>/inverters/<serial>", tags=["Inverters"], summary="One inverter")
    def get_inverter(plant_id: PlantNo, serial: SerialNo) -> Response[InverterOut]:
        """For guests, too. The `ETag` is what a change sends back as `If-Match`."""
        return shown(PlantId(plant_id), serial_in(serial))


def _add_changing(app: Api, office: Office, shown: Shown) -> None:
    @app.post(
        "/plants/<plant_id>/inverters",
        status_code=201,
        tags=["Inverters"],
        summary="Add one, with the code that is printed on it",
    )
    def post_inverter(
        plant_id: PlantNo,
        body: Annotated[NewInverterIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> InverterAddedOut:
        """The first one begins the plant's trial, once. A code can be used once."""
        app.user()
        request = app.asked(idempotency_key, body.model_dump(mode="json"))
        result = inverters.add_inverter(
            own(app, plant_id),
            new_of(body),
            accepts_growth=body.accept_growth,
            office=office,
            request=request,
        )
        return InverterAddedOut(**accepted(result))

    @app.put(
        "/plants/<plant_id>/inverters/<serial>",
        tags=["Inverters"],
        summary="Correct type, name and firmware",
    )
    def put_inverter(
        plant_id: PlantNo,
        serial: SerialNo,
        body: Annotated[InverterIn, Body()],
        if_match: IfMatch = None,
    ) -> Response[InverterOut]:
        """Another type has another power, for the plant, too."""
        app.user()
        id_, its = own(app, plant_id), serial_in(serial)
        accepted(
            inverters.change_inverter(
                id_,
                its,
                data_of(body),
                revision_read(if_match),
                accepts_growth=body.accept_growth,
                office=office,
                request=app.asked(None),
            )
        )
        return shown(id_, its)

    @app.post(
        "/plants/<plant_id>/inverters/<serial>/exchange",
        status_code=201,
        tags=["Inverters"],
        summary="Put another one in its place",
    )
    def post_exchange(
        plant_id: PlantNo,
        serial: SerialNo,
        body: Annotated[NewInverterIn, Body()],
        idempotency_key: IdempotencyKey = None,
    ) -> InverterAddedOut:
        app.user()
        request = app.asked(idempotency_key, body.model_dump(mode="json"))
        result = inverters.exchange_inverter(
            own(app, plant_id),
            serial_in(serial),
            new_of(body),
            accepts_growth=body.accept_growth,
            office=office,
            request=request,
        )
        return InverterAddedOut(**accepted(result))

    @app.delete(
        "/plants/<plant_id>/inverters/<serial>",
        status_code=204,
        tags=["Inverters"],
        summary="Take it off the plant",
    )
    def delete_inverter(plant_id: PlantNo, serial: SerialNo) -> Response[None]:
        """Its activation code stays used."""
        app.user()
        its = serial_in(serial)
        ok(inverters.remove_inverter(own(app, plant_id), its, office, app.asked(None)))
        return nothing()
