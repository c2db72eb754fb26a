"""Changes of orders of terms, as their account's trail has them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.term_order_state import TermOrderState

type Item = Mapping[str, Any]
type Entry = Callable[..., AuditEntry]

BECAME = {
    TermOrderState.ACTIVE: Event.TERM_ACTIVATED,
    TermOrderState.CANCELLED: Event.TERM_ORDER_CANCELLED,
    TermOrderState.LAPSED: Event.TERM_ORDER_LAPSED,
    TermOrderState.WITHDRAWN: Event.TERM_ORDER_WITHDRAWN,
}


def of_withdrawal(entry: Entry, account: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    """What came of it is told; how it was settled is for the vendor's records."""
    what = {"order": new["order"], "outcome": new["outcome"]}
    if not old:
        yield entry(Event.WITHDRAWAL_DECLARED, account, "nobody", new["at"], **what)
    if "settled_at" in new and "settled_at" not in old:
        yield entry(Event.WITHDRAWAL_SETTLED, account, new["settled_by"], new["settled_at"], **what)


def of_term_order(entry: Entry, account: str, new: Item, old: Item) -> Iterator[AuditEntry]:
    """Why power was charged later is for the vendor's records: the customer reads this trail."""
    actor, what = new.get("changed_by", "vendor"), {"order": new["number"]}
    if not old:
        yield entry(Event.TERM_ORDERED, account, actor, new["placed_at"], **what)
    if new["state"] != old.get("state", TermOrderState.OPEN.value):
        event = BECAME[TermOrderState(new["state"])]
        when = new.get("activated_at" if event is Event.TERM_ACTIVATED else "ended_at")
        yield entry(event, account, actor, when, **what)
    for charged in new.get("corrections", ())[len(old.get("corrections", ())) :]:
        power = str(charged["power_w"])
        yield entry(
            Event.TERM_REINVOICED, account, actor, plant=charged["plant"], power_w=power, **what
        )
