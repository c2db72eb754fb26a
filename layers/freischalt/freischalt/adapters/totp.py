"""Time-based one-time passwords by pyotp; six digits, thirty seconds, one step of leeway."""

from base64 import b32encode
from datetime import datetime

from pyotp import TOTP

LEEWAY = (0, -1, 1)


def totp_of(secret: bytes) -> TOTP:
    """What an authenticator app is given: the first 20 bytes, as RFC 4226 advises."""
    return TOTP(b32encode(secret[:20]).decode())


class PyOtp:
    """Fits the port `Totp`."""

    def step(self, secret: bytes, digits: str, now: datetime) -> int | None:
        totp = totp_of(secret)
        for leeway in LEEWAY:
            step = totp.timecode(now) + leeway
            if totp.generate_otp(step) == digits:
                return step
        return None
