"""Who calls, on its way from the authorizer to the API's functions: texts in the event."""

from collections.abc import Mapping
from typing import Any

from freischalt.domain.ids import AccountNumber, UserId
from freischalt.domain.user import Role
from freischalt.use_cases.signing_in import Principal


def principal_told(told: Mapping[str, Any]) -> Principal | None:
    """What the authorizer has put into the event; API Gateway takes texts and numbers alone."""
    if not told.get("actor"):
        return None
    return Principal(
        actor=told["actor"],
        role=Role(told["role"]),
        user=UserId(told["user"]) if told.get("user") else None,
        account=AccountNumber(told["account"]) if told.get("account") else None,
        session=told.get("session", ""),
        lacks=tuple(filter(None, told.get("lacks", "").split(","))),
        must_change_password=told.get("mustChangePassword") == "yes",
    )


def told_of(principal: Principal) -> dict[str, str]:
    """The same, on its way into the event."""
    return {
        "actor": principal.actor,
        "role": principal.role.value,
        "user": principal.user or "",
        "account": principal.account or "",
        "session": principal.session,
        "lacks": ",".join(principal.lacks),
        "mustChangePassword": "yes" if principal.must_change_password else "",
    }
