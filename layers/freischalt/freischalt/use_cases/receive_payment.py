"""Money came in: it is kept, counted for its order, and with the last of it the order is active.

One transaction: {payment, order, plants, invoice wanted, mails}. The same receipt told again finds
its payment and changes nothing; whoever loses a race decides again on what is stored then. What a
crash leaves behind: nothing, and the provider tells it again; or all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from freischalt.account_ports import Change, Put, Ref
from freischalt.domain.account import Account
from freischalt.domain.ids import OrderNumber, PaymentId, PlantId
from freischalt.domain.payment import Mismatch, Payment
from freischalt.domain.plant import Plant
from freischalt.domain.receipt import COUNTS, PAYS, Receipt, mismatch, noted
from freischalt.domain.term_order import TermOrder, WhoseOrder, waiting_for
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.vat_standing import VatStanding
from freischalt.use_cases.activating import activation_changes
from freischalt.use_cases.office import RACES, Office, found
from freischalt.use_cases.races import until_it_holds

MOST_PARTS = 20
"""Earlier parts that are settled with the last one; a transaction has its limits."""


@dataclass(frozen=True, slots=True)
class Received:
    """The payment as it is kept. `is_news` False: it was told before, and nothing was done."""

    payment: Payment
    is_news: bool
    activated: bool = False


def receive_payment(receipt: Receipt, office: Office, *, at: datetime) -> Received:
    """However often and late a receipt is told. Raises TooManyRaces: tell it again."""
    return until_it_holds(lambda: _received(receipt, office, at), office.pause, tries=RACES)


def _received(receipt: Receipt, office: Office, at: datetime) -> Received:
    told = Ref(Payment, (receipt.id,))
    payment = office.records.read(told)[told]
    if payment:
        return Received(payment, is_news=False)
    counted = count(noted(receipt, at), receipt.order, office, at)
    office.records.write(Put(counted.payment), *counted.changes)
    return Received(counted.payment, is_news=True, activated=counted.activated)


# --- what it is for its order


@dataclass(frozen=True, slots=True)
class Counted:
    """The payment with what it is for the order, and everything else that is written for that."""

    payment: Payment
    changes: tuple[Change, ...] = ()
    activated: bool = False


def count(payment: Payment, number: OrderNumber | None, office: Office, at: datetime) -> Counted:
    """Reads what it needs; conditions on all that is written see to the rest."""
    order = order_of(number, office)
    plants, vat = known_of(order, office) if order else ({}, None)
    why = mismatch(payment, order, plants, vat)
    kept = replace(payment, mismatch=why, order=number, account=order.account if order else None)
    if order is None:
        return Counted(kept)
    if why not in COUNTS:
        beside = replace(order, put_aside=(*order.put_aside, payment.id))
        return Counted(kept, (Put(beside),))
    paid = replace(
        order,
        paid_cents=order.paid_cents + payment.amount_cents,
        payments=(*order.payments, payment.id),
    )
    if why not in PAYS:
        return Counted(kept, (Put(paid),))
    paid = replace(paid, changed_by=_who_has_paid_it(payment))
    if order.state is TermOrderState.LAPSED:
        plants = waiting_for(order, plants)
    _, changes = activation_changes(paid, plants, office=office, at=at)
    return Counted(kept, (*changes, *settled(order.payments, kept, office, at)), activated=True)


def _who_has_paid_it(payment: Payment) -> str:
    """The operator who has assigned or recorded the money, or the provider that has told of it."""
    return payment.settled_by or payment.recorded_by or f"provider:{payment.provider}"


def order_of(number: OrderNumber | None, office: Office) -> TermOrder | None:
    """The order of this number, whosever it is."""
    if number is None:
        return None
    ref = Ref(WhoseOrder, (number,))
    whose = office.records.read(ref)[ref]
    if whose is None:
        return None
    order = Ref(TermOrder, (whose.account, number))
    return office.records.read(order)[order]


def known_of(
    order: TermOrder, office: Office
) -> tuple[Mapping[PlantId, Plant], VatStanding | None]:
    """Those of its plants that are still there, and what is known of its account's VAT ID."""
    account_ref = Ref(Account, (order.account,))
    plant_refs = [Ref(Plant, (line.plant,)) for line in order.lines]
    seen = office.records.read(account_ref, *plant_refs)
    plants = (plant for ref in plant_refs if (plant := seen[ref]))
    account = seen[account_ref]
    there = {plant.id: plant for plant in plants if plant.ended_at is None}
    return there, account.vat if account else None


def settled(
    earlier: Sequence[PaymentId], last: Payment, office: Office, at: datetime
) -> tuple[Change, ...]:
    """Parts that came before, and were too little: nobody needs to look at them any more."""
    if not earlier:
        return ()
    parts = found(office, [Ref(Payment, (id_,)) for id_ in earlier[:MOST_PARTS]])
    return tuple(
        Put(replace(part, settled_at=at, settled_by=f"payment:{last.id}"))
        for part in parts
        if part.is_aside and part.mismatch is Mismatch.TOO_LITTLE
    )
