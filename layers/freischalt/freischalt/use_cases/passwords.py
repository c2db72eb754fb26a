"""Passwords are changed by who knows the current one, or reset by who opens a mailed link."""

from dataclasses import dataclass, field, replace

from freischalt.account_ports import Delete, Hasher, Put, Ref, Seen
from freischalt.domain.ids import UserId
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.password import PasswordRule, remembered, rules_broken_by_change
from freischalt.domain.purposes import RESET
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.request import HandledRequest, Request
from freischalt.domain.sign_in import Session, SignInAttempts
from freischalt.domain.token import LinkToken
from freischalt.domain.user import RESET_OPEN, Link, Password, Role, User, user_id
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide
from freischalt.use_cases.registering import is_secret
from freischalt.use_cases.signing_in import clear_attempts, reserve_attempt

RESETS_APART = RESET_OPEN / 15
"""A second mail within two minutes helps nobody but who wants to annoy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChange:
    """In the session with that digest."""

    user: UserId
    session: str
    current: str = field(repr=False)
    new: str = field(repr=False)


def change_password(
    change: PasswordChange, office: Office, hasher: Hasher, request: Request
) -> Result | Refusal:
    """Replace the password; every other session of the user ends, this one goes on.

    A wrong current password is a failed attempt, as when signing in.
    """
    attempt = reserve_attempt(change.user, office, request.at)
    if isinstance(attempt, Refusal):
        return attempt
    attempts = Ref(SignInAttempts, (change.user,))
    refs = Ref(User, (change.user,)), Ref(Session, (change.user, change.session)), attempts
    new = change.new

    def once(seen: Seen) -> Decision:
        user, session, counted = seen[refs[0]], seen[refs[1]], seen[attempts]
        if user is None or user.password is None or session is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if not hasher.matches(user.password.hash, change.current):
            return Refusal(RefusalCode.WRONG_CREDENTIALS)
        cleared = (Delete(counted),) if counted and counted.version else ()
        broken = rules_broken_by_change(user, new, matches=hasher.matches, now=request.at)
        if broken:
            return rules_refusal(broken, "/new")
        changed = replace(_with_password(user, new, hasher, request), epoch=user.epoch + 1)
        this = replace(session, epoch=changed.epoch)
        mail = _changed_mail(user, request)
        result = {"user": user.id, "nonce": request.nonce}
        return Decided(result, (Put(changed), Put(this), Put(mail), *cleared))

    result = decide(office, request, refs, once)
    if isinstance(result, Refusal):
        if result.code is RefusalCode.PASSWORD_RULES:
            clear_attempts(change.user, office)  # the current one was right
        return result
    if result["nonce"] != request.nonce:
        clear_attempts(change.user, office)  # of a repeated request
    return {"user": change.user}


def _with_password(user: User, new: str, hasher: Hasher, request: Request) -> User:
    return replace(
        user,
        password=Password(hasher.hash(new), request.at),
        old_hashes=remembered(user),
        reset=None,
    )


def _changed_mail(user: User, request: Request) -> Notice:
    return Notice(
        id=f"password-{request.nonce}",
        kind=NoticeKind.PASSWORD_CHANGED,
        to=user.email,
        language=user.language,
        created_at=request.at,
        details={"user": user.id, "name": user.name},
    )


def rules_refusal(broken: list[PasswordRule], pointer: str) -> Refusal:
    """All broken rules at once, each with its own code; `texts_api` has the sentences."""
    return Refusal(
        RefusalCode.PASSWORD_RULES,
        problems=tuple(FieldProblem(pointer, rule.value) for rule in broken),
    )


def ask_for_reset(name: str, office: Office, request: Request) -> Result | Refusal:
    """Mail a link, if there is such a user: whether there is one is never told."""
    ref = Ref(User, (user_id(name),))

    def once(seen: Seen) -> Decision:
        user = seen[ref]
        usable = user is not None and user.validation is None and user.role is Role.CUSTOMER
        if user is None or not usable:
            return Decided({}, _as_much_work(request))
        if user.reset and request.at - user.reset.made_at < RESETS_APART:
            return Decided({}, _as_much_work(request))
        link = Link(request.nonce, request.at, request.at + RESET_OPEN)
        mail = Notice(
            id=f"reset-{request.nonce}",
            kind=NoticeKind.RESET_PASSWORD,
            to=user.email,
            language=user.language,
            created_at=request.at,
            details={"user": user.id, "name": user.name, "nonce": request.nonce},
        )
        return Decided({}, (Put(replace(user, reset=link)), Put(mail)))

    return decide(office, request, (ref,), once)


def _as_much_work(request: Request) -> tuple[Put, ...]:
    """Two writes that mean nothing and are gone tomorrow: a name is not told by the time either."""
    nothing = [
        HandledRequest(id=f"{request.nonce}-{number}", fingerprint="", result={}, at=request.at)
        for number in (1, 2)
    ]
    return tuple(Put(one) for one in nothing)


def reset_password(
    token: LinkToken, new: str, office: Office, hasher: Hasher, request: Request
) -> Result | Refusal:
    """Open the link, once: the password is replaced and all sessions end.

    A chosen password may be replaced however young it is: it was forgotten.
    """
    ref = Ref(User, (token.user,))

    def once(seen: Seen) -> Decision:
        user = seen[ref]
        link = user.reset if user else None
        if user is None or link is None or request.at >= link.until:
            return Refusal(RefusalCode.LINK_NOT_VALID)
        if not is_secret(token, office.secrets.secret(RESET, link.nonce)):
            return Refusal(RefusalCode.LINK_NOT_VALID)
        forgotten = replace(user, password=user.password and replace(user.password, given=True))
        broken = rules_broken_by_change(forgotten, new, matches=hasher.matches, now=request.at)
        if broken:
            return rules_refusal(broken, "/password")
        changed = replace(_with_password(user, new, hasher, request), epoch=user.epoch + 1)
        return Decided({"user": user.id}, (Put(changed), Put(_changed_mail(user, request))))

    return decide(office, request, (ref,), once)
