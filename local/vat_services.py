"""A stand-in for VIES and for the BZSt's eVatR, which an unmodified client takes for the services.

| request | is |
| --- | --- |
| `POST …/check-vat-number`, `POST …/check-vat-test-service`, `GET …/check-status` | VIES |
| `POST /app/v1/abfrage`, `GET /app/v1/info/statusmeldungen`, `…/eu_mitgliedstaaten` | eVatR |

VIES's are under `/taxation_customs/vies/rest-api`. `vat_scenario.yaml` says who is registered, and
which VAT IDs meet which trouble. For tests there is more than the services have:

| request | does |
| --- | --- |
| `POST /_scenario` | 201: other answers from now on (`vat_orders.py`) |
| `DELETE /_scenario` | 204: back to the file; forgets what was asked, too |
| `GET /_asked` | what was asked, and how much at a time (`vat_asked.py`) |

Logs carry codes, never VAT IDs or what was asked about them.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from local import evatr_wire, vies_wire
from local.cuttable import cut, hung_up
from local.guard import Guard
from local.request_body import BadRequestError, answer_bad_request
from local.vat_answer import Answer, Kind, Service
from local.vat_asked import Asked
from local.vat_orders import order_routes
from local.vat_scenario import Scenario
from local.vat_script import BY_THE_REGISTER, Script
from local.vat_wire import Json, Reply, Wire, parse

VIES = "/taxation_customs/vies/rest-api"  # what the product's ViesUrl ends in; EvatrUrl has no path
EVATR = "/app/v1"
MAINTENANCE = "<!DOCTYPE html><html><title>Maintenance</title><h1>We will be back soon</h1></html>"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What is to be said, and what was asked."""

    script: Script
    asked: Asked


def app(scenario: Scenario) -> Starlette:
    """Build both. Connections are cut only under uvicorn with `cuttable.CuttableProtocol`."""
    desk = Desk(Script(scenario), Asked())
    wires: dict[str, Wire] = {
        f"{VIES}/check-vat-number": vies_wire.Vies(scenario),
        f"{VIES}/check-vat-test-service": vies_wire.ViesTestService(scenario),
        f"{EVATR}/abfrage": evatr_wire.Evatr(scenario),
    }
    tables: dict[str, tuple[Service, Callable[[], Any]]] = {
        f"{VIES}/check-status": (Service.VIES, vies_wire.status),
        f"{EVATR}/info/statusmeldungen": (Service.EVATR, evatr_wire.messages),
        f"{EVATR}/info/eu_mitgliedstaaten": (Service.EVATR, evatr_wire.member_states),
    }
    return Starlette(
        routes=[
            *(
                Route(path, partial(check, wire=wire, desk=desk), methods=["POST"])
                for path, wire in wires.items()
            ),
            *(
                Route(path, partial(inform, service=service, table=table, desk=desk))
                for path, (service, table) in tables.items()
            ),
            *order_routes(desk.script, desk.asked),
        ],
        middleware=[Middleware(Guard)],
        exception_handlers={BadRequestError: answer_bad_request},
    )


async def check(request: Request, *, wire: Wire, desk: Desk) -> Response:
    """Answer a question about a VAT ID."""
    given = parse(await request.body())
    vat_id = wire.vat_id(given)
    with desk.asked.during(wire.service, vat_id, given):
        answer, reply = _answer(given, vat_id, wire, desk.script)
        logger.info("%s: %s %s", wire.service, answer.kind, answer.code or reply.http)
        await _wait(request, desk.script.seconds(wire.service, answer))
        return await _deliver(request, answer, reply)


async def inform(
    request: Request, *, service: Service, table: Callable[[], Any], desk: Desk
) -> Response:
    """Answer a question about the service itself; who is down is down for these, too."""
    answer = desk.script.whatever_is_asked(service) or BY_THE_REGISTER
    await _wait(request, desk.script.seconds(service, answer))
    return await _deliver(request, answer, Reply(HTTPStatus.OK, table()))


def _answer(given: Json | None, vat_id: str, wire: Wire, script: Script) -> tuple[Answer, Reply]:
    """Give what comes and what it says; the whole service's code needs no look at the question."""
    answer = script.whatever_is_asked(wire.service)
    if not (answer and answer.code) and (refused := wire.refusal(given)):
        return answer or BY_THE_REGISTER, wire.by_code(refused, given)
    answer = answer or script.about(wire.service, vat_id)
    if answer.code:
        return answer, wire.by_code(answer.code, given)
    return answer, wire.by_register(given or {})


async def _wait(request: Request, seconds: float) -> None:
    """Take this long, or until the client has no more patience."""
    if seconds:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await hung_up(request)


async def _deliver(request: Request, answer: Answer, reply: Reply) -> Response:
    http = answer.http or reply.http
    match answer.kind:
        case Kind.CUT:
            if request.client is not None:
                cut((request.client.host, request.client.port))
                await hung_up(request)
            return Response(status_code=HTTPStatus.BAD_GATEWAY)  # to nobody
        case Kind.HTML:
            return HTMLResponse(MAINTENANCE, answer.http or HTTPStatus.OK)
        case Kind.EMPTY:
            return Response(b"", answer.http or HTTPStatus.OK, media_type="application/json")
        case Kind.TRUNCATED:
            content = json.dumps(_changed(reply.body, answer.fields))
            return Response(content[: len(content) // 2], http, media_type="application/json")
        case Kind.REGISTER:
            return JSONResponse(_changed(reply.body, answer.fields), http)


def _changed(body: Any, fields: Json) -> Any:
    if not fields:
        return body
    return {name: value for name, value in (body | fields).items() if value is not None}
