"""What operators see of an account's plants, as its owner sees them."""

from typing import Annotated

from freischalt.domain.ids import AccountNumber, PlantId
from freischalt.use_cases.office import Office
from freischalt.use_cases.seeing_plants import inverters_of, plant_for, plants_of
from freischalt_api.api import After, Api, Limit, path, place
from freischalt_api.plant_paths import PlantNo
from freischalt_api.plant_shapes import InvertersOut, PlantsOut
from freischalt_api.plant_views import inverters_out, plants_out
from freischalt_api.problems import ok
from freischalt_api.shapes import ACCOUNT_PATTERN

type Number = Annotated[str, path(ACCOUNT_PATTERN)]


def add_operator_plants(app: Api, office: Office) -> None:
    @app.get(
        "/operator/accounts/<number>/plants",
        tags=["Operator"],
        summary="An account's plants, newest first",
    )
    def get_plants_of(number: Number, after: After = None, limit: Limit = 20) -> PlantsOut:
        page = plants_of(AccountNumber(number), office, after=place(after), limit=limit)
        return plants_out(page, office.today(app.moment), app.language)

    @app.get(
        "/operator/accounts/<number>/plants/<plant_id>/inverters",
        tags=["Operator"],
        summary="A plant's inverters, by their serials",
    )
    def get_inverters_of(
        number: Number, plant_id: PlantNo, after: After = None, limit: Limit = 20
    ) -> InvertersOut:
        """A page may be shorter than `limit`, and still have a `next`."""
        plant = ok(plant_for(PlantId(plant_id), AccountNumber(number), office)).plant
        page = inverters_of(plant, office, after=place(after), limit=limit)
        return inverters_out(page, office.sells)
