"""What happened to a dongle or an account, by whom, when: kept for good, no codes, no phones."""

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

    REGISTERED = "registered"
    VALIDATED = "validated"
    SIGN_IN_LOCKED = "sign_in_locked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - an event, no password
    DOCUMENTS_ACCEPTED = "documents_accepted"
    SESSIONS_ENDED = "sessions_ended"
    PHONE_REGISTERED = "phone_registered"
    PHONE_RELEASED = "phone_released"
    API_KEY_MADE = "api_key_made"
    API_KEY_REVOKED = "api_key_revoked"
    LOCK_SET = "lock_set"
    LOCK_LIFTED = "lock_lifted"
    LOCK_ENDED = "lock_ended"
    ACCOUNT_CHANGED = "account_changed"
    ERASED = "erased"
    VAT_CHECKED = "vat_checked"
    VAT_DECIDED = "vat_decided"
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_SETTLED = "payment_settled"
    PAYMENT_DISPUTED = "payment_disputed"
    REFUND_FAILED = "refund_failed"
    SETBACK_SETTLED = "setback_settled"
    REPAIR_REQUESTED = "repair_requested"
    REPAIR_OFFERED = "repair_offered"
    REPAIR_ACCEPTED = "repair_accepted"
    REPAIR_DECLINED = "repair_declined"
    REPAIR_DONE = "repair_done"
    PLANT_CREATED = "plant_created"
    PLANT_CHANGED = "plant_changed"
    PLANT_OUTGROWN = "plant_outgrown"
    PLANT_ENDED = "plant_ended"
    INVERTER_ADDED = "inverter_added"
    INVERTER_REMOVED = "inverter_removed"
    ACTIVATION_FREED = "activation_freed"
    GUEST_ADDED = "guest_added"
    GUEST_REMOVED = "guest_removed"
    TERM_ORDERED = "term_ordered"
    TERM_ACTIVATED = "term_activated"
    TERM_ORDER_CANCELLED = "term_order_cancelled"
    TERM_ORDER_LAPSED = "term_order_lapsed"
    TERM_ORDER_WITHDRAWN = "term_order_withdrawn"
    WITHDRAWAL_DECLARED = "withdrawal_declared"
    WITHDRAWAL_SETTLED = "withdrawal_settled"
    TERM_REINVOICED = "term_reinvoiced"
    MAINTENANCE_SWITCHED = "maintenance_switched"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of a trail; `id`, its cause (message, order, act, lock), makes it unique.

    It is in the dongle's trail, or without `carat_id` in its account's, or without both in that of
    the vendor's switch. `actor` is
    `sms:<message id>`, `user:<id>`, `key:<id>`, `operator:<id>`, `vendor:<user>`, `schedule` or
    `import:<import id>`.
    """

    carat_id: CaratId | None
    at: datetime
    id: str
    event: Event
    actor: str
    account: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    version: int = 0  # a line is written once
