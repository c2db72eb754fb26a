"""An expected "no" over HTTP, as a value: a code, what its sentence needs, and which field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class RefusalCode(StrEnum):
    """Machine-readable; each has one German and one English sentence in `texts_api`."""

    VALIDATION_FAILED = "VALIDATION_FAILED"
    MALFORMED_REQUEST = "MALFORMED_REQUEST"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    NOT_JSON = "NOT_JSON"
    NO_SUCH_ROUTE = "NO_SUCH_ROUTE"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    INTERNAL = "INTERNAL"
    BUSY = "BUSY"

    USER_NAME_TAKEN = "USER_NAME_TAKEN"
    DOCUMENTS_NOT_ACCEPTED = "DOCUMENTS_NOT_ACCEPTED"
    DOCUMENT_VERSION_UNKNOWN = "DOCUMENT_VERSION_UNKNOWN"
    LINK_NOT_VALID = "LINK_NOT_VALID"
    WRONG_CREDENTIALS = "WRONG_CREDENTIALS"
    SIGN_IN_LOCKED = "SIGN_IN_LOCKED"
    PASSWORD_RULES = "PASSWORD_RULES"  # noqa: S105 - a code, no password
    PASSWORD_CHANGE_REQUIRED = "PASSWORD_CHANGE_REQUIRED"  # noqa: S105
    NOT_FOR_MACHINES = "NOT_FOR_MACHINES"
    NO_ACCOUNT = "NO_ACCOUNT"
    NOT_FOUND = "NOT_FOUND"
    CHANGED_MEANWHILE = "CHANGED_MEANWHILE"
    PRECONDITION_REQUIRED = "PRECONDITION_REQUIRED"

    PHONE_TAKEN = "PHONE_TAKEN"
    PHONE_NOT_MOBILE = "PHONE_NOT_MOBILE"
    PHONE_CODE_WRONG = "PHONE_CODE_WRONG"
    TOO_MANY_PHONES = "TOO_MANY_PHONES"
    TOO_MANY_USERS = "TOO_MANY_USERS"
    TOO_MANY_API_KEYS = "TOO_MANY_API_KEYS"
    TOO_MANY_LOCKS = "TOO_MANY_LOCKS"
    LOCK_OVER = "LOCK_OVER"
    LOCK_END_IN_THE_PAST = "LOCK_END_IN_THE_PAST"
    OPEN_OBLIGATIONS = "OPEN_OBLIGATIONS"

    VAT_ID_MALFORMED = "VAT_ID_MALFORMED"
    NOT_LATIN = "NOT_LATIN"
    VAT_NOT_CHECKED = "VAT_NOT_CHECKED"
    COMPANY_STAYS_ONE = "COMPANY_STAYS_ONE"
    VAT_ID_MISSING = "VAT_ID_MISSING"
    VAT_ID_INVALID = "VAT_ID_INVALID"
    VAT_DATA_DIFFERS = "VAT_DATA_DIFFERS"
    VAT_CHECK_RUNNING = "vat_check_running"  # the specification's letters
    VAT_CHECK_PENDING = "VAT_CHECK_PENDING"
    VAT_CHECK_GIVEN_UP = "VAT_CHECK_GIVEN_UP"

    REPAIR_NOT_OFFERED = "REPAIR_NOT_OFFERED"
    REPAIR_ANSWERED = "REPAIR_ANSWERED"
    REPAIR_OFFER_EXPIRED = "REPAIR_OFFER_EXPIRED"
    REPAIR_NOT_ACCEPTED = "REPAIR_NOT_ACCEPTED"
    ORDER_NOT_TO_BE_PAID = "ORDER_NOT_TO_BE_PAID"
    PAYMENT_UNDER_WAY = "PAYMENT_UNDER_WAY"
    PAYMENT_PAGE_UNAVAILABLE = "PAYMENT_PAGE_UNAVAILABLE"
    TOO_LITTLE_FOR_A_PAGE = "TOO_LITTLE_FOR_A_PAGE"
    PAYMENT_REFERENCE_USED = "PAYMENT_REFERENCE_USED"
    PAYMENT_SETTLED = "PAYMENT_SETTLED"
    PAYMENT_DOES_NOT_FIT = "PAYMENT_DOES_NOT_FIT"
    WITHDRAWAL_DOES_NOT_FIT = "WITHDRAWAL_DOES_NOT_FIT"
    MONITORING_NOT_SOLD = "MONITORING_NOT_SOLD"
    TOO_MANY_PLANTS = "TOO_MANY_PLANTS"
    TOO_MANY_GUESTS = "TOO_MANY_GUESTS"
    TOO_MANY_LISTS = "TOO_MANY_LISTS"
    TOO_MANY_REPAIRS = "TOO_MANY_REPAIRS"
    PLANT_ENDED = "PLANT_ENDED"
    PLANT_HAS_OPEN_ORDER = "PLANT_HAS_OPEN_ORDER"
    ENDING_NOT_CONFIRMED = "ENDING_NOT_CONFIRMED"
    ERASING_NOT_CONFIRMED = "ERASING_NOT_CONFIRMED"
    ACTIVATION_WRONG = "ACTIVATION_WRONG"
    ACTIVATION_USED = "ACTIVATION_USED"
    INVERTER_IN_USE = "INVERTER_IN_USE"
    GROWTH_NOT_ACCEPTED = "GROWTH_NOT_ACCEPTED"

    ACCOUNT_LOCKED = "ACCOUNT_LOCKED"
    ADDRESS_MISSING = "ADDRESS_MISSING"
    NO_INVERTERS = "NO_INVERTERS"
    NOT_YET_RENEWABLE = "NOT_YET_RENEWABLE"
    ORDER_OPEN = "ORDER_OPEN"
    PRICE_CHANGED = "PRICE_CHANGED"
    CONTRACT_NOT_ACCEPTED = "CONTRACT_NOT_ACCEPTED"
    ORDER_NOT_OPEN = "ORDER_NOT_OPEN"
    ORDER_PARTLY_PAID = "ORDER_PARTLY_PAID"
    NOTHING_TO_CHARGE = "NOTHING_TO_CHARGE"


class FieldRule(StrEnum):
    """The rules of fields with a sentence in both languages, beside those of passwords."""

    VAT_ID_CHARACTERS = "VAT_ID_CHARACTERS"
    VAT_ID_COUNTRY = "VAT_ID_COUNTRY"
    VAT_ID_FORMAT = "VAT_ID_FORMAT"
    VAT_ID_LENGTH = "VAT_ID_LENGTH"
    VAT_ID_CHECKSUM = "VAT_ID_CHECKSUM"
    VAT_ID_MISSING = "VAT_ID_MISSING"
    VAT_ID_INVALID = "VAT_ID_INVALID"
    NOT_LATIN = "NOT_LATIN"
    DIFFERS = "DIFFERS"
    COUNTRY = "COUNTRY"
    POSTAL_CODE = "POSTAL_CODE"
    SERIAL_NUMBER = "SERIAL_NUMBER"
    SAME_INVERTER = "SAME_INVERTER"
    INVERTER_TYPE = "INVERTER_TYPE"
    ACTIVATION_WRONG = "ACTIVATION_WRONG"
    ACTIVATION_USED = "ACTIVATION_USED"
    OWN_ACCOUNT = "OWN_ACCOUNT"
    IN_THE_FUTURE = "IN_THE_FUTURE"
    LESS_THAN_THE_DAY = "LESS_THAN_THE_DAY"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field and the rule that it breaks; `pointer` is a JSON pointer into the body.

    `characters` are those that the rule forbids, `suggestion` is what might be entered instead.
    """

    pointer: str
    rule: str
    characters: str | None = field(default=None, repr=False)
    suggestion: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """No, and why. `until` is when it may be tried again, if that is known.

    `advice` is whom to turn to instead; `about` what is shown beside the sentence, for the route
    to put into its shape.
    """

    code: RefusalCode
    parameters: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[FieldProblem, ...] = ()
    until: datetime | None = None
    advice: str | None = None
    about: object = None
