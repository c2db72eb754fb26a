"""Sign-in: how many attempts there are, and how long a session lives.

Five attempts within five minutes lock the name for fifteen, known or not. An attempt is reserved
before the password is looked at, so that the count is exact however many come at once; a success
clears it.

>>> from datetime import UTC
>>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
>>> attempts = SignInAttempts(user=UserId("u"))
>>> for _ in range(5):
...     attempts = reserved(attempts, noon)
>>> attempts.locked_until - noon
datetime.timedelta(seconds=900)
>>> is_locked(attempts, noon), is_locked(attempts, noon + LOCKED_FOR)
(True, False)
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from freischalt.domain.ids import AccountNumber, UserId

TRIES = 5
WITHIN = timedelta(minutes=5)
LOCKED_FOR = timedelta(minutes=15)

SESSION_LIVES = timedelta(hours=12)
IDLE_FOR = timedelta(minutes=30)
USE_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempts:
    """The attempts that count for one name, known or not, successful ones not among them."""

    user: UserId
    account: AccountNumber | None = None
    at: tuple[datetime, ...] = ()
    locked_until: datetime | None = None
    version: int = 0


def is_locked(attempts: SignInAttempts, now: datetime) -> bool:
    return attempts.locked_until is not None and now < attempts.locked_until


def reserved(attempts: SignInAttempts, now: datetime) -> SignInAttempts:
    """With one attempt more; the fifth locks the name unless it turns out to be right."""
    recent = [] if attempts.locked_until else [at for at in attempts.at if now - at < WITHIN]
    recent.append(now)
    locked_until = now + LOCKED_FOR if len(recent) >= TRIES else None
    return replace(attempts, at=tuple(recent), locked_until=locked_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in; the token's secret is kept as a digest alone.

    Its use is noted at most every five minutes, so it ends 25 to 30 minutes after the last one.
    """

    user: UserId
    digest: str
    account: AccountNumber | None
    epoch: int
    created_at: datetime
    used_at: datetime
    version: int = 0

    def is_over(self, now: datetime) -> bool:
        return now - self.created_at >= SESSION_LIVES or now - self.used_at >= IDLE_FOR

    def note_is_due(self, now: datetime) -> bool:
        return now - self.used_at >= USE_NOTED_EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key for a machine client of an account; shown once, kept as a digest."""

    account: AccountNumber
    digest: str
    id: str
    name: str
    created_by: str
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    version: int = 0

    def note_is_due(self, now: datetime) -> bool:
        return self.used_at is None or now - self.used_at >= USE_NOTED_EVERY


def digest_of(secret: str) -> str:
    """What is stored of a token's secret: 256 random bits need no slow hash."""
    return sha256(secret.encode()).hexdigest()
