"""One JSON question over HTTP, asked once: what fails is asked again by the schedule, not here."""

from http.client import HTTPException
from time import monotonic
from typing import NamedTuple

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

MOST = 64 * 1024
IDLE_SECONDS = 30
"""A connection unused for longer is not used again: while a worker sleeps, nobody tells it that
the other side has gone, and the next question would wait in vain."""

HEADERS = {
    "User-Agent": "Freischalt",
    "Accept": "application/json",
    "Content-Type": "application/json",
}


class Received(NamedTuple):
    """`body` is at most one byte longer than `MOST`: enough to see that it was too long."""

    http_status: int
    body: bytes


class Wire:
    """Posts to one address, over connections that stay open.

    Verifies the certificate, follows no redirect, unpacks nothing (it asks for nothing packed).
    `read_seconds` is how long the other side may be silent, and how long the body may take.
    """

    def __init__(self, url: str, *, connect_seconds: float, read_seconds: float) -> None:
        self._url = url
        self._read_seconds = read_seconds
        self._used = monotonic()
        self._pool = PoolManager(
            num_pools=1,
            maxsize=2,
            timeout=Timeout(connect=connect_seconds, read=read_seconds),
            cert_reqs="CERT_REQUIRED",
        )

    def post(self, body: str) -> Received | None:
        """Send the text; None if for whatever reason no whole answer came back."""
        if monotonic() - self._used > IDLE_SECONDS:
            self._pool.clear()
        try:
            return self._post(body)
        except (HTTPError, HTTPException, OSError):
            return None
        finally:
            self._used = monotonic()

    def _post(self, body: str) -> Received:
        response = self._pool.request(
            "POST",
            self._url,
            body=body.encode(),
            headers=HEADERS,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            return Received(response.status, self._read(response))
        finally:
            response.close()  # what was read to its end has given its connection back by now

    def _read(self, response: BaseHTTPResponse) -> bytes:
        """Part by part, as otherwise one byte now and then would keep us for ever."""
        deadline = monotonic() + self._read_seconds
        read = b""
        while len(read) <= MOST and (part := response.read1(MOST + 1 - len(read))):
            read += part
            if monotonic() > deadline:
                raise TimeoutError
        return read
