"""The AWS SDK as all adapters use it: botocore without boto3, which a worker does not need.

Bounded waits, so that a call that hangs leaves time for a proper end. A fixed user agent saves an
eighth of the CPU of every call (the SDK builds the long one twice for each).
"""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST
from botocore.session import Session

CONNECT_SECONDS = 1
READ_SECONDS = 1


@cache
def session() -> Session:
    """One session for all clients: its data is read once."""
    made = Session(include_builtin_handlers=False)
    _add_handlers(made, service="")
    return made


@cache
def _add_handlers(to: Session, service: str) -> None:
    """Add the SDK's own handlers for one service, or with "" those for every service.

    The SDK would add those of thirty services: 5 per cent of a cold start.
    """
    emitter = to.get_component("event_emitter")
    register = {REGISTER_FIRST: emitter.register_first, REGISTER_LAST: emitter.register_last}
    for event, handler, *when in BUILTIN_HANDLERS:
        _, _, rest = event.partition(".")
        if rest.partition(".")[0] == service:
            register.get(when[0] if when else None, emitter.register)(event, handler)


def client(
    service: str, *, attempts: int = 2, read_seconds: float = READ_SECONDS, **options: Any
) -> Any:
    """A client that tries `attempts` times in all. An unsafe repeat wants 1.

    `options` are further ones of botocore's `Config`.
    """
    _add_handlers(session(), service)
    return session().create_client(
        service,
        config=Config(
            user_agent="freischalt/1",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            retries={"mode": "standard", "total_max_attempts": attempts},
            tcp_keepalive=True,
            **options,
        ),
    )
