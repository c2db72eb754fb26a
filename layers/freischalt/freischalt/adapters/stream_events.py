"""Changes of the table as its stream brings them, read into our own shapes."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from freischalt.adapters.account_events import Row, account_entries, rows
from freischalt.adapters.account_items import notice_of
from freischalt.adapters.attribute_values import from_item
from freischalt.adapters.billing_event_items import billing_event_of
from freischalt.adapters.items import EPOCH, MILLISECOND, STAGED, moment, order_of
from freischalt.adapters.keys import VAT_DUE
from freischalt.adapters.vat_items import due_of
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.billing_event import BillingEvent
from freischalt.domain.licence import CaratId, LicenceNumber
from freischalt.domain.notice import Notice
from freischalt.domain.order import Order
from freischalt.domain.vat_record import VatDue
from freischalt.errors import MalformedMessage


def placed_order(record: Mapping[str, Any]) -> Order | None:
    """The order, if one was placed. Raises MalformedMessage if this version cannot read it."""
    change = record["dynamodb"]
    if record["eventName"] != "INSERT" or change["Keys"]["SK"]["S"] != "ORDER":
        return None
    try:
        return order_of(change["NewImage"])
    except (KeyError, ValueError) as error:
        raise MalformedMessage(f"{change['Keys']['PK']['S']}: not readable") from error


def committed_event(record: Mapping[str, Any]) -> BillingEvent | None:
    """What billing is to be told, if it was committed. Raises MalformedMessage as the others."""
    change = record["dynamodb"]
    if record["eventName"] != "INSERT" or change["Keys"]["SK"]["S"] != "EVENT":
        return None
    try:
        return billing_event_of(change["NewImage"])
    except (KeyError, ValueError) as error:
        raise MalformedMessage(f"{change['Keys']['PK']['S']}: not readable") from error


def committed_notice(record: Mapping[str, Any]) -> Notice | None:
    """The notice, if one was committed. Raises MalformedMessage if this version cannot read it."""
    change = record["dynamodb"]
    if record["eventName"] != "INSERT" or change["Keys"]["SK"]["S"] != "NOTICE":
        return None
    try:
        return notice_of(change["NewImage"])
    except (KeyError, ValueError) as error:
        raise MalformedMessage(f"{change['Keys']['PK']['S']}: not readable") from error


def due_vat_check(record: Mapping[str, Any]) -> VatDue | None:
    """What is to be asked, if this has just made it due. Raises MalformedMessage as the others."""
    change = record["dynamodb"]
    new = change.get("NewImage")
    if change["Keys"]["SK"]["S"] != VAT_DUE or not new or "claimed_by" in new:
        return None
    try:
        return due_of(new)
    except (KeyError, ValueError) as error:
        raise MalformedMessage(f"{change['Keys']['PK']['S']}: not readable") from error


def audit_entries(record: Mapping[str, Any]) -> list[AuditEntry]:
    """What one change of the table means for the audit trail: often nothing.

    Raises MalformedMessage if this version cannot read it.
    """
    try:
        return list(_audit_entries(record))
    except (KeyError, ValueError) as error:
        key = record["dynamodb"]["Keys"]["PK"]["S"]
        raise MalformedMessage(f"{key}: not readable") from error


def _audit_entries(record: Mapping[str, Any]) -> Iterator[AuditEntry]:
    change = record["dynamodb"]
    new, old = change.get("NewImage"), from_item(change.get("OldImage") or {})
    if not new:
        return
    match change["Keys"]["SK"]["S"]:
        case "MESSAGE" if "answer" in new and "answer" not in old:
            yield from _retrieved(change["Keys"]["PK"]["S"], from_item(new))
        case "ORDER" if not old:
            yield _ordered(order_of(new))
        case "DONGLE":
            yield from _staged(change["Keys"]["PK"]["S"], from_item(new), old, happened_at(change))
        case _:
            yield from account_entries(change["Keys"], from_item(new), old, happened_at(change))


def happened_at(change: Mapping[str, Any]) -> datetime:
    return EPOCH + int(change["ApproximateCreationDateTime"] * 1000) * MILLISECOND


def list_rows(record: Mapping[str, Any]) -> list[Row]:
    """The rows of lists that one change of the table adds or removes: often none.

    Raises MalformedMessage if this version cannot read it.
    """
    change = record["dynamodb"]
    old, new = (from_item(change.get(image) or {}) for image in ("OldImage", "NewImage"))
    try:
        return list(rows(change["Keys"], new, old, happened_at(change)))
    except (KeyError, ValueError) as error:
        raise MalformedMessage(f"{change['Keys']['PK']['S']}: not readable") from error


def actor_of(message_id: str) -> str:
    """Who sent it: requests over HTTP carry their actor before a slash.

    >>> actor_of("6f1c"), actor_of("user:anna/6f1c")
    ('sms:6f1c', 'user:anna')
    """
    actor, slash, _ = message_id.partition("/")
    return actor if slash else f"sms:{message_id}"


def _retrieved(message_key: str, message: Mapping[str, Any]) -> Iterator[AuditEntry]:
    answer = message["answer"]
    if answer["code"] != "CODE":
        return
    message_id = message_key.partition("#")[2]
    yield AuditEntry(
        carat_id=LicenceNumber.of(answer["number"]).carat_id,
        at=moment(message["committed_at"]),
        id=message_id,
        event=Event.RETRIEVED,
        actor=actor_of(message_id),
        account=message["account"],
        details={
            "type": answer["type"],
            "licence_number": answer["number"],
            "key_id": answer["key_id"],
        },
    )


def _ordered(order: Order) -> AuditEntry:
    return AuditEntry(
        carat_id=order.licence_number.carat_id,
        at=order.placed_at,
        id=order.number,
        event=Event.ORDERED,
        actor=actor_of(order.message_id),
        account=order.account,
        details={
            "order_number": order.number,
            "kind": order.kind.value,
            "type": str(order.type),
            "licence_number": str(order.licence_number),
            "net_cents": str(order.net_cents),
        },
    )


def _staged(
    dongle_key: str, new: Mapping[str, Any], old: Mapping[str, Any], at: datetime
) -> Iterator[AuditEntry]:
    for name in sorted(new.keys() - old.keys()):
        if not name.startswith(STAGED):
            continue
        import_id = name.removeprefix(STAGED)
        for account, grant in new[name].items():
            yield AuditEntry(
                carat_id=CaratId(dongle_key.partition("#")[2]),
                at=at,
                id=f"{import_id}#{account}",
                event=Event.GRANT_STAGED,
                actor=f"import:{import_id}",
                account=account,
                details={
                    "points": str(grant["points"]),
                    "e_protocol": "yes" if grant.get("e") else "no",
                },
            )
