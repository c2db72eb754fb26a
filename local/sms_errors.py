"""The service's own errors, as botocore reads them.

An error travels as HTTP 4xx or 5xx with `__type` (its code), `Message`, and what the model gives
it besides: `Reason`, `Fields`, `ResourceType`, `ResourceId`.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any


@dataclass(eq=False)
class ServiceError(Exception):
    """What the service answers instead of a result."""

    code: str
    message: str
    members: dict[str, Any] = field(default_factory=dict)
    status: int = HTTPStatus.BAD_REQUEST

    def body(self) -> dict[str, Any]:
        return {"__type": self.code, "Message": self.message, **self.members}


def conflict(reason: str, message: str) -> ServiceError:
    return ServiceError("ConflictException", message, {"Reason": reason})


def invalid(reason: str, message: str, fields: dict[str, str] | None = None) -> ServiceError:
    """Refuse a request; `fields` maps the name of a member to what is wrong with it."""
    listed = [{"Name": name, "Message": wrong} for name, wrong in (fields or {}).items()]
    return ServiceError("ValidationException", message, {"Reason": reason, "Fields": listed})


def not_found(resource_type: str, resource_id: str) -> ServiceError:
    return ServiceError(
        "ResourceNotFoundException",
        f"{resource_type} {resource_id} does not exist",
        {"ResourceType": resource_type, "ResourceId": resource_id},
    )


def throttled() -> ServiceError:
    return ServiceError("ThrottlingException", "Rate exceeded")


def internal() -> ServiceError:
    return ServiceError(
        "InternalServerException",
        "An internal error occurred",
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
    )
