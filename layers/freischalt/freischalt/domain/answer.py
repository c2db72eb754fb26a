"""What a customer can be told, as data: the German sentence is made from it when it is sent.

An answer holds kinds and nonces, never a code: unlock and confirmation codes are derived again
from `key_id`, `number` and `nonce` each time the text is made.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from freischalt.domain.ids import KeyId, OrderNumber
from freischalt.domain.licence import LicenceNumber, LicenceType


class AnswerCode(StrEnum):
    """Machine-readable; each has exactly one German sentence in `freischalt.texts`."""

    CODE = "CODE"
    ORDERED = "ORDERED"
    CONFIRM = "CONFIRM"
    HELP = "HELP"

    PHONE_NOT_REGISTERED = "PHONE_NOT_REGISTERED"
    UNKNOWN_COMMAND = "UNKNOWN_COMMAND"
    WRONG_PARAMETER_COUNT = "WRONG_PARAMETER_COUNT"
    UNKNOWN_LICENCE_TYPE = "UNKNOWN_LICENCE_TYPE"
    LICENCE_NUMBER_LENGTH = "LICENCE_NUMBER_LENGTH"
    INVALID_PARAMETER = "INVALID_PARAMETER"
    INVALID_USER_INFORMATION = "INVALID_USER_INFORMATION"
    NOT_RELEASED = "NOT_RELEASED"
    LOCKED = "LOCKED"
    USER_INFORMATION_CHANGED = "USER_INFORMATION_CHANGED"
    POINTS_NOT_RELEASED = "POINTS_NOT_RELEASED"
    E_NOT_RELEASED = "E_NOT_RELEASED"
    USER_INFORMATION_MISMATCH = "USER_INFORMATION_MISMATCH"
    ALREADY_RELEASED = "ALREADY_RELEASED"
    UNAVAILABLE = "UNAVAILABLE"

    ORDER_TOO_OLD = "ORDER_TOO_OLD"
    NOTHING_TO_CONFIRM = "NOTHING_TO_CONFIRM"
    WRONG_CONFIRMATION = "WRONG_CONFIRMATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer with what its sentence needs; what a sentence does not need is None."""

    code: AnswerCode
    type: LicenceType | None = None
    number: LicenceNumber | None = None
    order_number: OrderNumber | None = None
    locked_until: date | None = None
    key_id: KeyId | None = None
    nonce: str | None = None
