"""Stripe's own library, on our HTTP client: imported with the first question to Stripe.

It is a third of a cold start, and a page that is still open, or refused, needs no question.
"""

from collections.abc import Callable, Mapping
from typing import Any

import stripe
import urllib3

from freischalt.errors import ProviderFailed

CONNECT_SECONDS, READ_SECONDS = 2.0, 8.0
REPEATS = 1
"""By the library, with the same idempotency key: both tries fit into one call of API Gateway."""


class Connection(stripe.HTTPClient):
    """Stripe's library on urllib3, which is there already, with our patience and its pool."""

    name = "urllib3"

    def __init__(self) -> None:
        super().__init__()
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        **_: Any,
    ) -> tuple[str, int, Mapping[str, str]]:
        try:
            answer = self._pool.request(method.upper(), url, headers=headers, body=post_data)
        except urllib3.exceptions.HTTPError as error:
            kind = type(error).__name__
            lost = stripe.APIConnectionError(kind, should_retry=True)  # type: ignore[no-untyped-call]
            raise lost from error
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return answer.data.decode("utf-8", "replace"), answer.status, lowered

    def close(self) -> None:
        self._pool.clear()


class StripeSessions:
    """Checkout Sessions. Raises ProviderFailed for whatever Stripe, or the way to it, refuses."""

    def __init__(self, api: str) -> None:
        self._api = api
        self._connection = Connection()

    def ask(self, key: str, what: Callable[[Any], Any]) -> Any:
        client = stripe.StripeClient(
            key,
            http_client=self._connection,
            base_addresses={"api": self._api},
            max_network_retries=REPEATS,
        )
        try:
            return what(client.v1.checkout.sessions)
        except stripe.StripeError as error:
            kind = type(error).__name__
            raise ProviderFailed(f"{kind} {error.http_status} {error.code}") from error
