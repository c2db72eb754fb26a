"""The stored shape of repair orders."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.book_items import charge_of, charge_values, day
from freischalt.adapters.items import millis, moment, moment_or_none
from freischalt.domain.ids import (
    AccountNumber,
    RepairOrderId,
    UserId,
)
from freischalt.domain.repair_order import (
    Offer,
    RepairContact,
    RepairDevice,
    RepairOrder,
    RepairState,
)
from freischalt.domain.user import Language


def repair_order_item(order: RepairOrder, *, version: int) -> Wire:
    device, offer = order.device, order.offer
    item: dict[str, object] = {
        "id": order.id,
        "account": order.account,
        "requested_by": order.requested_by,
        "requested_at": millis(order.requested_at),
        "contact": {
            "name": order.contact.name,
            "email": order.contact.email,
            "phone": order.contact.phone or None,
        },
        "device": {
            "category": device.category,
            "type": device.type,
            "serial": device.serial,
            "installed_on": device.installed_on and device.installed_on.isoformat(),
        },
        "remote_monitoring": order.remote_monitoring,
        "fault": order.fault,
        "special_settings": order.special_settings or None,
        "language": order.language.value,
        "state": order.state.value,
        "offer": offer
        and {
            "items": [{"text": text, "net_cents": cents} for text, cents in offer.items],
            "text": offer.text,
            "valid_until": offer.valid_until.isoformat(),
            "by": offer.by,
            "at": millis(offer.at),
            "vat": charge_values(offer.vat),
            "currency": offer.currency,
        },
        "answered_at": order.answered_at and millis(order.answered_at),
        "done_at": order.done_at and millis(order.done_at),
        "changed_by": order.changed_by,
        "version": version,
    }
    if since := order.waits_since:
        item |= {"due": keys.due_repair(order.state.value, order.id), "due_at": millis(since)}
    return keys.repair_order(order.account, order.id) | to_item(item)


def repair_order_of(item: Mapping[str, Any]) -> RepairOrder:
    read = from_item(item)
    contact, device, offer = read["contact"], read["device"], read.get("offer")
    return RepairOrder(
        id=RepairOrderId(read["id"]),
        account=AccountNumber(read["account"]),
        requested_by=UserId(read["requested_by"]),
        requested_at=moment(read["requested_at"]),
        contact=RepairContact(
            name=contact["name"], email=contact["email"], phone=contact.get("phone", "")
        ),
        device=RepairDevice(
            category=device["category"],
            type=device["type"],
            serial=device["serial"],
            installed_on=day(device.get("installed_on")),
        ),
        remote_monitoring=read["remote_monitoring"],
        fault=read["fault"],
        special_settings=read.get("special_settings", ""),
        language=Language(read["language"]),
        state=RepairState(read["state"]),
        offer=_offer_of(offer) if offer else None,
        answered_at=moment_or_none(read.get("answered_at")),
        done_at=moment_or_none(read.get("done_at")),
        changed_by=read.get("changed_by"),
        version=read["version"],
    )


def _offer_of(read: Mapping[str, Any]) -> Offer:
    return Offer(
        items=tuple((item["text"], item["net_cents"]) for item in read["items"]),
        text=read["text"],
        valid_until=date.fromisoformat(read["valid_until"]),
        by=read["by"],
        at=moment(read["at"]),
        vat=charge_of(read["vat"]),
        currency=read["currency"],
    )
