"""The stored shape of accounts and imports, which the SMS worker does not need (see `items`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.items import lock_values, locks_of, millis, moment
from freischalt.adapters.vat_items import standing_of, standing_values
from freischalt.domain.account import Account
from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.ids import AccountNumber, ImportId, UserId
from freischalt.domain.latin import LatinCompany
from freischalt.domain.release_file import ImportProgress, ImportState


def account_item(account: Account, *, version: int) -> Wire:
    since = account.erasing_since
    due = {"due": keys.DUE_ERASURES, "due_at": millis(since)} if since else {}
    return keys.account(account.number) | to_item(
        {
            "number": account.number,
            "company": account.company,
            "phones": account.phones or None,
            "locks": lock_values(account.locks) or None,
            "confirms_orders": account.confirms_orders or None,
            "registrant": registrant_values(account.registrant) if account.registrant else None,
            "users": account.users or None,
            "erased": account.erased or None,
            "changed_by": account.changed_by,
            "vat": standing_values(account.vat) if account.vat else None,
            "buys_without_vat_id": account.buys_without_vat_id or None,
            "plants": account.plants or None,
            "ended_plants": account.ended_plants or None,
            "lists": account.lists or None,
            "version": version,
            "created_at": millis(account.created_at),
            **due,
        }
    )


def account_of(number: AccountNumber, item: Mapping[str, Any] | None) -> Account | None:
    if item is None:
        return None
    read = from_item(item)
    return Account(
        number=number,
        company=read["company"],
        phones=tuple(read.get("phones", ())),
        locks=locks_of(read.get("locks", ())),
        confirms_orders=read.get("confirms_orders", False),
        registrant=registrant_of(read["registrant"]) if "registrant" in read else None,
        users=tuple(UserId(user) for user in read.get("users", ())),
        erased=read.get("erased", False),
        erasing_since=moment(read["due_at"]) if "due_at" in read else None,
        changed_by=read.get("changed_by"),
        vat=standing_of(read["vat"]) if "vat" in read else None,
        buys_without_vat_id=read.get("buys_without_vat_id", False),
        plants=read.get("plants", 0),
        ended_plants=read.get("ended_plants", 0),
        lists=tuple(read.get("lists", ())),
        version=read["version"],
        created_at=moment(read["created_at"]),
    )


def registrant_values(registrant: Registrant) -> dict[str, object]:
    return {
        "kind": registrant.kind.value,
        "name": registrant.name,
        "street": registrant.address.street,
        "postal_code": registrant.address.postal_code,
        "city": registrant.address.city,
        "country": registrant.address.country,
        "vat_id": registrant.vat_id,
        "latin": registrant.latin
        and {
            "name": registrant.latin.name,
            "street": registrant.latin.street,
            "city": registrant.latin.city,
        },
    }


def registrant_of(read: Mapping[str, Any]) -> Registrant:
    address = Address(read["street"], read["postal_code"], read["city"], read["country"])
    latin = LatinCompany(**read["latin"]) if "latin" in read else None
    return Registrant(CustomerKind(read["kind"]), read["name"], address, read.get("vat_id"), latin)


def import_item(import_id: ImportId, *, rows: int, chunks: int, started_at: datetime) -> Wire:
    return keys.import_(import_id) | to_item(
        {
            "state": ImportState.WRITING,
            "next_chunk": 0,
            "rows": rows,
            "chunks": chunks,
            "started_at": millis(started_at),
        }
    )


def import_of(item: Mapping[str, Any] | None) -> ImportProgress | None:
    if item is None:
        return None
    read = from_item(item)
    return ImportProgress(ImportState(read["state"]), read["next_chunk"])
