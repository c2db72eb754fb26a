"""The AWS SDK as all adapters use it: botocore without boto3, which a worker does not need.

Bounded waits, so that a call that hangs leaves time for a proper end. A fixed user agent saves an
eighth of the CPU of every call (the SDK builds the long one twice for each).
"""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session

CONNECT_SECONDS = 1
READ_SECONDS = 1


@cache
def session() -> Session:
    """One session for all clients: its data is read once."""
    return get_session()


def client(service: str, *, attempts: int = 2, read_seconds: float = READ_SECONDS) -> Any:
    """A client that tries `attempts` times in all. An unsafe repeat wants 1."""
    return session().create_client(
        service,
        config=Config(
            user_agent="freischalt/1",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            retries={"mode": "standard", "total_max_attempts": attempts},
            tcp_keepalive=True,
        ),
    )
