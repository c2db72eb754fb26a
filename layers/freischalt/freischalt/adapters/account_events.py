"""Changes of the table, as an account's trail and its lists have them.

Each entry's id, and each row's key, is made of what changed: the same change, read again, makes the
same entry and the same row.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.items import STAGED, moment
from freischalt.adapters.plant_events import of_activation, of_plant
from freischalt.adapters.repair_events import of_repair
from freischalt.adapters.term_order_events import of_term_order, of_withdrawal
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.ids import AccountNumber, OrderNumber
from freischalt.domain.licence import CaratId

type Item = Mapping[str, Any]
type Entry = Callable[..., AuditEntry]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list, to be there or to be gone."""

    key: keys.Key
    gone: bool = False


def account_entries(
    key: Mapping[str, Any], new: Item, old: Item, at: datetime
) -> Iterator[AuditEntry]:
    """What one change of an account, a user, a lock, a key or the switch means for its trail."""
    owner, kind = key["PK"]["S"].partition("#")[2], key["SK"]["S"]
    version = new.get("version", 0)

    def entry(
        event: Event, account: str | None, actor: str, when: int | None = None, **details: str
    ) -> AuditEntry:
        return AuditEntry(
            carat_id=None,
            at=at if when is None else moment(when),  # the stream's own time is in whole seconds
            id=f"{event.value}-{kind.partition('#')[2][-16:] or owner[-12:]}-{version}",
            event=event,
            actor=actor,
            account=account,
            details={name: value for name, value in details.items() if value},
        )

    for beginning, entries in KINDS.items():
        if kind.startswith(beginning):
            yield from entries(entry, owner, new, old)
            return


