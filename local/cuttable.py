"""HTTP connections that an application can cut, to show what a lost reply does to a client.

ASGI has no way to say "hang up without a word". uvicorn lets us bring the protocol class, which
sees each connection's transport; an application knows the same connection by its client address.
"""

from asyncio import BaseTransport, Transport
from typing import cast

from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

type Client = tuple[str, int]

_open: dict[Client, Transport] = {}


class CuttableProtocol(H11Protocol):
    """Remembers its connection for as long as it is open."""

    def connection_made(self, transport: BaseTransport) -> None:
        self._peer: Client = transport.get_extra_info("peername")[:2]
        _open[self._peer] = cast("Transport", transport)
        super().connection_made(cast("Transport", transport))

    def connection_lost(self, exc: Exception | None) -> None:
        _open.pop(self._peer, None)
        super().connection_lost(exc)


def cut(client: Client) -> None:
    """Reset a client's connection. A client that is gone already is no error."""
    if (transport := _open.get(client)) is not None:
        transport.abort()


async def hung_up(request: Request) -> None:
    """Return when the client is gone; its request must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
