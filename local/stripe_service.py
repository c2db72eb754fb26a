"""A stand-in for Stripe Checkout, which Stripe's own library takes for Stripe.

| request | is |
| --- | --- |
| `POST /v1/checkout/sessions`, `GET …/<id>`, `POST …/<id>/expire` | Checkout Sessions |
| `POST /v1/refunds` | money given back: the event `charge.refunded` |
| `GET /c/pay/<id>` | the page on which a person pays, fails or cancels |

Events go to the product's webhook, signed (`stripe_webhooks.py`). For tests there is more than
Stripe has:

| request | does |
| --- | --- |
| `GET /_pages` | all sessions that were made |
| `POST /_pages/<id>` `{"choice": "card", "slow" or "cancel"}` | what a person does on the page |
| `POST /_pages/<id>/outcome` `{"outcome": "succeeded" or "failed"}` | slow money comes, or not |
| `POST /_payments/<pi_…>` `{"move": "ask", "dispute", "win" or "lose"}` | what its bank does |
| `POST /_refunds/<id>/failure` | it does not arrive |
| `POST /_orders` `{"manner": "twice", "seconds": 0}` | how events come from now on |
| `POST /_orders` `{"down": "503" or "cut", "times": 1}` | so many API calls fail |
| `DELETE /_orders` | all as usual |
| `GET /_events` | what was told, and what the product answered |
| `POST /_events/<id>` | told once more |

Logs carry ids, never keys, amounts or what was bought.
"""

import hmac
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from local.cuttable import cut, hung_up
from local.guard import Guard
from local.page_headers import PageHeaders
from local.request_body import BadRequestError, answer_bad_request
from local.stripe_sessions import Choice, Outcome, Session, Sessions
from local.stripe_setbacks import Move, fail_refund, move
from local.stripe_webhooks import Manner, Webhooks
from local.stripe_wire import Json, StripeError, parse_form

PAGE = Path(__file__).parent / "pay_page"
FORM = "application/x-www-form-urlencoded"

logger = logging.getLogger(__name__)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChoiceIn(_Strict):
    choice: Choice


class OutcomeIn(_Strict):
    outcome: Outcome


class MoveIn(_Strict):
    move: Move


class Order(_Strict):
    manner: Manner | None = None
    seconds: Annotated[float, Field(ge=0, le=3600)] = 0
    down: Literal["503", "cut"] | None = None
    times: Annotated[int, Field(ge=1, le=1000)] = 1


class Desk:
    """The stand-in's state."""

    def __init__(self, sessions: Sessions, webhooks: Webhooks, key: str) -> None:
        self.sessions = sessions
        self.webhooks = webhooks
        self.failing: list[str] = []
        self._key = key

    def check_key(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given, self._key):
            raise StripeError("Invalid API Key provided", status=HTTPStatus.UNAUTHORIZED)


def app(
    endpoint: str,
    *,
    key: str,
    secret: str,
    page: Callable[[str], str],
    now: Callable[[], float] = time.time,
) -> Starlette:
    """Build it. `endpoint` is the product's webhook, `page` the address of a session's page.

    `now` is Unix time for sessions and events. Signatures stay in real time, by which Stripe's
    library judges their age.
    """
    desk = Desk(Sessions(page, now), Webhooks(endpoint, secret), key)
    api = {
        ("POST", "/v1/checkout/sessions"): make,
        ("GET", "/v1/checkout/sessions/{id}"): retrieve,
        ("POST", "/v1/checkout/sessions/{id}/expire"): expire,
        ("POST", "/v1/refunds"): refund,
    }
    orders = {
        ("GET", "/_pages"): pages,
        ("GET", "/_pages/{id}"): show,
        ("POST", "/_pages/{id}"): choose,
        ("POST", "/_pages/{id}/outcome"): settle,
        ("POST", "/_payments/{id}"): dispute,
        ("POST", "/_refunds/{id}/failure"): lose_refund,
        ("POST", "/_orders"): order,
        ("DELETE", "/_orders"): as_usual,
        ("GET", "/_events"): events,
        ("POST", "/_events/{id}"): again,
    }
    return Starlette(
        routes=[
            *(_route(way, partial(_as_stripe, handle, desk)) for way, handle in api.items()),
            *(_route(way, partial(_by_order, handle, desk)) for way, handle in orders.items()),
            Route("/c/pay/{id}", show_page),
            Mount("/page", StaticFiles(directory=PAGE)),
        ],
        middleware=[
            Middleware(PageHeaders),
            Middleware(Guard, json_types=("application/json", FORM)),
        ],
        exception_handlers={StripeError: _refused, BadRequestError: answer_bad_request},
    )


type Handle = Callable[[Request, Desk], Awaitable[Response]]


def _route(way: tuple[str, str], endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    method, path = way
    return Route(path, endpoint, methods=[method])


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, StripeError):
        raise error
    return JSONResponse(error.body(), error.status)


