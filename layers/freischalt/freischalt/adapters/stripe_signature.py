"""Whether an event is Stripe's: its HMAC over the raw body, by Stripe's own library."""

from collections.abc import Callable

from stripe import SignatureVerificationError, WebhookSignature

TOLERANCE_SECONDS = 300
"""How old a signature may be; Stripe signs anew each time that it repeats an event."""


class StripeSignature:
    """`secret` is asked each time: it may have been changed."""

    def __init__(self, secret: Callable[[], str]) -> None:
        self._secret = secret

    def is_on(self, body: bytes, header: str) -> bool:
        try:
            WebhookSignature.verify_header(body, header, self._secret(), TOLERANCE_SECONDS)
        except (SignatureVerificationError, UnicodeError):
            return False
        return True
