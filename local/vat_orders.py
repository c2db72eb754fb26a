"""The requests by which a test says how the services answer, and reads what they were asked.

An order has `service` (`vies` or `evatr`) and one of these:

| field | from now on |
| --- | --- |
| `gives` `[answer, ...]` | these, in order; the last stays. With `vatId`: about this one only |
| `down` `cut`, `503` or `html` | the whole service is down |
| `up` `true` | it is not |
| `seconds` | each answer takes so much longer |
"""

from http import HTTPStatus
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.request_body import BadRequestError
from local.vat_answer import LONGEST_WAIT, Answer, Kind, Service, Strict, check_answers
from local.vat_asked import Asked
from local.vat_script import Script

ACTIONS = frozenset({"gives", "down", "up", "seconds"})
DOWN = {
    "cut": Answer(kind=Kind.CUT),
    "503": Answer(kind=Kind.EMPTY, http=HTTPStatus.SERVICE_UNAVAILABLE),
    "html": Answer(kind=Kind.HTML, http=HTTPStatus.SERVICE_UNAVAILABLE),
}


class Order(Strict):
    service: Service
    vat_id: Annotated[str | None, Field(alias="vatId", min_length=1)] = None
    gives: Annotated[tuple[Answer, ...], Field(min_length=1)] = (Answer(),)
    down: Literal["cut", "503", "html"] = "503"
    up: Literal[True] = True
    seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT)] = 0

    @model_validator(mode="after")
    def it_is_one_thing(self) -> Self:
        if len(ACTIONS & self.model_fields_set) != 1:
            raise ValueError(f"needs one of {', '.join(sorted(ACTIONS))}")
        if self.vat_id and "gives" not in self.model_fields_set:
            raise ValueError("only `gives` can be about one VAT ID")
        check_answers(self.service, self.gives)
        return self

    def carry_out(self, script: Script) -> None:
        if "gives" in self.model_fields_set:
            script.order(self.service, self.vat_id, self.gives)
        elif "down" in self.model_fields_set:
            script.order(self.service, None, (DOWN[self.down],))
        elif "up" in self.model_fields_set:
            script.bring_up(self.service)
        else:
            script.slow_down(self.service, self.seconds)


def order_routes(script: Script, asked: Asked) -> list[Route]:
    async def order(request: Request) -> Response:
        try:
            given = Order.model_validate_json(await request.body())
        except ValidationError as broken:
            wrong = [(".".join(map(str, e["loc"])) or "body", e["msg"]) for e in broken.errors()]
            raise BadRequestError(*wrong) from broken
        given.carry_out(script)
        return JSONResponse({"ordered": True}, HTTPStatus.CREATED)

    async def reset(_request: Request) -> Response:
        script.reset()
        asked.reset()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def show(_request: Request) -> Response:
        return JSONResponse(asked.json())

    return [
        Route("/_scenario", order, methods=["POST"]),
        Route("/_scenario", reset, methods=["DELETE"]),
        Route("/_asked", show),
    ]
