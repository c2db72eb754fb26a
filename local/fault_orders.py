"""The requests by which a test orders faults, and calls them off."""

from collections.abc import Collection
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.faults import Fault, Faults, Kind
from local.request_body import Field, e164, one_of, positive_integer, read


def fault_routes(faults: Faults, operations: Collection[str]) -> list[Route]:
    """Build the routes; `operations` are the names that a fault can be ordered for."""
    fields = {
        "operation": Field(one_of(operations)),
        "kind": Field(one_of(frozenset(Kind))),
        "phone": Field(e164, required=False),
        "times": Field(positive_integer, required=False),
    }

    async def order(request: Request) -> Response:
        given = read(await request.body(), fields)
        fault = Fault(**given | {"kind": Kind(given["kind"])})
        faults.add(fault)
        return JSONResponse({"ordered": fault.times}, HTTPStatus.CREATED)

    async def call_off(_request: Request) -> Response:
        faults.clear()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return [
        Route("/_faults", order, methods=["POST"]),
        Route("/_faults", call_off, methods=["DELETE"]),
    ]