def _of_payment(entry: Entry, id_: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    """In the trail of the account whose money it is; of nobody's, in that of the switch."""
    account, what = new.get("account"), {"payment": id_, "order": new.get("order", "")}
    if not old:
        actor = new.get("recorded_by") or f"provider:{new['provider']}"
        more = {"amount_cents": str(new["amount_cents"]), "mismatch": new.get("mismatch", "")}
        yield entry(Event.PAYMENT_RECEIVED, account, actor, new["recorded_at"], **what, **more)
    elif any(new.get(name) != old.get(name) for name in ("settled_by", "settled_at", "note")):
        actor, when = new["settled_by"], new.get("settled_at")
        yield entry(Event.PAYMENT_SETTLED, account, actor, when, **what)
    if new.get("setbacks") != old.get("setbacks"):
        yield from _of_setbacks(entry, account, what, new, old)


def _of_setbacks(
    entry: Entry, account: str | None, what: Mapping[str, str], new: Item, old: Item
) -> Iterator[AuditEntry]:
    """How each stands now, and that it was settled; why is for the vendor's records."""
    known = {one["id"]: one for one in old.get("setbacks", ())}
    for one in new.get("setbacks", ()):
        before, about = known.get(one["id"], {}), {**what, "setback": one["id"]}
        if one["state"] != before.get("state"):
            failed = one["state"] == Event.REFUND_FAILED.value
            event = Event.REFUND_FAILED if failed else Event.PAYMENT_DISPUTED
            cents = str(one["amount_cents"])
            told = {**about, "state": one["state"], "amount_cents": cents}
            yield entry(event, account, f"provider:{new['provider']}", one["at"], **told)
        elif "settled_at" in one and "settled_at" not in before:
            by, when = one["settled_by"], one["settled_at"]
            yield entry(Event.SETBACK_SETTLED, account, by, when, **about)


def _of_switch(entry: Entry, _: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    on = new.get("maintenance", False)
    if on is not old.get("maintenance", False):
        when = new.get("switched_at")
        if when == old.get("switched_at"):  # by a version that does not say who
            yield entry(Event.MAINTENANCE_SWITCHED, None, "vendor", to="on" if on else "off")
            return
        actor = new["switched_by"]
        yield entry(Event.MAINTENANCE_SWITCHED, None, actor, when, to="on" if on else "off")


def _of_attempts(entry: Entry, user: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    if "account" in new and "locked_until" in new and "locked_until" not in old:
        yield entry(Event.SIGN_IN_LOCKED, new["account"], "nobody", user=user)


def _of_lock(entry: Entry, _: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    what = {
        "lock": new["id"],
        "licence": new.get("carat_id", "") or new.get("plant", ""),
        "reason": new["reason"],
        "until": new.get("until", ""),
    }
    if not old:
        yield entry(
            Event.LOCK_SET, new["account"], new["set_by"], new["set_at"], scope=new["scope"], **what
        )
    if "lifted_at" in new and "lifted_at" not in old:
        told = {**what, "resolution": new["resolution"]}
        yield entry(Event.LOCK_LIFTED, new["account"], new["lifted_by"], new["lifted_at"], **told)
    if "ended_at" in new and "ended_at" not in old:
        yield entry(Event.LOCK_ENDED, new["account"], "schedule", new["ended_at"], **what)


def _of_key(entry: Entry, account: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    if not old:
        yield entry(Event.API_KEY_MADE, account, new["created_by"], key=new["id"])
    if "revoked_at" in new and "revoked_at" not in old:
        yield entry(Event.API_KEY_REVOKED, account, new["revoked_by"], key=new["id"])


def _of_vat(entry: Entry, account: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    if old:
        return
    what = {"check": new["id"], "state": new["state"], "code": new.get("code", "")}
    if "by" in new:
        # the reason is for the vendor's records: the customer reads this trail
        yield entry(Event.VAT_DECIDED, account, new.get("by", "vendor"), new["at"], **what)
    elif not new.get("is_history"):
        yield entry(Event.VAT_CHECKED, account, "schedule", new["at"], **what)


def _of_account(entry: Entry, account: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    actor = new.get("changed_by", "vendor")
    before, after = old.get("phones", ()), new.get("phones", ())
    if added := [_masked(phone) for phone in after if phone not in before]:
        yield entry(Event.PHONE_REGISTERED, account, actor, phones=" ".join(added))
    if removed := [_masked(phone) for phone in before if phone not in after]:
        yield entry(Event.PHONE_RELEASED, account, actor, phones=" ".join(removed))
    if new.get("erased") and not old.get("erased"):
        yield entry(Event.ERASED, account, actor)
    elif old and new.get("registrant") != old.get("registrant"):
        yield entry(Event.ACCOUNT_CHANGED, account, actor)


def _masked(phone: str) -> str:
    return f"…{phone[-3:]}"


def _of_user(entry: Entry, user: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    actor = f"user:{user}"
    if not new.get("accounts"):
        return
    account = new["accounts"][0]
    if not old:
        yield entry(Event.REGISTERED, account, new.get("invited_by", actor), user=user)
    if old and "accounts" not in old:  # it had none until the link was opened
        yield entry(Event.REGISTERED, account, actor, new["created_at"])
    if old and "validation" not in new and "validation" in old:
        yield entry(Event.VALIDATED, account, actor)
    password, before = new.get("password", {}), old.get("password", {})
    changed = bool(before) and password.get("hash") != before.get("hash")
    if changed:
        yield entry(Event.PASSWORD_CHANGED, account, actor)
    if old and new.get("accepted") != old.get("accepted"):
        yield entry(Event.DOCUMENTS_ACCEPTED, account, actor, **new.get("accepted", {}))
    if new.get("epoch", 0) != old.get("epoch", 0) and not changed:
        yield entry(Event.SESSIONS_ENDED, account, actor)


KINDS: Mapping[str, Callable[[Entry, str, Item, Item], Iterator[AuditEntry]]] = {
    keys.LOCK: _of_lock,
    keys.API_KEY: _of_key,
    keys.VAT_RECORD: _of_vat,
    keys.REPAIR: of_repair,
    keys.PLANT: of_plant,
    keys.TERM_ORDER: of_term_order,
    keys.WITHDRAWAL: of_withdrawal,
    keys.SERIAL: of_activation,
    "PAYMENT": _of_payment,
    "ACCOUNT": _of_account,
    "USER": _of_user,
    "SERVICE": _of_switch,
    "SIGN_IN": _of_attempts,
}
"""What a sort key begins with, and what its changes mean."""


# --- rows of lists


def rows(key: Mapping[str, Any], new: Item, old: Item, at: datetime) -> Iterator[Row]:
    """Licences and orders of an account, and accounts by name."""
    owner, kind = key["PK"]["S"].partition("#")[2], key["SK"]["S"]
    if kind == "DONGLE":
        for account in sorted(_accounts(new) - _accounts(old)):
            yield Row(keys.licence_row(AccountNumber(account), at, CaratId(owner)))
    elif kind == "ORDER" and not old:
        placed = moment(new["placed_at"])
        yield Row(keys.order_row(AccountNumber(new["account"]), placed, OrderNumber(owner)))
    elif kind == "ACCOUNT":
        number = AccountNumber(owner)
        before, after = old.get("company"), new.get("company")
        if before != after and before:
            yield Row(keys.account_name(before, number), gone=True)
        if before != after and after and not new.get("erased"):
            yield Row(keys.account_name(after, number))


def _accounts(dongle: Item) -> set[str]:
    """All accounts with a release for it, staged ones among them."""
    found = set(dongle.get("releases", {}))
    for name, grants in dongle.items():
        if name.startswith(STAGED):
            found |= set(grants)
    return found
