"""Requests as API Gateway hands them over, and the answers as a client gets them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from local.stripe_secrets import STRIPE_WEBHOOK_SECRET
from local.stripe_wire import signature
from tests.conftest import ROOT
from tests.proof.accounts import Asked
from tests.proof.workers import Reply

PAID, REFUNDED, DISPUTED = (
    json.loads((ROOT / f"events/stripe_webhook.{name}.json").read_text("utf-8"))
    for name in ("paid", "refunded", "disputed")
)
SECRET = {
    *("password", "current", "new", "token", "code", "phone", "email", "userName"),
    *("vatId", "nameLatin", "street", "streetLatin", "activationCode"),
}
SHORTEST_SECRET = 8  # six digits stand in every time of day: they are looked for in quotes


@dataclass(frozen=True)
class Answer:
    """Status and body; `says` leaves out what names the call or its time."""

    status: int
    says: Mapping[str, Any] = field(default_factory=dict)

    @property
    def secrets(self) -> set[str]:
        """What the client alone may see; a problem's `code` says which it is."""
        return _secrets(self.says) if self.status < 400 else set()


def http_event(asked: Asked, principal: Mapping[str, str]) -> dict[str, Any]:
    """A call of an HTTP API, payload 2.0; `principal` is what the authorizer has told."""
    method, _, target = asked.does.partition(" ")
    path, _, query = target.partition("?")
    headers = {"content-type": "application/json"}
    if asked.key:
        headers["idempotency-key"] = asked.key
    if asked.read:
        headers["if-match"] = f'"{asked.read}"'
    context: dict[str, Any] = {
        "http": {"method": method, "path": path, "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1"},
        "requestId": uuid4().hex,
        "routeKey": f"{method} {path.split('/')[1]}",
        "stage": "$default",
    }
    if principal:
        context["authorizer"] = {"lambda": dict(principal)}
    return {
        "version": "2.0",
        "routeKey": context["routeKey"],
        "rawPath": path,
        "rawQueryString": query,
        "queryStringParameters": dict(parse_qsl(query)),
        "headers": headers,
        "requestContext": context,
        "body": json.dumps(asked.body) if asked.body else None,
        "isBase64Encoded": False,
    }


def paid_event(order: str, cents: int) -> dict[str, Any]:
    """Stripe tells that an order's page was paid."""
    session = {"id": f"cs_test_{order}", "amount_total": cents, "metadata": {"order": order}}
    return _signed(PAID, session)


def refunded_event(intent: str, cents: int) -> dict[str, Any]:
    """Stripe tells how much was given back in all of what came with this PaymentIntent."""
    return _signed(REFUNDED, {"payment_intent": intent, "amount_refunded": cents})


def dispute_event() -> dict[str, Any]:
    """A bank disputes what was paid by that page."""
    return _signed(DISPUTED, {})


def _signed(event: dict[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """Anew each time that it is told."""
    told = json.loads(event["body"])
    told["data"]["object"] |= about
    body = json.dumps(told, indent=2)
    signed = {"stripe-signature": signature(body.encode(), STRIPE_WEBHOOK_SECRET)}
    return event | {"body": body, "headers": event["headers"] | signed}


def token_event(token: str) -> dict[str, Any]:
    """API Gateway asks whose token it is."""
    return {"version": "2.0", "type": "REQUEST", "identitySource": [f"Bearer {token}"]}


def answer_of(reply: Reply) -> Answer | None:
    """None if the client got none, or that of a failure."""
    result = reply.get("result")
    if not isinstance(result, dict):
        return None
    if "isAuthorized" in result:
        return Answer(200 if result["isAuthorized"] else 401, result.get("context", {}))
    if result["statusCode"] >= 500:
        return None
    body = json.loads(result.get("body") or "{}")
    of_this_call = {"requestId", "endsAt", "validateUntil"}
    return Answer(
        result["statusCode"],
        {name: value for name, value in body.items() if name not in of_this_call},
    )


def secrets_in(asked: Asked) -> set[str]:
    return _secrets(asked.body)


def _secrets(body: Mapping[str, Any]) -> set[str]:
    found = {value for name, value in body.items() if name in SECRET and isinstance(value, str)}
    within = _secrets(body["address"]) if isinstance(body.get("address"), dict) else set()
    return within | {as_looked_for(value) for value in found if value}


def as_looked_for(value: str) -> str:
    return value if len(value) >= SHORTEST_SECRET else f'"{value}"'
