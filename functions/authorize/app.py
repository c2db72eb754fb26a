"""A call with a token arrives (API Gateway) → who it is, or no.

One function behind two authorizers: API Gateway keeps a customer's answer for a minute, an
operator's not at all. ROLE says whose tokens are looked at.
"""

import os
from typing import Any

from freischalt.clock import utc_now
from freischalt.domain.user import Role
from freischalt.office_services import office_services
from freischalt.telemetry import logger, nothing_leaks
from freischalt.use_cases.signing_in import principal_of
from freischalt.use_cases.told import told_of

BEARER = "bearer "

role = Role(os.environ["ROLE"])
office = office_services().office
log = logger(f"authorize_{role}")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with nothing_leaks(log):
        (given,) = event.get("identitySource") or [""]
        if given[: len(BEARER)].lower() != BEARER:
            return {"isAuthorized": False}
        principal = principal_of(given[len(BEARER) :].strip(), role, office, now=utc_now())
        if principal is None:
            return {"isAuthorized": False}
        return {"isAuthorized": True, "context": told_of(principal)}
