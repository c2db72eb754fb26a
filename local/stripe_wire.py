"""Stripe's wire format, as far as Checkout Sessions need it: forms, errors, objects, signatures.

What Stripe refuses is refused here, too, so that no request of ours works only locally. Forms are
nested by brackets: `line_items[0][price_data][currency]=eur`.
"""

import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

type Json = dict[str, Any]

SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60  # seconds that a session may be open
LEAST_CENTS = 50  # Stripe's minimum charge in euro
LOCALES = {"auto", "de", "en"}
MODE = "payment"


@dataclass
class StripeError(Exception):
    """As Stripe's body says it: `{"error": {"type", "code", "param", "message"}}`."""

    message: str
    code: str | None = None
    param: str | None = None
    type: str = "invalid_request_error"
    status: int = HTTPStatus.BAD_REQUEST
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> Json:
        told = {"type": self.type, "message": self.message, "code": self.code, "param": self.param}
        return {"error": {name: value for name, value in told.items() if value is not None}}


def parse_form(body: bytes) -> Json:
    """The nested form as an object; numbers stay texts, as on the wire.

    >>> parse_form(b"mode=payment&line_items[0][quantity]=1&metadata[order]=1")
    {'mode': 'payment', 'line_items': {'0': {'quantity': '1'}}, 'metadata': {'order': '1'}}
    """
    parsed: Json = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)):
        *outer, last = re.findall(r"[^\[\]]+", name) or [name]
        inner = parsed
        for key in outer:
            inner = inner.setdefault(key, {})
        inner[last] = value
    return parsed


# --- what a session may be asked for

type Check = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_whole(value: Any) -> bool:
    return _is_text(value) and re.fullmatch(r"[0-9]{1,12}", value) is not None


def _is_metadata(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _is_address(value: Any) -> bool:
    return _is_text(value) and value.startswith(("http://", "https://"))


SESSION: dict[str, Check] = {
    "mode": lambda value: value == MODE,
    "line_items": lambda value: isinstance(value, dict) and bool(value),
    "success_url": _is_address,
    "cancel_url": _is_address,
    "client_reference_id": lambda value: _is_text(value) and len(value) <= 200,  # noqa: PLR2004
    "metadata": _is_metadata,
    "payment_intent_data": lambda value: (
        isinstance(value, dict)
        and value.keys() <= {"description", "metadata"}
        and _is_metadata(value.get("metadata", {}))
    ),
    "locale": lambda value: value in LOCALES,
    "expires_at": _is_whole,
}
NEEDED = ("mode", "line_items", "success_url")
LINE: dict[str, Check] = {
    "quantity": _is_whole,
    "price_data": lambda value: isinstance(value, dict),
}
PRICE: dict[str, Check] = {
    "currency": lambda value: _is_text(value) and re.fullmatch(r"[a-z]{3}", value) is not None,
    "unit_amount": _is_whole,
    "product_data": lambda value: isinstance(value, dict) and _is_text(value.get("name")),
}


def check_session(asked: Json, now: int) -> int:
    """What it comes to, in cents. Raises StripeError."""
    _check(asked, SESSION, NEEDED, "")
    total, currencies = 0, set()
    for index, line in sorted(asked["line_items"].items()):
        where = f"line_items[{index}]"
        _check(line, LINE, tuple(LINE), where)
        price = line["price_data"]
        _check(price, PRICE, tuple(PRICE), f"{where}[price_data]")
        total += int(price["unit_amount"]) * int(line["quantity"])
        currencies.add(price["currency"])
    if len(currencies) != 1:
        raise StripeError("All line items must have the same currency.", param="line_items")
    if total < LEAST_CENTS:
        raise StripeError(
            "The Checkout Session's total amount due must add up to at least €0.50 eur",
            "amount_too_small",
        )
    ends = int(asked.get("expires_at", now + LONGEST))
    if not SHORTEST <= ends - now <= LONGEST:
        raise StripeError(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from "
            "Checkout Session creation.",
            param="expires_at",
        )
    return total


def _check(given: Any, known: Mapping[str, Check], needed: tuple[str, ...], where: str) -> None:
    def param(name: str) -> str:
        return f"{where}[{name}]" if where else name

    if not isinstance(given, dict):
        raise StripeError("Invalid object", param=where)
    for name in given:
        if name not in known:
            unknown = f"Received unknown parameter: {param(name)}"
            raise StripeError(unknown, "parameter_unknown", param(name))
    for name in needed:
        if name not in given:
            missing = f"Missing required param: {param(name)}."
            raise StripeError(missing, "parameter_missing", param(name))
    for name, value in given.items():
        if not known[name](value):
            raise StripeError(f"Invalid {param(name)}", param=param(name))


def signature(body: bytes, secret: str, at: int | None = None) -> str:
    """The header `Stripe-Signature`: an HMAC-SHA256 over time and body."""
    seconds = int(time.time()) if at is None else at
    mac = hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256)
    return f"t={seconds},v1={mac.hexdigest()}"
