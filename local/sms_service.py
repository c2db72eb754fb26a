"""A stand-in for `pinpoint-sms-voice-v2`, which an unmodified SDK client takes for the service.

It speaks AWS JSON 1.0: `POST /` with `X-Amz-Target: PinpointSMSVoiceV2.<Operation>`. Sending puts
the text into the conversation with its number, where the local phone shows it. `sms_operations.py`
has the operations, `sms_refusals.py` the table of numbers that are always refused.

For tests there is more than the service has:

| request | does |
| --- | --- |
| `POST /_faults` `{"operation", "phone"?, "kind", "times"?}` | 201: orders faults (`faults.py`) |
| `DELETE /_faults` | 204: calls them all off |
| `GET /_sent` | every text sent: `[{"messageId", "phone", "text", "at", "context"}]` |
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.clock import real_time
from local.conversations import Conversations
from local.cuttable import cut, hung_up
from local.fault_orders import fault_routes
from local.faults import Faults, Kind
from local.guard import Guard
from local.request_body import BadRequestError, answer_bad_request
from local.sms_errors import ServiceError, internal, invalid, throttled
from local.sms_operations import Operations, e164
from local.sms_validation import validate
from local.timestamps import iso

JSON_1_0 = "application/x-amz-json-1.0"
TARGET = "PinpointSMSVoiceV2."


def app(
    conversations: Conversations,
    *,
    opt_out_list: str = "Default",
    now: Callable[[], datetime] = real_time,
) -> Starlette:
    """Build the service. Replies are lost only under uvicorn with `cuttable.CuttableProtocol`."""
    operations, faults = Operations(conversations, opt_out_list, now), Faults()
    return Starlette(
        routes=[
            Route("/", partial(call, operations=operations, faults=faults), methods=["POST"]),
            Route("/_sent", partial(sent, conversations=conversations)),
            *fault_routes(faults, operations.by_name),
        ],
        middleware=[Middleware(Guard, json_types=(JSON_1_0, "application/json"))],
        exception_handlers={BadRequestError: answer_bad_request},
    )


async def call(request: Request, *, operations: Operations, faults: Faults) -> Response:
    """Answer one call of the SDK, or fail it as ordered."""
    body = await request.body()
    try:
        result = await _perform(request, body, operations, faults)
    except ServiceError as error:
        return _answer(error.body(), error.status)
    return _answer(result)


async def _perform(
    request: Request, body: bytes, operations: Operations, faults: Faults
) -> dict[str, Any]:
    name = request.headers.get("x-amz-target", "").removeprefix(TARGET)
    if name not in operations.by_name:
        known = ", ".join(operations.by_name)
        raise invalid("UNKNOWN_OPERATION", f"this stand-in knows only {known}")
    parameters = _parameters(body)
    validate(name, parameters)
    number = parameters.get("DestinationPhoneNumber") or parameters.get("OptedOutNumber")
    kind = faults.take(name, e164(number) if number else None)
    match kind:
        case Kind.THROTTLE:
            raise throttled()
        case Kind.INTERNAL:
            raise internal()
        case Kind.HANG:
            await hung_up(request)
            raise internal()  # to nobody: the client is gone, and must not find a text sent
    result = operations.by_name[name](parameters)
    if kind is Kind.LOST_REPLY and request.client is not None:
        cut((request.client.host, request.client.port))
        await hung_up(request)
    return result


def _parameters(body: bytes) -> dict[str, Any]:
    try:
        parameters = json.loads(body or b"{}")
    except ValueError as malformed:
        raise ServiceError("SerializationException", "the body is not JSON") from malformed
    if not isinstance(parameters, dict):
        raise ServiceError("SerializationException", "the body is not a JSON object")
    return parameters


def _answer(body: dict[str, Any], status: int = HTTPStatus.OK) -> Response:
    headers = {"x-amzn-RequestId": str(uuid4())}
    return JSONResponse(body, status, headers, media_type=JSON_1_0)


async def sent(_request: Request, *, conversations: Conversations) -> JSONResponse:
    """List what was sent, oldest first."""
    return JSONResponse(
        [
            {
                "messageId": entry.message_id,
                "phone": entry.phone,
                "text": entry.text,
                "at": iso(entry.at),
                "context": entry.context,
            }
            for entry in conversations.sent()
        ]
    )
