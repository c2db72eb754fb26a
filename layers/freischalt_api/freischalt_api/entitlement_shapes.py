"""What the lean routes answer, for the document alone: `entitlement_routes` needs no pydantic."""

from datetime import date, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from pydantic import Field

from freischalt.domain.term import TermState
from freischalt_api.api import After, Api, path
from freischalt_api.entitlement_routes import MOST_PLANTS, SOME_PLANTS
from freischalt_api.shapes import PLANT_PATTERN, Out

IfNoneMatch = Annotated[
    Annotated[str, Field(max_length=200)] | None,
    Header(alias="If-None-Match", description="The `ETag` of an earlier answer: 304 if it stands"),
]


class EntitlementOut(Out):
    subject: str
    allowed: bool = Field(description="Whether an app or a data service may show it now")
    state: TermState | None = Field(description="null: no inverter was ever activated")
    until: date | None = Field(description="The first day without the right, locked or not")
    renewable: bool
    next_change: datetime | None = Field(description="When it may be otherwise by itself")
    reason: str | None = Field(description="Why not, in the client's language")


class ProductionOut(Out):
    on: date
    day_wh: int
    total_wh: int


class PublicPlantOut(Out):
    country: str
    postal_code: str
    city: str
    generator_power_w: int | None
    ac_power_w: int
    production: ProductionOut | None = Field(description="As reported last")


class PublicPlantsOut(Out):
    plants: list[PublicPlantOut]
    next: str | None


def describe(app: Api) -> None:
    """The routes as `entitlement_routes` answers them; these are never called."""

    @app.get(
        "/entitlements/<subject>",
        tags=["Entitlements"],
        summary="May this plant be shown now?",
    )
    def get_entitlement(
        subject: Annotated[str, path(PLANT_PATTERN)], if_none_match: IfNoneMatch = None
    ) -> EntitlementOut:
        """For its owner and guests. The answer may be kept until it changes, 60 seconds at most."""
        raise NotImplementedError

    @app.get(
        "/plants/public",
        tags=["Entitlements"],
        summary="Public plants with a valid licence or trial",
    )
    def get_public_plants(
        after: After = None,
        limit: Annotated[int, Query(ge=1, le=MOST_PLANTS)] = SOME_PLANTS,
        if_none_match: IfNoneMatch = None,
    ) -> PublicPlantsOut:
        """By country and postal code. A page may have fewer than `limit`, and a next one."""
        raise NotImplementedError
