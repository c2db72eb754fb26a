"""The HTTP API at an address that stays: passes each call to MiniStack, and the answer back.

MiniStack serves an API at a path that holds its id, which is another one after `make clean-local`.
Where MiniStack answers unlike AWS, the answer is mended here:

| MiniStack | here, as on AWS |
| --- | --- |
| 502 with the error, if a function failed | 500 `{"message": "Internal Server Error"}` |
| takes a body of any size | over 10 MB: 413 `{"message": "Request Entity Too Large"}` |
| waits for a function for as long as it runs | 503 `{"message": "Service Unavailable"}` |

Before there is an API, and while MiniStack is not there: 503, with a message that says so.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from local.guard import Guard
from local.local_aws import output_of_stack

logger = logging.getLogger(__name__)

type Headers = list[tuple[bytes, bytes]]

OUTPUT = "ApiId"
LARGEST_BODY = 10 * 1024 * 1024  # bytes
PATIENCE = 30  # seconds: as long as an HTTP API waits for a function
NOT_FOUND = {"message": "Not Found"}  # what a gateway says when it has no such route, or API

# About one connection each; `date` and `server` are for whoever answers
HOP_BY_HOP = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te"),
        *(b"trailer", b"transfer-encoding", b"upgrade", b"date", b"server"),
    }
)


class Gateway:
    """The API in MiniStack. Its id is looked up when it is first needed, and when it was wrong."""

    def __init__(self, look_up: Callable[[], str | None], endpoint: str) -> None:
        self._look_up = look_up
        self._endpoint = httpx.URL(endpoint)
        self._api_id: str | None = None
        self._http = httpx.AsyncClient(
            timeout=PATIENCE,
            trust_env=False,  # a developer's proxy is not for loopback
            # none kept: MiniStack may be another one by the next call
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def call(self, request: Request, body: bytes) -> Response | None:
        """Give the API's answer, or None if there is no API."""
        api_id = self._api_id or await self._find()
        if api_id is None:
            return None
        answer = await self._pass_on(api_id, request, body)
        if _says(answer, HTTPStatus.NOT_FOUND, NOT_FOUND) and await self._find() != api_id:
            return await self.call(request, body)  # it was made again meanwhile
        return answer

    async def _find(self) -> str | None:
        try:
            self._api_id = await asyncio.to_thread(self._look_up)
        except (BotoCoreError, ClientError):
            self._api_id = None
        return self._api_id

    async def _pass_on(self, api_id: str, request: Request, body: bytes) -> Response:
        """The path and the query reach it byte by byte: httpx would tidy them up."""
        path = b"/_aws/execute-api/%b/$default%b" % (api_id.encode(), request.scope["raw_path"])
        query = request.scope["query_string"]
        passed = httpx.Request(
            request.method,
            self._endpoint,
            headers=_without_hop_by_hop(request.headers.raw),
            content=body,
            extensions={"target": path + (b"?" + query if query else b"")},
        )
        answer = await self._http.send(passed, stream=True)
        try:
            content = b"".join([part async for part in answer.aiter_raw()])
        finally:
            await answer.aclose()
        response = Response(content, answer.status_code)
        response.raw_headers = [
            (name.lower(), value) for name, value in _without_hop_by_hop(answer.headers.raw)
        ]
        return response


def api_of_stack(stack: str, endpoint_url: str) -> Callable[[], str | None]:
    return partial(output_of_stack, stack, OUTPUT, endpoint_url)


def app(gateway: Gateway) -> Starlette:
    """Build the proxy. It logs nothing of what it passes on: there are tokens in it."""
    proxy = Starlette(middleware=[Middleware(Guard, json_types=None)])

    async def everything(scope: Scope, receive: Receive, send: Send) -> None:
        answer = await pass_on(Request(scope, receive), gateway=gateway)
        await answer(scope, receive, send)

    proxy.router.default = everything  # no route: none of its patterns takes a line break
    return proxy


async def pass_on(request: Request, *, gateway: Gateway) -> Response:
    body = await _read(request)
    if body is None:
        return _message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
    try:
        answer = await gateway.call(request, body)
    except httpx.TimeoutException:
        return _message(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable")
    except httpx.TransportError as failure:
        logger.warning("the local AWS does not answer: %s", type(failure).__name__)
        return _message(HTTPStatus.SERVICE_UNAVAILABLE, "The local AWS does not answer.")
    if answer is None:
        return _message(HTTPStatus.SERVICE_UNAVAILABLE, f"The stack has no output {OUTPUT} yet.")
    if answer.status_code == HTTPStatus.BAD_GATEWAY and "errorMessage" in _object(answer):
        return _message(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
    return answer


async def _read(request: Request) -> bytes | None:
    """Read to the end, so that the client reads our answer; keep no more than can be passed on."""
    body = bytearray()
    async for part in request.stream():
        if len(body) <= LARGEST_BODY:
            body += part
    return bytes(body) if len(body) <= LARGEST_BODY else None


def _without_hop_by_hop(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]


def _message(status: HTTPStatus, message: str) -> JSONResponse:
    return JSONResponse({"message": message}, status)


def _says(answer: Response, status: HTTPStatus, message: dict[str, str]) -> bool:
    return answer.status_code == status and _object(answer) == message


def _object(answer: Response) -> dict[str, object]:
    """The answer's JSON object; an empty one if it is anything else."""
    try:
        found = json.loads(bytes(answer.body))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
