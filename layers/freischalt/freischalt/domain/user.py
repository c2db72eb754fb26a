"""Users: who signs in, for which accounts, with which password, having accepted what.

A user's id is a digest of the name: the name is unique because the id is, one read finds the user
by name, and logs that hold ids hold no names. Letter case does not make another name.

>>> user_id("Anna.Huber") == user_id("anna.huber")
True
>>> len(user_id("anna"))
26
>>> user_name("anna.huber"), email_address(" anna@example.org ")
('anna.huber', 'anna@example.org')
>>> user_name("a")
Traceback (most recent call last):
ValueError: a user name is 3 to 40 letters, digits, and . _ - @ between them
"""

import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from freischalt.domain.address import Registrant
from freischalt.domain.ids import AccountNumber, UserId

USER_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._@-]{1,38})[A-Za-z0-9]")
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"{ATOM}(\.{ATOM})*@({LABEL}\.)+[A-Za-z]{{2,63}}")
LONGEST_LOCAL_PART = 64
LONGEST_EMAIL = 254

REGISTRATION_KEPT = timedelta(days=7)
VALIDATION_OPEN = timedelta(hours=24)
RESET_OPEN = timedelta(minutes=30)


class Role(StrEnum):
    CUSTOMER = "customer"
    OPERATOR = "operator"


class Language(StrEnum):
    GERMAN = "de"
    ENGLISH = "en"


class DocumentKind(StrEnum):
    """What a user accepts, each in a version."""

    TERMS = "terms"
    PRIVACY = "privacy"


@dataclass(frozen=True, slots=True)
class Password:
    """`hash` is Argon2id's. One that was given to the user may be changed at once."""

    hash: str = field(repr=False)
    changed_at: datetime
    given: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was mailed: its secret is derived from `nonce` when it is sent and opened."""

    nonce: str
    made_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """`version` is 0 while nothing is stored. The first of `accounts` is the primary one.

    `registration` is what a new customer entered; it becomes an account when `validation`'s link
    is opened. `epoch` rises when all sessions are ended: an earlier session's no longer fits.
    `second_factor` is the nonce that an operator's TOTP secret is derived from.
    """

    id: UserId
    name: str
    email: str
    language: Language
    created_at: datetime
    role: Role = Role.CUSTOMER
    accounts: tuple[AccountNumber, ...] = ()
    password: Password | None = None
    old_hashes: tuple[str, ...] = field(default=(), repr=False)
    accepted: Mapping[str, str] = field(default_factory=dict)
    registration: Registrant | None = None
    validation: Link | None = None
    reset: Link | None = None
    monitoring_since: datetime | None = None
    epoch: int = 0
    second_factor: str | None = None
    invited_by: str | None = None
    last_totp: int = 0
    version: int = 0

    def is_gone(self, now: datetime) -> bool:
        """An unconfirmed registration disappears: TTL may be two days late, this is not."""
        return self.validation is not None and now - self.created_at >= REGISTRATION_KEPT

    @property
    def primary(self) -> AccountNumber | None:
        return self.accounts[0] if self.accounts else None

    def lacks(self, current: Mapping[str, str]) -> tuple[str, ...]:
        """The documents whose current version this user has not accepted."""
        return tuple(
            kind for kind, version in current.items() if self.accepted.get(kind) != version
        )


def user_id(name: str) -> UserId:
    digest = sha256(b"freischalt/user/v1|" + name.casefold().encode()).digest()
    return UserId(b32encode(digest[:16]).decode().rstrip("=").lower())


def user_name(text: str) -> str:
    if not USER_NAME.fullmatch(text):
        raise ValueError("a user name is 3 to 40 letters, digits, and . _ - @ between them")
    return text


def email_address(text: str) -> str:
    address = text.strip()
    local, _, _ = address.rpartition("@")
    too_long = len(address) > LONGEST_EMAIL or len(local) > LONGEST_LOCAL_PART
    if too_long or not EMAIL.fullmatch(address):
        raise ValueError("an e-mail address is written name@example.org")
    return address
