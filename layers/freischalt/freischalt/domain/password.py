"""The password policy (source 004, 4): each rule by itself, all broken ones told at once.

>>> broken_rules("secret")
[<PasswordRule.TOO_SHORT: 'TOO_SHORT'>, <PasswordRule.NO_DIGIT: 'NO_DIGIT'>, \
<PasswordRule.NO_SPECIAL: 'NO_SPECIAL'>]
>>> broken_rules("geheim-123")
[]
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from freischalt.domain.user import Password, User

SHORTEST = 8
LONGEST = 128
SPECIAL = frozenset("!@#$%^&*_-+=;:|./?()[]{}<>")
EXPIRES_AFTER = timedelta(days=365)
KEPT_AT_LEAST = timedelta(days=2)
REMEMBERED = 8
READABLE = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without what is easily taken for something else: 0 O, 1 l I i o."""


class PasswordRule(StrEnum):
    TOO_SHORT = "TOO_SHORT"
    TOO_LONG = "TOO_LONG"
    NO_LETTER = "NO_LETTER"
    NO_DIGIT = "NO_DIGIT"
    NO_SPECIAL = "NO_SPECIAL"
    TOO_YOUNG = "TOO_YOUNG"
    USED_BEFORE = "USED_BEFORE"


def broken_rules(password: str) -> list[PasswordRule]:
    """The rules that the password breaks by itself."""
    letters = [char for char in password if char.isascii()]
    return [
        rule
        for rule, broken in {
            PasswordRule.TOO_SHORT: len(password) < SHORTEST,
            PasswordRule.TOO_LONG: len(password) > LONGEST,
            PasswordRule.NO_LETTER: not any(char.isalpha() for char in letters),
            PasswordRule.NO_DIGIT: not any(char.isdigit() for char in letters),
            PasswordRule.NO_SPECIAL: not SPECIAL & set(password),
        }.items()
        if broken
    ]


def rules_broken_by_change(
    user: User, new: str, *, matches: Callable[[str, str], bool], now: datetime
) -> list[PasswordRule]:
    """All rules that this change of the password breaks. `matches` is asked (hash, password)."""
    broken = broken_rules(new)
    current = user.password
    if current and not may_change(current, now):
        broken.append(PasswordRule.TOO_YOUNG)
    known = (*user.old_hashes, *([current.hash] if current else []))
    if PasswordRule.TOO_LONG not in broken and any(matches(old, new) for old in known):
        broken.append(PasswordRule.USED_BEFORE)
    return broken


def may_change(password: Password, now: datetime) -> bool:
    """A chosen password stays for two days; a given or an expired one may go at once."""
    return password.given or now - password.changed_at >= KEPT_AT_LEAST


def must_change(password: Password, now: datetime) -> bool:
    return password.given or now - password.changed_at >= EXPIRES_AFTER


def remembered(user: User) -> tuple[str, ...]:
    """The hashes of the previous passwords, once the current one is replaced."""
    current = (user.password.hash,) if user.password else ()
    return (*user.old_hashes, *current)[-REMEMBERED:]


def initial_password(secret: bytes) -> str:
    """Sixteen characters that keep the policy, from 32 derived bytes: 70 bits are theirs.

    >>> password = initial_password(bytes(range(32)))
    >>> password, broken_rules(password)
    ('abcd-efgh-jkmn-6', [])
    """
    letters = "".join(READABLE[byte % len(READABLE)] for byte in secret[:12])
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}-{secret[12] % 8 + 2}"
