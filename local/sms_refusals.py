"""Numbers that the stand-in always refuses to send to, by their last six digits.

| number ends in | error | reason |
| --- | --- | --- |
| 999001 | ConflictException | DESTINATION_PHONE_NUMBER_OPTED_OUT |
| 999002 | ThrottlingException | |
| 999003 | InternalServerException | |
| 999004 | ConflictException | DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION |
| 999005 | ServiceQuotaExceededException | MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT |
| 999006 | AccessDeniedException | ACCOUNT_DISABLED |
| 999007 | ConflictException | DESTINATION_PHONE_NUMBER_NOT_VERIFIED (the sandbox) |
| 999008 | ValidationException | DESTINATION_COUNTRY_BLOCKED |

Each is refused for ever: a fault that passes is ordered with `POST /_faults` (`faults.py`).
"""

from collections.abc import Callable
from functools import partial

from local.sms_errors import ServiceError, conflict, internal, invalid, throttled

SUFFIX_LENGTH = 6

opted_out = partial(
    conflict, "DESTINATION_PHONE_NUMBER_OPTED_OUT", "the destination number has opted out"
)

REFUSALS: dict[str, Callable[[], ServiceError]] = {
    "999001": opted_out,
    "999002": throttled,
    "999003": internal,
    "999004": partial(
        conflict,
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
        "the protect configuration blocks this country",
    ),
    "999005": partial(
        ServiceError,
        "ServiceQuotaExceededException",
        "the monthly spend limit is reached",
        {"Reason": "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"},
    ),
    "999006": partial(
        ServiceError,
        "AccessDeniedException",
        "the account is disabled",
        {"Reason": "ACCOUNT_DISABLED"},
    ),
    "999007": partial(
        conflict,
        "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
        "the sandbox sends to verified numbers only",
    ),
    "999008": partial(invalid, "DESTINATION_COUNTRY_BLOCKED", "the country is blocked"),
}


def refusal(phone: str) -> ServiceError | None:
    """Say why nothing can be sent to this phone.

    >>> refusal("+436601234567") is None
    True
    >>> refusal("+43660999001").members["Reason"]
    'DESTINATION_PHONE_NUMBER_OPTED_OUT'
    """
    refuse = REFUSALS.get(phone[-SUFFIX_LENGTH:])
    return refuse() if refuse else None
