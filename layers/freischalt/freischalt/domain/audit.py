"""What happened to a dongle, by whom, when: kept for good, without codes and phone numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from freischalt.domain.licence import CaratId


class Event(StrEnum):
    RETRIEVED = "retrieved"
    ORDERED = "ordered"
    GRANTED = "granted"
    GRANT_STAGED = "grant_staged"
    KEY_EXPORTED = "key_exported"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the trail; `id`, its cause (message, order, vendor's act), makes it unique.

    `actor` is `sms:<message id>`, `vendor:<user>` or `import:<import id>`.
    """

    carat_id: CaratId
    at: datetime
    id: str
    event: Event
    actor: str
    account: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
