"""Passwords hashed with Argon2id (RFC 9106), by argon2-cffi."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106's second recommendation: 64 MiB, three passes; one lane, as Lambda has a core for it
HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
OF_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


class Argon2Hasher:
    """Fits the port `Hasher`."""

    def hash(self, password: str) -> str:
        return HASHER.hash(password)

    def matches(self, hash_: str, password: str) -> bool:
        try:
            return HASHER.verify(hash_, password)
        except (VerificationError, InvalidHashError):
            return False

    @property
    def of_nobody(self) -> str:
        return OF_NOBODY
