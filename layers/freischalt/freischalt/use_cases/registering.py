"""A customer registers → one mail with name, password and link → the link opens the account.

The mail's secrets are derived from a nonce when it is sent, and again when the link is opened: the
table never holds them. What a crash leaves behind: before the commit nothing; after it the notice,
which is sent until it is marked; the link's opening is one transaction as well.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace

from freischalt.account_ports import Change, Hasher, Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.address import Registrant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.password import initial_password
from freischalt.domain.purposes import ACCOUNT_NUMBER, INITIAL_PASSWORD, VALIDATION
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.token import LinkToken, text_of_secret
from freischalt.domain.user import VALIDATION_OPEN, Language, Link, Password, User, user_id
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide
from freischalt.use_cases.vat_checks import with_check

MOST_USERS = 20
"""Of one account: a lock tells each in its own transaction, which has room for a hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a new customer enters; `accepted` is the version of each document."""

    name: str
    email: str
    language: Language
    registrant: Registrant
    accepted: Mapping[str, str]


def register(registration: Registration, office: Office, request: Request) -> Result | Refusal:
    """Keep it until the link in the mail is opened. A taken name is told; an address never is."""
    id_ = user_id(registration.name)
    if refusal := not_accepted(registration.accepted, office.catalogue.versions):
        return refusal

    def once(seen: Seen) -> Decision:
        before = seen[Ref(User, (id_,))]
        if before and not before.is_gone(request.at):
            return Refusal(RefusalCode.USER_NAME_TAKEN)
        user = User(
            id=id_,
            name=registration.name,
            email=registration.email,
            language=registration.language,
            created_at=request.at,
            accepted=dict(registration.accepted),
            registration=registration.registrant,
            validation=_link(request),
            version=before.version if before else 0,
        )
        return Decided({"user": id_}, (Put(user), Put(validation_mail(user, request))))

    return decide(office, request, (Ref(User, (id_,)),), once)


def not_accepted(accepted: Mapping[str, str], current: Mapping[str, str]) -> Refusal | None:
    """Both documents, each in its current version, or nothing is kept."""
    wrong = [kind for kind, version in current.items() if accepted.get(kind) != version]
    if not wrong:
        return None
    problems = tuple(
        FieldProblem(f"/accepted/{kind}", f"must be the current version, {current[kind]}")
        for kind in wrong
    )
    return Refusal(RefusalCode.DOCUMENTS_NOT_ACCEPTED, problems=problems)


def invite(
    user: User, account: AccountNumber, office: Office, request: Request
) -> Result | Refusal:
    """The vendor's invitation: a user for an account that exists gets the same mail."""

    def once(seen: Seen) -> Decision:
        before, owner = seen[Ref(User, (user.id,))], seen[Ref(Account, (account,))]
        if owner is None or owner.erased:
            return Refusal(RefusalCode.NOT_FOUND)
        if len(owner.users) >= MOST_USERS:
            return Refusal(RefusalCode.TOO_MANY_USERS)
        if before and not before.is_gone(request.at):
            return Refusal(RefusalCode.USER_NAME_TAKEN)
        invited = replace(
            user,
            accounts=(account,),
            validation=_link(request),
            invited_by=request.actor,
            version=before.version if before else 0,
        )
        return Decided({"user": user.id}, (Put(invited), Put(validation_mail(invited, request))))

    return decide(office, request, (Ref(User, (user.id,)), Ref(Account, (account,))), once)


def _link(request: Request) -> Link:
    return Link(request.nonce, request.at, request.at + VALIDATION_OPEN)


def validation_mail(user: User, request: Request) -> Notice:
    return Notice(
        id=f"validate-{request.nonce}",
        kind=NoticeKind.VALIDATE_REGISTRATION,
        to=user.email,
        language=user.language,
        created_at=request.at,
        details={"user": user.id, "name": user.name, "nonce": request.nonce},
    )


def validate_registration(
    token: LinkToken, office: Office, hasher: Hasher, request: Request
) -> Result | Refusal:
    """Open the link: the account is there, and the mailed password can sign in, to be changed."""
    refused = Refusal(RefusalCode.LINK_NOT_VALID)

    def once(seen: Seen) -> Decision:
        user = seen[Ref(User, (token.user,))]
        link = user.validation if user else None
        if user is None or link is None or user.is_gone(request.at) or request.at >= link.until:
            return refused
        if not is_secret(token, office.secrets.secret(VALIDATION, link.nonce)):
            return refused
        given = initial_password(office.secrets.secret(INITIAL_PASSWORD, link.nonce))
        confirmed = replace(
            user,
            validation=None,
            registration=None,
            password=Password(hasher.hash(given), request.at, given=True),
            monitoring_since=user.monitoring_since or request.at,
        )
        if user.registration is None:  # invited to an account that exists
            owner = office.records.read(Ref(Account, user.accounts))[Ref(Account, user.accounts)]
            if owner is None or owner.erased:
                return refused
            if len(owner.users) >= MOST_USERS:
                return Refusal(RefusalCode.TOO_MANY_USERS)
            account = replace(owner, users=(*owner.users, user.id), changed_by=request.actor)
        else:
            account = Account(
                number=_number(office, link.nonce),
                company=user.registration.name,
                created_at=request.at,
                registrant=user.registration,
                users=(user.id,),
            )
            confirmed = replace(confirmed, accounts=(account.number,))
        result = {"user": user.id, "account": account.number}
        due: tuple[Change, ...] = ()
        if not account.version:
            account, due = with_check(account, None, office, request)
        return Decided(result, (Put(confirmed), Put(account), *due))

    return decide(office, request, (Ref(User, (token.user,)),), once)


def _number(office: Office, nonce: str) -> AccountNumber:
    """Twelve digits that nobody can foretell, and that a hotline can take down."""
    digits = int.from_bytes(office.secrets.secret(ACCOUNT_NUMBER, nonce)) % 10**12
    return AccountNumber(f"K{digits:012d}")


def is_secret(token: LinkToken, secret: bytes) -> bool:
    return hmac.compare_digest(token.secret, text_of_secret(secret))
