"""Changes of plants and of the use of activation codes, as their account's trail has them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.ids import account_of

type Item = Mapping[str, Any]
type Entry = Callable[..., AuditEntry]


def of_plant(entry: Entry, account: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    actor, plant = new.get("changed_by", "vendor"), new["id"]
    if not old:
        yield entry(Event.PLANT_CREATED, account, actor, plant=plant)
        return
    if new["details"] != old["details"]:
        yield entry(Event.PLANT_CHANGED, account, actor, plant=plant)
    if new.get("extended_on") and new.get("extended_on") != old.get("extended_on"):
        power = str(new["power_w"])
        yield entry(Event.PLANT_OUTGROWN, account, actor, plant=plant, power_w=power)
    if "ended_at" in new and "ended_at" not in old:
        yield entry(Event.PLANT_ENDED, account, actor, new["ended_at"], plant=plant)
    published = " ".join(id_ for id_ in old.get("imports", ()) if id_ not in new.get("imports", ()))
    if published and (count := new["inverters"] - old["inverters"]) > 0:
        what = {"plant": plant, "list": published, "inverters": str(count)}
        yield entry(Event.INVERTER_ADDED, account, actor, **what)
    before, after = old.get("guests", ()), new.get("guests", ())
    if added := " ".join(guest for guest in after if guest not in before):
        yield entry(Event.GUEST_ADDED, account, actor, plant=plant, guest=added)
    if removed := " ".join(guest for guest in before if guest not in after):
        yield entry(Event.GUEST_REMOVED, account, actor, plant=plant, guest=removed)


def of_activation(entry: Entry, serial: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    """Of an inverter that came with a list its list tells."""
    account, what = account_of(new["plant"]), {"plant": new["plant"], "serial": serial}
    if not old and "import_id" not in new:
        yield entry(Event.INVERTER_ADDED, account, new["by"], new["at"], **what)
    if "removed_at" in new and "removed_at" not in old:
        by = new["removed_by"]
        yield entry(Event.INVERTER_REMOVED, account, by, new["removed_at"], **what)
