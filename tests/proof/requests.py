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

PAID = ROOT / "events/stripe_webhook.paid.json"
DISPUTED = ROOT / "events/stripe_webhook.disputed.json"
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


def stripe_event(order: str, cents: int) -> dict[str, Any]:
    """Stripe tells that an order's page was paid; it signs anew each time that it tells it."""
    event: dict[str, Any] = json.loads(PAID.read_text("utf-8"))
    told = json.loads(event["body"])
    session = told["data"]["object"]
    session |= {"id": f"cs_test_{order}", "amount_total": cents, "metadata": {"order": order}}
    return _signed(event, told)


def dispute_event() -> dict[str, Any]:
    """A bank disputes what was paid by that page."""
    event: dict[str, Any] = json.loads(DISPUTED.read_text("utf-8"))
    return _signed(event, json.loads(event["body"]))


def _signed(event: dict[str, Any], told: Any) -> dict[str, Any]:
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
