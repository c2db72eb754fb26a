"""A number is somebody's if six digits that were sent to it come back: ten minutes, five tries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from freischalt.domain.ids import AccountNumber

OPEN_FOR = timedelta(minutes=10)
TRIES = 5
MOST_PHONES = 50
MOST_TEXTS = 3
"""To one number within a day."""
MOST_CHECKS = 10
"""Numbers that one account may have checked within a day: texts cost, and strangers want none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCheck:
    """A number that waits for its code; the digits are derived from `nonce`."""

    account: AccountNumber
    phone: str
    nonce: str
    until: datetime
    wrong_tries: int = 0
    sent: int = 1
    version: int = 0

    def is_open(self, now: datetime) -> bool:
        return now < self.until and self.wrong_tries < TRIES


def six_digits(secret: bytes) -> str:
    """The digits as they are sent.

    >>> six_digits(bytes(31) + b"!")
    '000033'
    """
    return f"{int.from_bytes(secret) % 1_000_000:06d}"
