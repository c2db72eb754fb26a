"""Changes of repair orders, as the account's trail has them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from freischalt.domain.audit import AuditEntry, Event

EVENTS = {
    "requested": Event.REPAIR_REQUESTED,
    "offered": Event.REPAIR_OFFERED,
    "accepted": Event.REPAIR_ACCEPTED,
    "declined": Event.REPAIR_DECLINED,
    "done": Event.REPAIR_DONE,
}


def of_repair(
    entry: Callable[..., AuditEntry], account: str, new: Mapping[str, Any], old: Mapping[str, Any]
) -> Iterator[AuditEntry]:
    """An offer in the place of another one is told, too; that its person was forgotten is not."""
    state, offer = new["state"], new.get("offer")
    if state == old.get("state") and offer == old.get("offer"):
        return
    times = {
        "requested": new["requested_at"],
        "offered": offer and offer["at"],
        "done": new.get("done_at"),
    }
    when = times.get(state) or new["answered_at"]
    yield entry(EVENTS[state], account, new["changed_by"], when, repair=new["id"])
