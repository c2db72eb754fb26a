"""The sessions of the stand-in for Stripe, what was paid on them, and the events of that."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from local.stripe_wire import LONGEST, MODE, Json, StripeError, check_session

API_VERSION = "2026-10-28.stand-in"


def new_id(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"


class Choice(StrEnum):
    """What a customer does on the page."""

    CARD = "card"  # paid at once
    SLOW = "slow"  # a bank debit or the like: the money comes later, by `Outcome`
    CANCEL = "cancel"


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass
class Session:
    """One Checkout Session; `asked` is the form that it was made of."""

    id: str
    asked: Json
    amount: int
    currency: str
    created: int
    expires_at: int
    url: str
    status: str = "open"
    payment_status: str = "unpaid"
    intent: str | None = None
    intent_status: str = "requires_payment_method"
    refunded: int = 0
    refunds: dict[str, int] = field(default_factory=dict)
    disputes: list[str] = field(default_factory=list)

    def json(self) -> Json:
        return {
            "id": self.id,
            "object": "checkout.session",
            "amount_subtotal": self.amount,
            "amount_total": self.amount,
            "client_reference_id": self.asked.get("client_reference_id"),
            "created": self.created,
            "currency": self.currency,
            "customer": None,
            "customer_email": None,
            "expires_at": self.expires_at,
            "livemode": False,
            "locale": self.asked.get("locale"),
            "metadata": self.asked.get("metadata", {}),
            "mode": MODE,
            "payment_intent": self.intent,
            "payment_status": self.payment_status,
            "status": self.status,
            "success_url": self.asked["success_url"],
            "cancel_url": self.asked.get("cancel_url"),
            "url": self.url if self.status == "open" else None,
        }

    def intent_json(self) -> Json | None:
        """Of a session that was asked for with its PaymentIntent."""
        if self.intent is None:
            return None
        return {"id": self.intent, "object": "payment_intent", "status": self.intent_status}

    def charge(self) -> Json:
        return {
            "id": f"ch_{self.id}",
            "object": "charge",
            "amount": self.amount,
            "amount_refunded": self.refunded,
            "currency": self.currency,
            "metadata": self.asked.get("payment_intent_data", {}).get("metadata", {}),
            "payment_intent": self.intent,
            "refunded": self.refunded == self.amount,
        }


@dataclass
class Sessions:
    """All of them; `page` gives the address of a session's page, `now` is Unix time."""

    page: Callable[[str], str]
    now: Callable[[], float] = time.time
    of: dict[str, Session] = field(default_factory=dict)
    _replies: dict[str, tuple[Json, str]] = field(default_factory=dict)

    def make(self, asked: Json, idempotency_key: str | None) -> tuple[Session, bool]:
        """The session, and whether it is the one of an earlier request with this key."""
        known = self._replies.get(idempotency_key) if idempotency_key else None
        if known:
            if known[0] != asked:
                raise StripeError(
                    "Keys for idempotent requests can only be used with the same parameters they "
                    "were first used with.",
                    type="idempotency_error",
                )
            return self.of[known[1]], True
        now = int(self.now())
        amount = check_session(asked, now)
        id_ = new_id("cs_test")
        first = next(iter(asked["line_items"].values()))
        made = Session(
            id=id_,
            asked=asked,
            amount=amount,
            currency=first["price_data"]["currency"],
            created=now,
            expires_at=int(asked.get("expires_at", now + LONGEST)),
            url=self.page(id_),
        )
        self.of[id_] = made
        if idempotency_key:
            self._replies[idempotency_key] = asked, id_
        return made, False

    def get(self, id_: str) -> Session:
        if id_ not in self.of:
            missing = f"No such checkout.session: {id_}"
            raise StripeError(missing, "resource_missing", "session", status=404)
        return self.of[id_]

    def expire(self, id_: str) -> Json:
        """The event of it."""
        session = self._open(id_)
        session.status = "expired"
        return self.event("checkout.session.expired", session.json())

    def choose(self, id_: str, choice: Choice) -> list[Json]:
        """The events of what the customer has done."""
        session = self._open(id_)
        if choice is Choice.CANCEL:
            return []
        session.status, session.intent = "complete", new_id("pi")
        if choice is Choice.CARD:
            session.payment_status, session.intent_status = "paid", "succeeded"
        else:
            session.intent_status = "processing"
        return [self.event("checkout.session.completed", session.json())]

    def settle(self, id_: str, outcome: Outcome) -> Json:
        """The slow money has come, or never will."""
        session = self.get(id_)
        if session.intent_status != "processing":
            raise StripeError("Nothing is under way for this session.")
        if outcome is Outcome.SUCCEEDED:
            session.payment_status, session.intent_status = "paid", "succeeded"
        else:  # the session stays complete, and unpaid
            session.intent_status = "requires_payment_method"
        return self.event(f"checkout.session.async_payment_{outcome}", session.json())

    def paid_by(self, intent: str) -> Session:
        session = next((each for each in self.of.values() if each.intent == intent), None)
        if session is None or session.payment_status != "paid":
            missing = f"No such payment_intent: {intent}"
            raise StripeError(missing, "resource_missing", "payment_intent", status=404)
        return session

    def refund(self, intent: str, amount: int | None) -> tuple[str, Json]:
        """The refund's id, and the event of it."""
        session = self.paid_by(intent)
        more = session.amount - session.refunded if amount is None else amount
        if not 0 < more <= session.amount - session.refunded:
            raise StripeError("Refund amount is greater than charge amount.", param="amount")
        session.refunded += more
        refund = new_id("re")
        session.refunds[refund] = more
        return refund, self.event("charge.refunded", session.charge())

    def _open(self, id_: str) -> Session:
        session = self.get(id_)
        if session.status != "open":
            raise StripeError('Only Checkout Sessions with a status in ["open"] can be changed.')
        return session

    def event(self, kind: str, about: Any) -> Json:
        return {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": int(self.now()),
            "data": {"object": about},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
