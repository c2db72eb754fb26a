"""What all users of an account are told by mail, in the transaction that it is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from freischalt.account_ports import Change, Put
from freischalt.domain.account import Account
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.user import User
from freischalt.use_cases.office import Office, users_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """`cause` is the same whenever the same thing is told: so are the notices' ids."""

    kind: NoticeKind
    cause: str
    at: datetime
    details: Mapping[str, str]


def to_each_user(account: Account, telling: Telling, office: Office) -> tuple[Change, ...]:
    """One mail to each user whose address is confirmed, with the account and whom to call."""
    return to_users(users_of(account, office), account, telling, office)


def to_users(
    users: Iterable[User], account: Account, telling: Telling, office: Office
) -> tuple[Change, ...]:
    """The same for users who have been read."""
    hotline = office.catalogue.contacts.get("hotline", "")
    return tuple(
        Put(
            Notice(
                id=f"{telling.kind.value}-{telling.cause}-{user.id}",
                kind=telling.kind,
                to=user.email,
                language=user.language,
                created_at=telling.at,
                details={"account": account.number, **telling.details, "hotline": hotline},
            )
        )
        for user in users
        if user.validation is None
    )
