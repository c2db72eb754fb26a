"""An order whose money is there, or that costs nothing, becomes active: what is written for it.

All of it belongs into the one transaction that notes the cause: the order and its plants, the
invoice that is wanted from then on, and mails if a plant has outgrown the order meanwhile. A crash
leaves all of it or nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from freischalt.account_ports import Change, Put, Ref
from freischalt.domain.account import Account
from freischalt.domain.ids import PlantId
from freischalt.domain.invoicing import by_rate_of_supply, invoice_of_order
from freischalt.domain.notice import NoticeKind
from freischalt.domain.plant import Plant
from freischalt.domain.term_order import TermOrder, activated, terms_of
from freischalt.use_cases.office import Office
from freischalt.use_cases.plants import plant_changes
from freischalt.use_cases.telling import Telling, to_each_user


def activation_changes(
    order: TermOrder, plants: Mapping[PlantId, Plant], *, office: Office, at: datetime
) -> tuple[TermOrder, tuple[Change, ...]]:
    """The active order, and everything that is written for it, the order among it.

    All of the order's plants must be there: of one that has been deleted meanwhile there is
    nothing to activate, and it is a KeyError.
    """
    today = office.today(at)
    terms = terms_of(order, plants, today, office.sells.holidays)
    active, changed = activated(order, plants, terms, at=at, today=today)
    vat = order.quote.vat.on(today, office.sells)
    invoice = by_rate_of_supply(invoice_of_order(order, terms, at=at, today=today), vat)
    active = replace(active, invoice=invoice.id)
    written = (change for plant in changed for change in plant_changes(plants[plant.id], plant))
    outgrown = [plant for plant in changed if plant.power_w > terms[plant.id].power_w]
    told = _told(active, outgrown, office, at) if outgrown else ()
    return active, (Put(active), *written, Put(invoice), *told)


def _told(
    order: TermOrder, outgrown: Sequence[Plant], office: Office, at: datetime
) -> tuple[Change, ...]:
    """That its terms ended as they began: one mail to each user, since a transaction has limits."""
    ref = Ref(Account, (order.account,))
    account = office.records.read(ref)[ref]
    if account is None:
        return ()
    ordered, today = {line.plant: line.power_w for line in order.lines}, office.today(at)
    plants = [_ended(plant, ordered[plant.id], today) for plant in outgrown]
    telling = Telling(
        kind=NoticeKind.TERM_ORDER_OUTGROWN,
        cause=order.number,
        at=at,
        details={"order": order.number, "plants": json.dumps(plants, ensure_ascii=False)},
    )
    return to_each_user(account, telling, office)


def _ended(plant: Plant, ordered_w: int, today: date) -> dict[str, object]:
    """What the mail says of a plant, as JSON can have it."""
    last_day = plant.rights().last_day(today)
    return {
        "plant": plant.id,
        "name": plant.details.name,
        "power_w": plant.power_w,
        "ordered_w": ordered_w,
        "credit_cents": plant.credit_cents,
        "last_day": last_day and last_day.isoformat(),
    }
