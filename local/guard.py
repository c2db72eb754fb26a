"""Keeps web pages of other sites away from the local servers.

A page on the internet can make the developer's browser call 127.0.0.1, and with a name of its own
that resolves to 127.0.0.1 even read the answer. So: the Host must be this machine's (else 421), and
a body must be declared as JSON (else 415), which browsers send to other sites only after asking,
and we never say yes. An API whose callers carry tokens needs no such declaration.
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OUR_HOSTS = frozenset({"127.0.0.1", "localhost"})
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


class Guard:
    """ASGI middleware; `json_types` are the content types that count as JSON, None lets all in."""

    def __init__(
        self, app: ASGIApp, json_types: Collection[str] | None = ("application/json",)
    ) -> None:
        self._app = app
        self._json_types = json_types

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (refusal := self._refuse(scope)) is not None:
            return await refusal(scope, receive, send)
        return await self._app(scope, receive, send)

    def _refuse(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if headers.get("host", "").rsplit(":", 1)[0].lower() not in OUR_HOSTS:
            return JSONResponse({"error": "host", "message": "this server is for 127.0.0.1"}, 421)
        if self._json_types is None or scope["method"] in WITHOUT_BODY:
            return None
        if headers.get("content-type", "").split(";")[0].strip().lower() not in self._json_types:
            return JSONResponse({"error": "content_type", "message": "send JSON"}, 415)
        return None
