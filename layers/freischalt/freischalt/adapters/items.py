"""The stored shape of everything: the only place where domain and attributes meet.

Times are whole milliseconds since 1970, UTC; `expires_at` alone is seconds, as TTL wants it.
What is None, empty or false is not stored.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.conversation import Confirmation, HandledMessage, Sender, Service
from freischalt.domain.dongle import Dongle, Grant, RecentOrder, Release
from freischalt.domain.ids import AccountNumber, ImportId, KeyId, OrderNumber
from freischalt.domain.licence import (
    CaratId,
    LicenceNumber,
    LicenceType,
    UserInformation,
    licence_type,
)
from freischalt.domain.locks import Lock, LockReason, LockScope
from freischalt.domain.order import Order, OrderKind

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
SLOT = "reply_"
STAGED = "staged#"


def millis(at: datetime) -> int:
    return (at - EPOCH) // MILLISECOND


def moment(value: int) -> datetime:
    return EPOCH + value * MILLISECOND


def moment_or_none(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


YEARS_KEPT = 10
"""Books are kept ten years from the end of the year (§ 147 AO)."""


def kept_until(at: date) -> int:
    """As TTL wants it: ten years from the end of the year."""
    return int(datetime(at.year + YEARS_KEPT + 1, 1, 2, tzinfo=UTC).timestamp())


def _type(text: str) -> LicenceType:
    found = licence_type(text)
    if found is None:
        raise ValueError("a stored licence type is not readable")
    return found


# --- the switch


def service_of(item: Mapping[str, Any] | None) -> Service:
    read = from_item(item or {})
    return Service(
        maintenance=read.get("maintenance", False),
        unpublished=frozenset(ImportId(id_) for id_ in read.get("unpublished", {})),
    )


# --- phones


def sender_of(phone: str, item: Mapping[str, Any] | None) -> Sender:
    read = from_item(item or {})
    waiting = read.get("confirmation")
    turned_away_at = read.get("turned_away_at")
    return Sender(
        phone=phone,
        account=read.get("account"),
        revision=read.get("revision", 0),
        locks=locks_of(read.get("locks", ())),
        confirms_orders=read.get("confirms_orders", False),
        slots={
            int(name.removeprefix(SLOT)): moment(value)
            for name, value in read.items()
            if name.startswith(SLOT)
        },
        confirmation=confirmation_of(waiting) if waiting else None,
        turned_away_at=None if turned_away_at is None else moment(turned_away_at),
    )


def slot_name(slot: int) -> str:
    return f"{SLOT}{slot}"


def locks_of(values: Sequence[Mapping[str, Any]]) -> tuple[Lock, ...]:
    return tuple(
        Lock(
            until=date.fromisoformat(value["until"]) if "until" in value else None,
            id=value.get("id"),
            scope=LockScope(value.get("scope", LockScope.ALL)),
            reason=LockReason(value["reason"]) if "reason" in value else None,
            since=moment(value["since"]) if "since" in value else None,
        )
        for value in values
    )


def lock_values(locks: Sequence[Lock]) -> list[dict[str, object]]:
    return [
        {
            "until": lock.until and lock.until.isoformat(),
            "id": lock.id,
            "scope": None if lock.scope is LockScope.ALL else lock.scope.value,
            "reason": lock.reason and lock.reason.value,
            "since": lock.since and millis(lock.since),
        }
        for lock in locks
    ]


def confirmation_values(waiting: Confirmation) -> dict[str, object]:
    return {
        "nonce": waiting.nonce,
        "key_id": waiting.key_id,
        "type": str(waiting.type),
        "number": str(waiting.number),
        "fingerprint": waiting.fingerprint,
        "until": millis(waiting.until),
        "wrong_tries": waiting.wrong_tries,
        "order_number": waiting.order_number,
    }


def confirmation_of(read: Mapping[str, Any]) -> Confirmation:
    return Confirmation(
        nonce=read["nonce"],
        key_id=KeyId(read["key_id"]),
        type=_type(read["type"]),
        number=LicenceNumber.of(read["number"]),
        fingerprint=read["fingerprint"],
        until=moment(read["until"]),
        wrong_tries=read["wrong_tries"],
        order_number=read.get("order_number"),
    )


# --- messages


def answer_values(answer: Answer) -> dict[str, object]:
    return {
        "code": answer.code.value,
        "type": answer.type and str(answer.type),
        "number": answer.number and str(answer.number),
        "order_number": answer.order_number,
        "locked_until": answer.locked_until and answer.locked_until.isoformat(),
        "key_id": answer.key_id,
        "nonce": answer.nonce,
    }


def answer_of(read: Mapping[str, Any]) -> Answer:
    until = read.get("locked_until")
    return Answer(
        code=AnswerCode(read["code"]),
        type=_type(read["type"]) if "type" in read else None,
        number=LicenceNumber.of(read["number"]) if "number" in read else None,
        order_number=read.get("order_number"),
        locked_until=date.fromisoformat(until) if until else None,
        key_id=read.get("key_id"),
        nonce=read.get("nonce"),
    )


def message_of(item: Mapping[str, Any] | None) -> HandledMessage | None:
    if item is None:
        return None
    read = from_item(item)
    return HandledMessage(
        answer=answer_of(read["answer"]) if "answer" in read else None,
        attempt=read["attempt"],
        committed_at=moment(read["committed_at"]),
        answered="answered_at" in read,
        apologised="apologised_at" in read,
        fingerprint=read.get("fingerprint"),
    )


# --- dongles


def _grant_values(grant: Grant) -> dict[str, object]:
    return {
        "points": grant.points,
        "e": grant.e_protocol or None,
        "info": grant.user_information,
    }


def _release_values(release: Release) -> dict[str, object]:
    return {
        "points": release.points,
        "e": release.e_protocol or None,
        "info": release.user_information,
        "locks": lock_values(release.locks) or None,
        "fetched": release.fetched_points if release.user_information else None,
        "fetched_e": release.fetched_e or None,
    }


def _release_of(read: Mapping[str, Any]) -> Release:
    """What was stored before fetches were noted is taken as fetched if it is bound."""
    if "info" in read and "fetched" not in read:
        read = {**read, "fetched": read["points"], "fetched_e": read.get("e", False)}
    return Release(
        points=read["points"],
        e_protocol=read.get("e", False),
        user_information=_information(read),
        locks=locks_of(read.get("locks", ())),
        fetched_points=read.get("fetched", 0),
        fetched_e=read.get("fetched_e", False),
    )


def _information(read: Mapping[str, Any]) -> UserInformation | None:
    return UserInformation(read["info"]) if "info" in read else None


def staged_name(import_id: ImportId) -> str:
    return f"{STAGED}{import_id}"


def staged_values(grants: Mapping[AccountNumber, Grant]) -> dict[str, object]:
    return {account: _grant_values(grant) for account, grant in grants.items()}


def dongle_item(dongle: Dongle, *, version: int) -> Wire:
    staged = {
        staged_name(import_id): staged_values(grants) for import_id, grants in dongle.staged.items()
    }
    return keys.dongle(dongle.carat_id) | to_item(
        {
            "version": version,
            "key_id": dongle.key_id,
            "releases": {
                account: _release_values(release) for account, release in dongle.releases.items()
            },
            "recent_orders": [
                {"text": old.text, "number": old.order_number, "at": millis(old.at)}
                for old in dongle.recent_orders
            ]
            or None,
            **staged,
        }
    )


def dongle_of(carat_id: CaratId, item: Mapping[str, Any] | None) -> Dongle:
    read = from_item(item or {})
    return Dongle(
        carat_id=carat_id,
        version=read.get("version", 0),
        key_id=read.get("key_id"),
        releases={
            AccountNumber(account): _release_of(release)
            for account, release in read.get("releases", {}).items()
        },
        staged={
            ImportId(name.removeprefix(STAGED)): {
                AccountNumber(account): Grant(
                    grant["points"], grant.get("e", False), _information(grant)
                )
                for account, grant in grants.items()
            }
            for name, grants in read.items()
            if name.startswith(STAGED)
        },
        recent_orders=tuple(
            RecentOrder(old["text"], OrderNumber(old["number"]), moment(old["at"]))
            for old in read.get("recent_orders", ())
        ),
    )


# --- orders


def order_item(order: Order, time_zone: tzinfo) -> Wire:
    placed = order.placed_at.astimezone(time_zone)
    return keys.order(order.number) | to_item(
        {
            "number": order.number,
            "outbox_id": order.outbox_id,
            "account": order.account,
            "kind": order.kind.value,
            "type": str(order.type),
            "licence_number": str(order.licence_number),
            "net_cents": order.net_cents,
            "currency": order.currency,
            "placed_at": millis(order.placed_at),
            "message_id": order.message_id,
            "month": keys.month(order.number, placed),
            "expires_at": kept_until(order.placed_at),
            "due": keys.outbox(order.number),
            "due_at": millis(order.placed_at),
        }
    )


def order_of(item: Mapping[str, Any]) -> Order:
    read = from_item(item)
    return Order(
        number=OrderNumber(read["number"]),
        outbox_id=read["outbox_id"],
        account=AccountNumber(read["account"]),
        kind=OrderKind(read["kind"]),
        type=_type(read["type"]),
        licence_number=LicenceNumber.of(read["licence_number"]),
        net_cents=read["net_cents"],
        currency=read["currency"],
        placed_at=moment(read["placed_at"]),
        message_id=read["message_id"],
    )


# --- the audit trail


def audit_item(entry: AuditEntry) -> Wire:
    return _trail_key(entry) | to_item(
        {
            "at": millis(entry.at),
            "cause": entry.id,
            "event": entry.event.value,
            "actor": entry.actor,
            "account": entry.account,
            "details": dict(entry.details),
        }
    )


def _trail_key(entry: AuditEntry) -> keys.Key:
    if entry.carat_id:
        return keys.audit(entry.carat_id, entry.at, entry.id)
    if entry.account is None:
        return keys.switch_audit(entry.at, entry.id)
    return keys.account_audit(AccountNumber(entry.account), entry.at, entry.id)


def audit_of(carat_id: CaratId | None, item: Mapping[str, Any]) -> AuditEntry:
    read = from_item(item)
    return AuditEntry(
        carat_id=carat_id,
        at=moment(read["at"]),
        id=read["cause"],
        event=Event(read["event"]),
        actor=read["actor"],
        account=read.get("account"),
        details=read.get("details", {}),
    )
