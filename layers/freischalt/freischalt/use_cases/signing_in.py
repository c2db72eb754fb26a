"""A name and a password → a session, whose token is shown once.

An attempt is reserved in a write of its own before the password is looked at: at most five
passwords are tried in five minutes, however many come at once, and one that is locked out costs no
hashing. A name that nobody has is reserved, hashed and locked like any other. What a crash leaves
behind: a reserved attempt counts as a wrong one; a session that nobody holds the token of ends by
itself.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from freischalt.account_ports import Delete, Hasher, Put, Ref, Seen, Totp, Unchanged
from freischalt.domain.ids import AccountNumber, UserId
from freischalt.domain.password import must_change
from freischalt.domain.purposes import SECOND_FACTOR, SESSION
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.sign_in import (
    ApiKey,
    Session,
    SignInAttempts,
    digest_of,
    is_locked,
    reserved,
)
from freischalt.domain.token import (
    ApiKeyToken,
    SessionToken,
    read_token,
    session_token,
    text_of_secret,
)
from freischalt.domain.user import Role, User, user_id
from freischalt.errors import LostRace
from freischalt.use_cases.office import RACES, Decided, Decision, Office, Result, decide
from freischalt.use_cases.races import until_it_holds

LOCKING = RACES + 1  # each lost race is somebody's attempt: after five the name is locked


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    name: str
    password: str
    totp: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """`token` is shown once. `must_change_password`: nothing else is possible before."""

    token: str
    user: UserId
    account: AccountNumber | None
    must_change_password: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Who may sign in here, and what checks them; operators need a second factor."""

    role: Role
    hasher: Hasher
    totp: Totp


def sign_in(
    credentials: Credentials, gate: Gate, office: Office, request: Request
) -> SignedIn | Refusal:
    """Check the credentials once; each call is an attempt."""
    id_ = user_id(credentials.name)
    user = reserve_attempt(id_, office, request.at)
    if isinstance(user, Refusal):
        return user
    usable = user is not None and user.role is gate.role and user.validation is None
    stored = user.password.hash if user and user.password and usable else gate.hasher.of_nobody
    right = gate.hasher.matches(stored, credentials.password)
    if user is None or user.password is None or not usable or not right:
        return Refusal(RefusalCode.WRONG_CREDENTIALS)
    step = None
    if user.role is Role.OPERATOR:
        step = _second_factor(user, credentials.totp, gate, office, request.at)
        if step is None:
            return Refusal(RefusalCode.WRONG_CREDENTIALS)
    return _open(user, step, office, request)


def reserve_attempt(id_: UserId, office: Office, now: datetime) -> User | Refusal | None:
    """Count this attempt before the password is looked at, unless the name is locked."""
    refs = Ref(User, (id_,)), Ref(SignInAttempts, (id_,))

    def once() -> User | Refusal | None:
        seen = office.records.read(*refs)
        user = seen[refs[0]]
        attempts = seen[refs[1]] or SignInAttempts(user=id_)
        if is_locked(attempts, now):
            return Refusal(RefusalCode.SIGN_IN_LOCKED, until=attempts.locked_until)
        primary = user.primary if user else None
        office.records.write(Put(replace(reserved(attempts, now), account=primary)))
        return user if user and not user.is_gone(now) else None

    return until_it_holds(once, office.pause, tries=LOCKING)


def _second_factor(
    user: User, digits: str | None, gate: Gate, office: Office, now: datetime
) -> int | None:
    """The time step of the digits, if they are right and were not used before."""
    if user.second_factor is None or digits is None:
        return None
    secret = office.secrets.secret(SECOND_FACTOR, user.second_factor)
    step = gate.totp.step(secret, digits, now)
    return step if step is not None and step > user.last_totp else None


def _open(user: User, step: int | None, office: Office, request: Request) -> SignedIn | Refusal:
    """The session, if the user is still as the password was checked; attempts are cleared.

    Of a repeated request the nonce is the first one's, and so is the token.
    """
    users, attempts = Ref(User, (user.id,)), Ref(SignInAttempts, (user.id,))
    secret = _secret(user, request.nonce, office)

    def once(seen: Seen) -> Decision:
        stored, counted = seen[users], seen[attempts]
        if stored is None or stored.password != user.password:
            return Refusal(RefusalCode.WRONG_CREDENTIALS)  # it was changed while we hashed
        if step is not None and step <= stored.last_totp:
            return Refusal(RefusalCode.WRONG_CREDENTIALS)
        kept = Unchanged(stored) if step is None else Put(replace(stored, last_totp=step))
        cleared = (Delete(counted),) if counted and counted.version else ()
        session = Session(
            user=user.id,
            digest=digest_of(text_of_secret(secret)),
            account=user.primary,
            epoch=stored.epoch,
            created_at=request.at,
            used_at=request.at,
        )
        return Decided({"nonce": request.nonce}, (kept, *cleared, Put(session)))

    result = decide(office, request, (users, attempts), once)
    if isinstance(result, Refusal):
        return result
    if result["nonce"] != request.nonce:
        secret = _secret(user, result["nonce"], office)
        clear_attempts(user.id, office)
        if not _is_open(user, secret, office, request.at):
            return Refusal(RefusalCode.IDEMPOTENCY_KEY_REUSED)
    return SignedIn(
        token=session_token(user.id, secret),
        user=user.id,
        account=user.primary,
        must_change_password=user.password is None or must_change(user.password, request.at),
    )


