"""The stored shape of users, sessions, locks and notices, and where each is kept."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.codec import Codec
from freischalt.adapters.items import (
    audit_item,
    audit_of,
    dongle_item,
    dongle_of,
    millis,
    moment,
    order_of,
    sender_of,
    service_of,
)
from freischalt.adapters.vat_items import due_item, due_of, record_item, record_of
from freischalt.adapters.vendor_items import (
    account_item,
    account_of,
    registrant_of,
    registrant_values,
)
from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry
from freischalt.domain.conversation import Sender, Service
from freischalt.domain.dongle import Dongle
from freischalt.domain.ids import (
    AccountNumber,
    LockId,
    PlantId,
    UserId,
)
from freischalt.domain.licence import CaratId
from freischalt.domain.locks import LockReason, LockRecord, LockScope
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.order import Order
from freischalt.domain.phone_check import PhoneCheck
from freischalt.domain.request import REPEATABLE_FOR, HandledRequest
from freischalt.domain.sign_in import IDLE_FOR, SESSION_LIVES, ApiKey, Session, SignInAttempts
from freischalt.domain.user import REGISTRATION_KEPT, Language, Link, Password, Role, User
from freischalt.domain.vat_record import VatDue, VatRecord

ATTEMPTS_KEPT = timedelta(hours=1)
NOTICES_KEPT = timedelta(days=14)
REVOKED_KEPT = timedelta(days=90)
CHECKS_KEPT = timedelta(days=1)


def seconds(at: datetime) -> int:
    """As TTL wants it."""
    return int(at.timestamp())


# --- users


def user_item(user: User, *, version: int) -> Wire:
    return keys.user(user.id) | to_item(
        {
            "name": user.name,
            "email": user.email,
            "language": user.language.value,
            "created_at": millis(user.created_at),
            "role": user.role.value,
            "accounts": user.accounts or None,
            "password": user.password and _password_values(user.password),
            "old_hashes": user.old_hashes or None,
            "accepted": dict(user.accepted) or None,
            "registration": user.registration and registrant_values(user.registration),
            "validation": user.validation and _link_values(user.validation),
            "reset": user.reset and _link_values(user.reset),
            "monitoring_since": user.monitoring_since and millis(user.monitoring_since),
            "epoch": user.epoch or None,
            "second_factor": user.second_factor,
            "invited_by": user.invited_by,
            "last_totp": user.last_totp or None,
            "version": version,
            "expires_at": seconds(user.created_at + REGISTRATION_KEPT) if user.validation else None,
        }
    )


def user_of(user_id: UserId, item: Mapping[str, Any] | None) -> User | None:
    if item is None:
        return None
    read = from_item(item)
    since = read.get("monitoring_since")
    return User(
        id=user_id,
        name=read["name"],
        email=read["email"],
        language=Language(read["language"]),
        created_at=moment(read["created_at"]),
        role=Role(read["role"]),
        accounts=tuple(AccountNumber(number) for number in read.get("accounts", ())),
        password=_password_of(read["password"]) if "password" in read else None,
        old_hashes=tuple(read.get("old_hashes", ())),
        accepted=read.get("accepted", {}),
        registration=registrant_of(read["registration"]) if "registration" in read else None,
        validation=_link_of(read["validation"]) if "validation" in read else None,
        reset=_link_of(read["reset"]) if "reset" in read else None,
        monitoring_since=None if since is None else moment(since),
        epoch=read.get("epoch", 0),
        second_factor=read.get("second_factor"),
        invited_by=read.get("invited_by"),
        last_totp=read.get("last_totp", 0),
        version=read["version"],
    )


def _password_values(password: Password) -> dict[str, object]:
    return {
        "hash": password.hash,
        "changed_at": millis(password.changed_at),
        "given": password.given or None,
    }


def _password_of(read: Mapping[str, Any]) -> Password:
    return Password(read["hash"], moment(read["changed_at"]), given=read.get("given", False))


def _link_values(link: Link) -> dict[str, object]:
    return {"nonce": link.nonce, "made_at": millis(link.made_at), "until": millis(link.until)}


def _link_of(read: Mapping[str, Any]) -> Link:
    return Link(read["nonce"], moment(read["made_at"]), moment(read["until"]))


# --- signing in


def attempts_item(attempts: SignInAttempts, *, version: int) -> Wire:
    last = attempts.locked_until or max(attempts.at)
    return keys.sign_in(attempts.user) | to_item(
        {
            "account": attempts.account,
            "at": [millis(at) for at in attempts.at],
            "locked_until": attempts.locked_until and millis(attempts.locked_until),
            "version": version,
            "expires_at": seconds(last + ATTEMPTS_KEPT),
        }
    )


def attempts_of(user: UserId, item: Mapping[str, Any] | None) -> SignInAttempts:
    read = from_item(item or {})
    until = read.get("locked_until")
    return SignInAttempts(
        user=user,
        account=read.get("account"),
        at=tuple(moment(at) for at in read.get("at", ())),
        locked_until=None if until is None else moment(until),
        version=read.get("version", 0),
    )


def session_item(session: Session, *, version: int) -> Wire:
    return keys.session(session.user, session.digest) | to_item(
        {
            "account": session.account,
            "epoch": session.epoch,
            "created_at": millis(session.created_at),
            "used_at": millis(session.used_at),
            "version": version,
            "expires_at": seconds(
                min(session.created_at + SESSION_LIVES, session.used_at + IDLE_FOR)
            ),
        }
    )


def session_of(user: str, digest: str, item: Mapping[str, Any] | None) -> Session | None:
    if item is None:
        return None
    read = from_item(item)
    return Session(
        user=UserId(user),
        digest=digest,
        account=read.get("account"),
        epoch=read["epoch"],
        created_at=moment(read["created_at"]),
        used_at=moment(read["used_at"]),
        version=read["version"],
    )


def api_key_item(key: ApiKey, *, version: int) -> Wire:
    return keys.api_key(key.account, key.digest) | to_item(
        {
            "id": key.id,
            "name": key.name,
            "created_by": key.created_by,
            "created_at": millis(key.created_at),
            "used_at": key.used_at and millis(key.used_at),
            "revoked_at": key.revoked_at and millis(key.revoked_at),
            "revoked_by": key.revoked_by,
            "version": version,
            "expires_at": seconds(key.revoked_at + REVOKED_KEPT) if key.revoked_at else None,
        }
    )


def api_key_of(account: str, digest: str, item: Mapping[str, Any] | None) -> ApiKey | None:
    if item is None:
        return None
    read = from_item(item)
    used, revoked = read.get("used_at"), read.get("revoked_at")
    return ApiKey(
        account=AccountNumber(account),
        digest=digest,
        id=read["id"],
        name=read["name"],
        created_by=read["created_by"],
        created_at=moment(read["created_at"]),
        used_at=None if used is None else moment(used),
        revoked_at=None if revoked is None else moment(revoked),
        revoked_by=read.get("revoked_by"),
        version=read["version"],
    )


# --- what is asked for


def request_item(request: HandledRequest, *, version: int) -> Wire:
    return keys.request(request.id) | to_item(
        {
            "fingerprint": request.fingerprint,
            "result": dict(request.result),
            "at": millis(request.at),
            "version": version,
            "expires_at": seconds(request.at + REPEATABLE_FOR),
        }
    )


def request_of(request_id: str, item: Mapping[str, Any] | None) -> HandledRequest | None:
    if item is None:
        return None
    read = from_item(item)
    return HandledRequest(
        id=request_id,
        fingerprint=read["fingerprint"],
        result=read["result"],
        at=moment(read["at"]),
        version=read["version"],
    )


def check_item(check: PhoneCheck, *, version: int) -> Wire:
    return keys.phone_check(check.account, check.phone) | to_item(
        {
            "nonce": check.nonce,
            "until": millis(check.until),
            "wrong_tries": check.wrong_tries,
            "sent": check.sent,
            "version": version,
            "expires_at": seconds(check.until + CHECKS_KEPT),
        }
    )


def check_of(account: str, phone: str, item: Mapping[str, Any] | None) -> PhoneCheck | None:
    if item is None:
        return None
    read = from_item(item)
    return PhoneCheck(
        account=AccountNumber(account),
        phone=phone,
        nonce=read["nonce"],
        until=moment(read["until"]),
        wrong_tries=read["wrong_tries"],
        sent=read.get("sent", 1),
        version=read["version"],
    )


# --- locks


def lock_item(lock: LockRecord, time_zone: tzinfo, *, version: int) -> Wire:
    item: dict[str, object] = {
        "id": lock.id,
        "account": lock.account,
        "carat_id": lock.carat_id,
        "plant": lock.plant,
        "reason": lock.reason.value,
        "scope": lock.scope.value,
        "note": lock.note,
        "private_note": lock.private_note,
        "set_by": lock.set_by,
        "set_at": millis(lock.set_at),
        "until": lock.until and lock.until.isoformat(),
        "lifted_by": lock.lifted_by,
        "lifted_at": lock.lifted_at and millis(lock.lifted_at),
        "resolution": lock.resolution,
        "ended_at": lock.ended_at and millis(lock.ended_at),
        "version": version,
    }
    if lock.until and not lock.is_over:
        free = datetime.combine(lock.until, datetime.min.time(), time_zone)
        item |= {"due": keys.due_lock(lock.id), "due_at": millis(free)}
    return keys.lock(lock.account, lock.id) | to_item(item)


def lock_of(item: Mapping[str, Any]) -> LockRecord:
    read = from_item(item)
    lifted, ended = read.get("lifted_at"), read.get("ended_at")
    return LockRecord(
        id=LockId(read["id"]),
        account=AccountNumber(read["account"]),
        carat_id=CaratId(read["carat_id"]) if "carat_id" in read else None,
        reason=LockReason(read["reason"]),
        scope=LockScope(read["scope"]),
        note=read["note"],
        private_note=read["private_note"],
        set_by=read["set_by"],
        set_at=moment(read["set_at"]),
        until=date.fromisoformat(read["until"]) if "until" in read else None,
        lifted_by=read.get("lifted_by"),
        lifted_at=None if lifted is None else moment(lifted),
        resolution=read.get("resolution"),
        ended_at=None if ended is None else moment(ended),
        plant=PlantId(read["plant"]) if "plant" in read else None,
        version=read["version"],
    )


# --- notices


def notice_item(notice: Notice, *, version: int) -> Wire:
    return keys.notice(notice.id) | to_item(
        {
            "kind": notice.kind.value,
            "to": notice.to,
            "language": notice.language.value,
            "created_at": millis(notice.created_at),
            "details": dict(notice.details),
            "version": version,
            "due": keys.due_notice(notice.id),
            "due_at": millis(notice.created_at),
            "expires_at": seconds(notice.created_at + NOTICES_KEPT),
        }
    )


def notice_of(item: Mapping[str, Any]) -> Notice:
    read = from_item(item)
    return Notice(
        id=item["PK"]["S"].partition("#")[2],
        kind=NoticeKind(read["kind"]),
        to=read["to"],
        language=Language(read["language"]),
        created_at=moment(read["created_at"]),
        details=read["details"],
        version=read["version"],
    )


# --- all of them


def _service_key() -> keys.Key:
    return keys.SERVICE


ACCOUNT_CODECS: dict[type, Codec] = {
    User: Codec(
        keys.user,
        lambda user: (user.id,),
        lambda id_, item: user_of(UserId(id_[0]), item),
        lambda user, _, version: user_item(user, version=version),
    ),
    SignInAttempts: Codec(
        keys.sign_in,
        lambda attempts: (attempts.user,),
        lambda id_, item: attempts_of(UserId(id_[0]), item),
        lambda attempts, _, version: attempts_item(attempts, version=version),
    ),
    Session: Codec(
        keys.session,
        lambda session: (session.user, session.digest),
        lambda id_, item: session_of(id_[0], id_[1], item),
        lambda session, _, version: session_item(session, version=version),
    ),
    ApiKey: Codec(
        keys.api_key,
        lambda key: (key.account, key.digest),
        lambda id_, item: api_key_of(id_[0], id_[1], item),
        lambda key, _, version: api_key_item(key, version=version),
        prefix=keys.API_KEY,
    ),
    HandledRequest: Codec(
        keys.request,
        lambda request: (request.id,),
        lambda id_, item: request_of(id_[0], item),
        lambda request, _, version: request_item(request, version=version),
    ),
    PhoneCheck: Codec(
        keys.phone_check,
        lambda check: (check.account, check.phone),
        lambda id_, item: check_of(id_[0], id_[1], item),
        lambda check, _, version: check_item(check, version=version),
        prefix=keys.CHECK,
    ),
    LockRecord: Codec(
        keys.lock,
        lambda lock: (lock.account, lock.id),
        lambda _, item: lock_of(item) if item else None,
        lambda lock, zone, version: lock_item(lock, zone, version=version),
        prefix=keys.LOCK,
    ),
    Notice: Codec(
        keys.notice,
        lambda notice: (notice.id,),
        lambda _, item: notice_of(item) if item else None,
        lambda notice, _, version: notice_item(notice, version=version),
    ),
    Account: Codec(
        keys.account,
        lambda account: (account.number,),
        lambda id_, item: account_of(AccountNumber(id_[0]), item),
        lambda account, _, version: account_item(account, version=version),
    ),
    Dongle: Codec(
        keys.dongle,
        lambda dongle: (dongle.carat_id,),
        lambda id_, item: dongle_of(CaratId(id_[0]), item),
        lambda dongle, _, version: dongle_item(dongle, version=version),
    ),
    Sender: Codec(
        keys.phone,
        lambda phone: (phone.phone,),
        lambda id_, item: sender_of(id_[0], item),
    ),
    AuditEntry: Codec(
        keys.audit,  # for those of a dongle; an account's are written from the stream
        lambda entry: (entry.carat_id, entry.at, entry.id),
        lambda id_, item: audit_of(CaratId(id_[0]), item) if item else None,
        lambda entry, *_: audit_item(entry),
    ),
    VatDue: Codec(
        keys.vat_due,
        lambda due: (due.account,),
        lambda _, item: due_of(item) if item else None,
        lambda due, _, version: due_item(due, version=version),
    ),
    VatRecord: Codec(
        keys.vat_record,
        lambda record: (record.account, record.id),
        lambda id_, item: record_of(id_[0], item) if item else None,
        lambda record, _, version: record_item(record, version=version),
        prefix=keys.VAT_RECORD,
    ),
    Order: Codec(
        keys.order,
        lambda order: (order.number,),
        lambda _, item: order_of(item) if item else None,
    ),
    Service: Codec(_service_key, lambda _: (), lambda _, item: service_of(item)),
}
