"""What must reach a person by mail or SMS: kept as pending from the transaction that caused it.

A notice holds kinds and nonces, never a link, a code or a password: those are derived again when
the text is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from freischalt.domain.user import Language


class NoticeKind(StrEnum):
    """Each has a template in each language; SMS kinds begin with `sms_`."""

    VALIDATE_REGISTRATION = "validate_registration"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a kind, no password
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    LOCK_SET = "lock_set"
    LOCK_LIFTED = "lock_lifted"
    LOCK_ENDED = "lock_ended"
    VAT_CONFIRMED = "vat_confirmed"
    VAT_INVALID = "vat_invalid"
    VAT_DIFFERS = "vat_differs"
    VAT_PENDING = "vat_pending"
    VAT_GIVEN_UP = "vat_given_up"
    TERM_ORDER_RECEIVED = "term_order_received"
    TERM_ORDER_LAPSED = "term_order_lapsed"
    WITHDRAWAL_RECEIVED = "withdrawal_received"
    REPAIR_REQUESTED = "repair_requested"  # to the vendor's advocate
    REPAIR_OFFERED = "repair_offered"
    REPAIR_ACCEPTED = "repair_accepted"  # to the advocate
    REPAIR_DECLINED = "repair_declined"  # to the advocate
    TERM_ENDS = "term_ends"
    TERM_ENDED = "term_ended"
    TRIAL_ENDS = "trial_ends"
    TRIAL_ENDED = "trial_ended"
    PLANT_OUTGROWN = "plant_outgrown"
    TERM_ORDER_OUTGROWN = "term_order_outgrown"
    LIST_PUBLISHED = "list_published"
    LIST_REFUSED = "list_refused"
    PAYMENT_OVERDUE = "payment_overdue"  # to the vendor
    PAYMENT_DISPUTED = "payment_disputed"  # to the vendor
    REFUND_FAILED = "refund_failed"  # to the vendor
    WITHDRAWAL_WAITS = "withdrawal_waits"  # to the vendor
    TERM_ORDER_CONFIRMED = "term_order_confirmed"
    TERM_CREDIT_NOTE = "term_credit_note"
    TERM_CORRECTION = "term_correction"
    SMS_PHONE_CODE = "sms_phone_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one person; `id` is its outbox id, and travels with it."""

    id: str
    kind: NoticeKind
    to: str = field(repr=False)
    language: Language
    created_at: datetime
    details: Mapping[str, str] = field(default_factory=dict)
    version: int = 0

    @property
    def is_sms(self) -> bool:
        return self.kind.value.startswith("sms_")
