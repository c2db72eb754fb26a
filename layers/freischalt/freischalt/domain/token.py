"""Tokens: opaque to who holds them; each says where to look, and has a secret of 256 bits.

    fs_<user id>_<secret>        a session
    fk_<account>_<secret>        an API key
    <user id>.<secret>           a link in a mail

>>> token = session_token(UserId("u" * 26), bytes(32))
>>> read_token(token)
SessionToken(user='uuuuuuuuuuuuuuuuuuuuuuuuuu')
>>> read_token("fs_nonsense") is None
True
"""

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

from freischalt.domain.ids import AccountNumber, UserId

SECRET = r"(?P<secret>[A-Za-z0-9_-]{43})"  # noqa: S105 - a pattern
SESSION = re.compile(rf"fs_(?P<user>[a-z2-7]{{26}})_{SECRET}")
API_KEY = re.compile(rf"fk_(?P<account>[0-9A-Za-z-]{{1,20}})_{SECRET}")
LINK = re.compile(rf"(?P<user>[a-z2-7]{{26}})\.{SECRET}")


@dataclass(frozen=True, slots=True)
class SessionToken:
    user: UserId
    secret: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class ApiKeyToken:
    account: AccountNumber
    secret: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class LinkToken:
    user: UserId
    secret: str = field(repr=False, default="")


def text_of_secret(secret: bytes) -> str:
    """43 characters for 32 bytes."""
    return urlsafe_b64encode(secret).decode().rstrip("=")


def session_token(user: UserId, secret: bytes) -> str:
    return f"fs_{user}_{text_of_secret(secret)}"


def api_key_token(account: AccountNumber, secret: bytes) -> str:
    return f"fk_{account}_{text_of_secret(secret)}"


def link_token(user: UserId, secret: bytes) -> str:
    return f"{user}.{text_of_secret(secret)}"


def read_token(text: str) -> SessionToken | ApiKeyToken | None:
    if session := SESSION.fullmatch(text):
        return SessionToken(UserId(session["user"]), session["secret"])
    if key := API_KEY.fullmatch(text):
        return ApiKeyToken(AccountNumber(key["account"]), key["secret"])
    return None


def read_link(text: str) -> LinkToken | None:
    link = LINK.fullmatch(text)
    return LinkToken(UserId(link["user"]), link["secret"]) if link else None
