"""The stand-in for Stripe, as far as the proof looks at it: the pages that the product has made.

It tells the product nothing by itself: what Stripe tells, a use case brings (`Paid`, `Refunded`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from local import stripe_service
from local.stripe_secrets import STRIPE_KEY, STRIPE_WEBHOOK_SECRET
from tests.local.live import serving

NOBODY = "http://127.0.0.1:9"


class Provider:
    """`pages` are those that were made since `begin`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url)
        self._before: set[str] = set()
        self._client.post("/_orders", json={"manner": "never"}).raise_for_status()

    def begin(self) -> None:
        self._before |= {page["id"] for page in self.pages()}

    def pages(self) -> list[dict[str, Any]]:
        """As Stripe tells of a Checkout Session."""
        told = self._client.get("/_pages").raise_for_status()
        return [page for page in told.json() if page["id"] not in self._before]

    def pay(self) -> None:
        """By card, on the only page."""
        (page,) = self.pages()
        self._client.post(f"/_pages/{page['id']}", json={"choice": "card"}).raise_for_status()

    def close(self) -> None:
        self._client.close()


@contextmanager
def the_provider() -> Iterator[Provider]:
    stand_in = stripe_service.app(
        NOBODY, key=STRIPE_KEY, secret=STRIPE_WEBHOOK_SECRET, page=lambda id_: f"{NOBODY}/{id_}"
    )
    with serving(stand_in) as (url,), looking_at(url) as provider:
        yield provider


@contextmanager
def looking_at(url: str) -> Iterator[Provider]:
    provider = Provider(url)
    try:
        yield provider
    finally:
        provider.close()
