"""The local phone: texts to the service like a customer, from the browser or over HTTP.

| request | answer |
| --- | --- |
| `GET /` | the page |
| `GET /phones` | the demo phones: `[{"number", "label"}]` |
| `POST /messages` `{"from", "text"}` | 202 `{"messageId"}`: published to the real topic |
| `GET /messages?phone=%2B43…` | `[{"direction": "in" or "out", "text", "at", "segments"}]` |
| `GET /opt-outs?phone=%2B43…` | `{"optedOut": true or false}`: after STOPP nothing is answered |
| `DELETE /opt-outs?phone=%2B43…` | 204: the phone gets answers again |
| `GET /mails?to=a%40b.example` | `[{"to", "from", "subject", "text", "html", "at", "outboxId"}]` |
| `GET /mails?to=*` | the same, to whomever |
| `GET /clock`, `POST /clock` | what time it is for the stack (`clock_routes.py`) |
| `GET /health` | `{"status": "ok", "serviceNumber"}` |

Bad input is 422 (`request_body.py`); a topic that cannot be reached is 502, and nothing is kept.
E-mails are those that the service has sent, oldest first; 502 while MiniStack is not there.
"""

import inspect
import logging
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from local.clock import Clock
from local.clock_routes import clock_routes
from local.conversations import Conversations
from local.demo_phones import DemoPhone
from local.guard import Guard
from local.inbound_sms import InboundSms, Publish, PublishError
from local.mails import Mails, MailsError, address
from local.page_headers import PageHeaders
from local.request_body import (
    BadRequestError,
    Field,
    answer_bad_request,
    e164,
    read,
    sms_text,
)
from local.segments import count
from local.timestamps import iso

logger = logging.getLogger(__name__)

PAGE = Path(__file__).parent / "phone_page"
EVERYBODY = "*"
TEXT_FIELDS = {"from": Field(e164), "text": Field(sms_text)}


def app(
    conversations: Conversations,
    publish: Publish,
    mails: Mails,
    service_number: str,
    demo_phones: Sequence[DemoPhone],
    *,
    clock: Clock,
) -> Starlette:
    """Build the phone. `publish` raises PublishError when a text did not leave."""
    phones = [{"number": phone.number, "label": phone.label} for phone in demo_phones]
    health = {"status": "ok", "serviceNumber": service_number}
    texts = partial(post_message, publish=publish, conversations=conversations, clock=clock)
    conversation = partial(get_messages, conversations=conversations)
    opt_out = partial(get_opt_out, conversations=conversations)
    opt_in = partial(delete_opt_out, conversations=conversations)
    return Starlette(
        routes=[
            Route("/messages", texts, methods=["POST"]),
            Route("/messages", conversation),
            Route("/opt-outs", opt_out),
            Route("/opt-outs", opt_in, methods=["DELETE"]),
            Route("/mails", partial(get_mails, mails=mails)),
            *clock_routes(clock),
            Route("/phones", lambda _request: JSONResponse(phones)),
            Route("/health", lambda _request: JSONResponse(health)),
            Mount("/", StaticFiles(directory=PAGE, html=True)),
        ],
        middleware=[Middleware(Guard), Middleware(PageHeaders)],
        exception_handlers={
            BadRequestError: answer_bad_request,
            PublishError: answer_publish_failed,
            MailsError: answer_mails_unavailable,
        },
    )


async def post_message(
    request: Request, *, publish: Publish, conversations: Conversations, clock: Clock
) -> JSONResponse:
    """Publish, then record: a text that did not leave is not in the conversation."""
    given = read(await request.body(), TEXT_FIELDS)
    # taken before publishing: the answer can be here before the topic has said yes
    at = clock.now()
    answered = conversations.last_answer(given["from"])
    previous = answered.message_id if answered else None
    sms = InboundSms(given["from"], given["text"], str(uuid4()), previous)

    published = publish(sms)
    if inspect.isawaitable(published):
        published = await published
    conversations.add(given["from"], "in", given["text"], at, sms.inbound_message_id)
    logger.info("published %s as %s", sms.inbound_message_id, published)
    return JSONResponse({"messageId": sms.inbound_message_id}, HTTPStatus.ACCEPTED)


async def answer_publish_failed(_request: Request, failure: Exception) -> JSONResponse:
    logger.warning("not published: %s", failure)
    body = {"error": "publish_failed", "message": str(failure)}
    return JSONResponse(body, HTTPStatus.BAD_GATEWAY)


async def get_messages(request: Request, *, conversations: Conversations) -> JSONResponse:
    return JSONResponse(
        [
            {
                "direction": entry.direction,
                "text": entry.text,
                "at": iso(entry.at),
                "segments": count(entry.text).segments,
            }
            for entry in conversations.of(_phone(request))
        ]
    )


async def get_opt_out(request: Request, *, conversations: Conversations) -> JSONResponse:
    return JSONResponse({"optedOut": conversations.is_opted_out(_phone(request))})


async def delete_opt_out(request: Request, *, conversations: Conversations) -> Response:
    conversations.opt_in(_phone(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def get_mails(request: Request, *, mails: Mails) -> JSONResponse:
    to = _address(request)
    return JSONResponse(
        [
            {
                "to": mail.to,
                "from": mail.sender,
                "subject": mail.subject,
                "text": mail.text,
                "html": mail.html,
                "at": iso(mail.at),
                "outboxId": mail.outbox_id,
            }
            for mail in await mails()
            if to in {EVERYBODY, mail.to.lower()}
        ]
    )


async def answer_mails_unavailable(_request: Request, failure: Exception) -> JSONResponse:
    body = {"error": "mails_unavailable", "message": str(failure)}
    return JSONResponse(body, HTTPStatus.BAD_GATEWAY)


def _address(request: Request) -> str:
    to = request.query_params.get("to")
    if to == EVERYBODY:
        return to
    if rule := "required" if to is None else address(to):
        raise BadRequestError(("to", rule))
    return str(to).lower()


def _phone(request: Request) -> str:
    number = request.query_params.get("phone")
    if rule := "required" if number is None else e164(number):
        raise BadRequestError(("phone", rule))
    return str(number)