async def _as_stripe(handle: Handle, desk: Desk, request: Request) -> Response:
    if desk.failing:
        if desk.failing.pop() == "503":
            down = StripeError("Stripe is down.", type="api_error", status=503)
            return JSONResponse(down.body(), down.status)
        if request.client is not None:
            cut((request.client.host, request.client.port))
            await hung_up(request)
        return Response(status_code=HTTPStatus.BAD_GATEWAY)  # to nobody
    desk.check_key(request)
    return await handle(request, desk)


async def _by_order(handle: Handle, desk: Desk, request: Request) -> Response:
    try:
        return await handle(request, desk)
    except ValidationError as broken:
        wrong = [(".".join(map(str, e["loc"])) or "body", e["msg"]) for e in broken.errors()]
        raise BadRequestError(*wrong) from broken


# --- Stripe


async def make(request: Request, desk: Desk) -> Response:
    try:
        asked = parse_form(await request.body())
    except ValueError as error:
        raise StripeError("Invalid form") from error
    session, replayed = desk.sessions.make(asked, request.headers.get("idempotency-key"))
    logger.info("session %s%s", session.id, " again" if replayed else "")
    headers = {"Idempotent-Replayed": "true"} if replayed else {}
    return JSONResponse(session.json(), headers=headers)


async def retrieve(request: Request, desk: Desk) -> Response:
    session = desk.sessions.get(request.path_params["id"])
    told = session.json()
    if request.query_params.get("expand[0]") == "payment_intent":
        told["payment_intent"] = session.intent_json()
    return JSONResponse(told)


async def expire(request: Request, desk: Desk) -> Response:
    id_ = request.path_params["id"]
    await desk.webhooks.tell(desk.sessions.expire(id_))
    return JSONResponse(desk.sessions.get(id_).json())


async def refund(request: Request, desk: Desk) -> Response:
    asked = parse_form(await request.body())
    amount = asked.get("amount")
    intent = asked.get("payment_intent", "")
    id_, event = desk.sessions.refund(intent, None if amount is None else int(amount))
    await desk.webhooks.tell(event)
    told = {"id": id_, "object": "refund", "payment_intent": intent, "status": "succeeded"}
    return JSONResponse(told)


# --- the page, and orders


async def show_page(_request: Request) -> Response:
    return FileResponse(PAGE / "index.html")


def _shown(session: Session) -> Json:
    lines = [
        {
            "text": line["price_data"]["product_data"]["name"],
            "cents": int(line["price_data"]["unit_amount"]) * int(line["quantity"]),
        }
        for _, line in sorted(session.asked["line_items"].items())
    ]
    return session.json() | {"lines": lines}


async def pages(_request: Request, desk: Desk) -> Response:
    return JSONResponse([session.json() for session in desk.sessions.of.values()])


async def show(request: Request, desk: Desk) -> Response:
    shown = _shown(desk.sessions.get(request.path_params["id"]))
    return JSONResponse(shown | {"manner": desk.webhooks.manner})


async def choose(request: Request, desk: Desk) -> Response:
    """Where the browser goes then."""
    id_ = request.path_params["id"]
    choice = ChoiceIn.model_validate_json(await request.body()).choice
    session = desk.sessions.get(id_)
    for event in desk.sessions.choose(id_, choice):
        await desk.webhooks.tell(event)
    back = session.asked.get("cancel_url") if choice is Choice.CANCEL else None
    return JSONResponse({"to": back or session.asked["success_url"], "status": session.status})


async def settle(request: Request, desk: Desk) -> Response:
    outcome = OutcomeIn.model_validate_json(await request.body()).outcome
    await desk.webhooks.tell(desk.sessions.settle(request.path_params["id"], outcome))
    return JSONResponse({"outcome": outcome})


async def dispute(request: Request, desk: Desk) -> Response:
    what = MoveIn.model_validate_json(await request.body()).move
    for event in move(desk.sessions, request.path_params["id"], what):
        await desk.webhooks.tell(event)
    return JSONResponse({"move": what})


async def lose_refund(request: Request, desk: Desk) -> Response:
    await desk.webhooks.tell(fail_refund(desk.sessions, request.path_params["id"]))
    return JSONResponse({"status": "failed"})


async def order(request: Request, desk: Desk) -> Response:
    given = Order.model_validate_json(await request.body())
    if given.manner:
        desk.webhooks.order(given.manner, given.seconds)
    if given.down:
        desk.failing = [given.down] * given.times
    return JSONResponse({"ordered": True}, HTTPStatus.CREATED)


async def as_usual(_request: Request, desk: Desk) -> Response:
    desk.webhooks.order(Manner.AFTER)
    desk.failing = []
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def events(_request: Request, desk: Desk) -> Response:
    return JSONResponse(
        [
            {
                "id": told.event["id"],
                "type": told.event["type"],
                "session": told.event["data"]["object"]["id"],
                "manner": told.manner,
                "answers": told.answers,
            }
            for told in desk.webhooks.told
        ]
    )


async def again(request: Request, desk: Desk) -> Response:
    told = await desk.webhooks.again(request.path_params["id"])
    if told is None:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    return JSONResponse({"answers": told.answers})
