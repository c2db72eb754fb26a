"""Payment pages by Stripe Checkout, made with Stripe's own library.

Cards, EPS, P24 and what else the vendor has switched on are Stripe's dynamic payment methods: the
page offers what fits the customer. We tell it no name and no address.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from json import dumps
from typing import Any

import stripe
import urllib3

from freischalt.adapters.stripe_wire import ACCOUNT, ORDER, receipt_of
from freischalt.domain.payment_page import PageState, WantedPage
from freischalt.errors import ProviderFailed
from freischalt.payment_ports import MadePage, SessionTold

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


class StripePages:
    """Fits the port `PaymentPages`; `key` is asked each time, as it may have been changed."""

    def __init__(self, key: Callable[[], str], *, api: str) -> None:
        self._key = key
        self._api = api
        self._connection = Connection()

    def make(self, wanted: WantedPage) -> MadePage:
        about = {ORDER: wanted.order, ACCOUNT: wanted.account}
        asked: dict[str, Any] = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": wanted.currency.lower(),
                        "unit_amount": line.gross_cents,
                        "product_data": {"name": line.text},
                    },
                }
                for line in wanted.lines
            ],
            "client_reference_id": wanted.order,
            "metadata": about,
            "payment_intent_data": {"description": wanted.order, "metadata": about},
            "locale": wanted.language.value,
            "expires_at": int(wanted.expires_at.timestamp()),
            "success_url": f"{wanted.site}/payments/done",
            "cancel_url": f"{wanted.site}/payments/cancelled",
        }
        # another question under a key that was used is refused: so the key is of all that is asked
        digest = sha256(dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
        session = self._ask(
            lambda sessions: sessions.create(asked, {"idempotency_key": f"{wanted.key}-{digest}"})
        )
        return MadePage(session.id, session.url)

    def state_of(self, session: str) -> SessionTold:
        found = self._ask(lambda sessions: sessions.retrieve(session).to_dict())
        if found["payment_status"] == "paid":
            # the PaymentIntent's own time is not asked for: so it is when we learnt of it
            return SessionTold(PageState.OVER, receipt_of(found, datetime.now(UTC)))
        states = {"open": PageState.OPEN, "complete": PageState.UNDER_WAY}
        return SessionTold(states.get(found["status"], PageState.OVER))

    def _ask(self, what: Callable[[Any], Any]) -> Any:
        try:
            client = stripe.StripeClient(
                self._key(),
                http_client=self._connection,
                base_addresses={"api": self._api},
                max_network_retries=REPEATS,
            )
            return what(client.v1.checkout.sessions)
        except stripe.StripeError as error:
            kind = type(error).__name__
            raise ProviderFailed(f"{kind} {error.http_status} {error.code}") from error
