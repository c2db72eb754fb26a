"""Payment pages by Stripe Checkout, made with Stripe's own library.

Cards, EPS, P24 and what else the vendor has switched on are Stripe's dynamic payment methods: the
page offers what fits the customer. We tell it no name and no address.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING, Any

from freischalt.adapters.stripe_wire import ACCOUNT, ORDER, Json, receipt_of
from freischalt.domain.payment_page import PageState, WantedPage
from freischalt.payment_ports import MadePage, SessionTold

if TYPE_CHECKING:
    from freischalt.adapters.stripe_connection import StripeSessions

FAILED = frozenset({"requires_payment_method", "canceled"})
"""What a PaymentIntent is once its payment has failed, or was given up."""


class StripePages:
    """Fits the port `PaymentPages`; `key` is asked each time, as it may have been changed."""

    def __init__(self, key: Callable[[], str], *, api: str) -> None:
        self._key = key
        self._sessions = cache(lambda: _sessions(api))

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

    def state_of(self, session: str, *, now: datetime) -> SessionTold:
        expanded = {"expand": ["payment_intent"]}
        found = self._ask(lambda sessions: sessions.retrieve(session, expanded).to_dict())
        if found["payment_status"] == "paid":
            # the PaymentIntent's own time is not asked for: so it is when we learnt of it
            return SessionTold(PageState.OVER, receipt_of(found, now))
        return SessionTold(_unpaid(found))

    def expire(self, session: str) -> None:
        self._ask(lambda sessions: sessions.expire(session))

    def _ask(self, what: Callable[[Any], Any]) -> Any:
        return self._sessions().ask(self._key(), what)


def _unpaid(session: Json) -> PageState:
    """A slow payment that has failed leaves its session complete: its PaymentIntent tells."""
    if session["status"] == "complete":
        has_failed = (session["payment_intent"] or {}).get("status") in FAILED
        return PageState.OVER if has_failed else PageState.UNDER_WAY
    return PageState.OPEN if session["status"] == "open" else PageState.OVER


def _sessions(api: str) -> "StripeSessions":
    from freischalt.adapters.stripe_connection import StripeSessions  # noqa: PLC0415 - see there

    return StripeSessions(api)