def _secret(user: User, nonce: str, office: Office) -> bytes:
    return office.secrets.secret(SESSION, f"{user.id}|{nonce}")


def clear_attempts(user: UserId, office: Office) -> None:
    """The password was right after all; an attempt that comes between stays counted."""
    ref = Ref(SignInAttempts, (user,))
    counted = office.records.read(ref)[ref]
    if counted and counted.version:
        with suppress(LostRace):
            office.records.write(Delete(counted))


def _is_open(user: User, secret: bytes, office: Office, now: datetime) -> bool:
    """Whether the session of a repeated request still opens anything."""
    users = Ref(User, (user.id,))
    sessions = Ref(Session, (user.id, digest_of(text_of_secret(secret))))
    seen = office.records.read(users, sessions)
    stored, session = seen[users], seen[sessions]
    if stored is None or session is None:
        return False
    return session.epoch == stored.epoch and not session.is_over(now)


# --- who a token is


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who calls: a user in a session, or a machine with a key; `actor` is how the trail names it.

    `lacks` are the documents to accept first; `session` is the digest that signing out removes.
    """

    actor: str
    role: Role
    user: UserId | None
    account: AccountNumber | None
    session: str = ""
    lacks: tuple[str, ...] = ()
    must_change_password: bool = False


def principal_of(token: str, role: Role, office: Office, *, now: datetime) -> Principal | None:
    """Who holds this token, or None; one read, and a note of its use every five minutes."""
    match read_token(token):
        case SessionToken(user=user, secret=secret):
            return _of_session(user, digest_of(secret), role, office, now)
        case ApiKeyToken(account=account, secret=secret) if role is Role.CUSTOMER:
            return _of_key(account, digest_of(secret), office, now)
    return None


def _of_session(
    user_id_: UserId, digest: str, role: Role, office: Office, now: datetime
) -> Principal | None:
    refs = Ref(User, (user_id_,)), Ref(Session, (user_id_, digest))
    seen = office.records.read(*refs)
    user, session = seen[refs[0]], seen[refs[1]]
    if user is None or session is None or user.role is not role:
        return None
    if session.epoch != user.epoch or session.is_over(now):
        return None
    if session.note_is_due(now):
        _note(office, replace(session, used_at=now))
    return principal_of_user(user, session, office, now)


def principal_of_user(user: User, session: Session, office: Office, now: datetime) -> Principal:
    return Principal(
        actor=f"{'operator' if user.role is Role.OPERATOR else 'user'}:{user.id}",
        role=user.role,
        user=user.id,
        account=session.account,
        session=session.digest,
        lacks=user.lacks(office.catalogue.versions) if user.role is Role.CUSTOMER else (),
        must_change_password=user.password is None or must_change(user.password, now),
    )


def _of_key(account: AccountNumber, digest: str, office: Office, now: datetime) -> Principal | None:
    ref = Ref(ApiKey, (account, digest))
    key = office.records.read(ref)[ref]
    if key is None or key.revoked_at:
        return None
    if key.note_is_due(now):
        _note(office, replace(key, used_at=now))
    return Principal(actor=f"key:{key.id}", role=Role.CUSTOMER, user=None, account=key.account)


def _note(office: Office, used: Session | ApiKey) -> None:
    """Whoever notes it first is enough; a sign-out that comes between stays."""
    with suppress(LostRace):
        office.records.write(Put(used))


def principal_anew(principal: Principal, office: Office, *, now: datetime) -> Principal | Refusal:
    """Who it is now, if the session still opens anything; a machine stays who it is."""
    if principal.user is None:
        return principal
    refs = Ref(User, (principal.user,)), Ref(Session, (principal.user, principal.session))
    seen = office.records.read(*refs)
    user, session = seen[refs[0]], seen[refs[1]]
    if user is None or session is None:
        return Refusal(RefusalCode.WRONG_CREDENTIALS)
    if session.epoch != user.epoch or session.is_over(now):
        return Refusal(RefusalCode.WRONG_CREDENTIALS)
    return principal_of_user(user, session, office, now)


# --- ending sessions


def sign_out(user: UserId, digest: str, office: Office, request: Request) -> Result | Refusal:
    ref = Ref(Session, (user, digest))

    def once(seen: Seen) -> Decision:
        session = seen[ref]
        return Decided({}, (Delete(session),) if session else ())

    return decide(office, request, (ref,), once)


def end_all_sessions(user_id_: UserId, office: Office, request: Request) -> Result | Refusal:
    ref = Ref(User, (user_id_,))

    def once(seen: Seen) -> Decision:
        user = seen[ref]
        if user is None:
            return Refusal(RefusalCode.NOT_FOUND)
        return Decided({}, (Put(replace(user, epoch=user.epoch + 1)),))

    return decide(office, request, (ref,), once)
