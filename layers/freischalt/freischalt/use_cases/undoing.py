"""An order that is withdrawn from: the end of its terms, what is paid back, and its credit notes.

All of it belongs into the transaction of its cause: a crash leaves all of it, or nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from freischalt.account_ports import Change, Put, Ref, Unchanged
from freischalt.domain.billing import order_ended
from freischalt.domain.correction import Correction
from freischalt.domain.invoice import Invoice
from freischalt.domain.invoicing import credit_note_of
from freischalt.domain.payment import Payment
from freischalt.domain.plant import Plant, without_terms_of
from freischalt.domain.receipt import to_give_back
from freischalt.domain.request import Request
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.office import Office, found
from freischalt.use_cases.plants import plant_changes
from freischalt.use_cases.receive_payment import MOST_PARTS
from freischalt.use_cases.term_orders import freed_plants


@dataclass(frozen=True, slots=True)
class Undone:
    """What is to be paid back, gross, and all that is written."""

    refund_cents: int
    changes: tuple[Change, ...]


def undone(
    order: TermOrder, office: Office, request: Request, *, withheld_cents: int = 0
) -> Undone | None:
    """The order is withdrawn; None: some of what it gave its plants is spent.

    Of an open order nothing is owed: parts that have come lie with the payments that were put
    aside. `withheld_cents`, net, of an active one stay with the seller.
    """
    plants = found(office, [Ref(Plant, (line.plant,)) for line in order.lines])
    gone = replace(
        order,
        state=TermOrderState.WITHDRAWN,
        ended_at=request.at,
        changed_by=request.actor,
    )
    over = Put(gone), Put(order_ended(gone, request.at))
    if order.state is TermOrderState.OPEN:
        return Undone(0, (*over, *freed_plants(order, plants)))
    ended = _ended(order, plants, office, request)
    if ended is None:
        return None
    owed, as_read = _owed(order, office)
    notes = _credit_notes(order, withheld_cents, office, request)
    withheld = withheld_cents + order.quote.vat.of(withheld_cents)
    return Undone(max(owed - withheld, 0), (*over, *ended, *as_read, *notes))


def _ended(
    order: TermOrder, plants: Iterable[Plant], office: Office, request: Request
) -> tuple[Change, ...] | None:
    """Its plants without what the order gave them; None: some of that is spent."""
    used = {line.plant: line.credit_cents for line in order.lines}
    changes: list[Change] = []
    for plant in plants:
        after = without_terms_of(
            plant, order.number, credit_cents=used[plant.id], today=office.today(request.at)
        )
        if after is None:
            return None
        changes += plant_changes(plant, replace(after, changed_by=request.actor))
    return tuple(changes)


def _owed(order: TermOrder, office: Office) -> tuple[int, tuple[Change, ...]]:
    """The cents that are to be paid back for it and its corrections; and: that is still so.

    What a correction is not wholly paid with lies aside.
    """
    charged = [one for one in order.corrections if not one.open_cents]
    bought: tuple[TermOrder | Correction, ...] = (order, *charged)
    owed, as_read = 0, []
    for one in bought:
        paid = found(office, [Ref(Payment, (id_,)) for id_ in one.payments[:MOST_PARTS]])
        owed += to_give_back(one.gross_cents, one.paid_cents, paid)
        as_read += [Unchanged(payment) for payment in paid]
    return owed, tuple(as_read)


def _credit_notes(
    order: TermOrder, withheld_cents: int, office: Office, request: Request
) -> tuple[Change, ...]:
    """One for its invoice, of which something may be withheld, and for each that followed."""
    ids = [*([order.invoice] if order.invoice else []), *(one.invoice for one in order.corrections)]
    today = office.today(request.at)
    return tuple(
        Put(
            credit_note_of(
                invoice,
                at=request.at,
                today=today,
                withheld_cents=withheld_cents if invoice.id == order.invoice else 0,
            )
        )
        for invoice in found(office, [Ref(Invoice, (order.account, id_)) for id_ in ids])
    )
