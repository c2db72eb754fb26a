"""Somebody signs in, opens a mailed link or changes a password (API Gateway) → one use case.

A function of its own: hashing wants memory, and a cap on how much of it runs at once.
"""

from typing import Any

from freischalt.adapters.argon2_hasher import Argon2Hasher
from freischalt.adapters.totp import PyOtp
from freischalt.clock import utc_now
from freischalt.office_services import office_services
from freischalt.telemetry import counted, logger, metrics, nothing_leaks
from freischalt_api.api import Api, serve
from freischalt_api.sign_in_routes import add_routes

log = logger("sign_in")
counts = metrics("sign_in")
api = Api(now=utc_now)
add_routes(api, office_services().office, Argon2Hasher(), PyOtp())


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with nothing_leaks(log), counted(counts):
        return serve(api, event, context, log, counts)
