"""Terms are ordered, and orders that nobody has paid are cancelled.

Placing is one read, a number, and one transaction: {order, whose it is, its plants, the event for
billing, the mail that says it has come}. Of an order that costs nothing the activation is part of
it. A crash leaves nothing, or all of it; a number that was taken may stay unused.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from freischalt.account_ports import Change, Put, Ref, Seen
from freischalt.domain.address import CustomerKind
from freischalt.domain.billing import order_ended, order_placed
from freischalt.domain.catalogue import Catalogue
from freischalt.domain.documents import attached_documents
from freischalt.domain.ids import AccountNumber, OrderNumber, UserId
from freischalt.domain.invoicing import note_of, watts
from freischalt.domain.locks import held
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.plant import Plant, released
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.term_order import (
    ONE_DAY,
    Consent,
    TermOrder,
    WhoseOrder,
    begin_of,
    lapses_on,
    last_day_to_pay,
    waiting_for,
)
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language, User
from freischalt.ports import OrderNumbers
from freischalt.use_cases.activating import activation_changes
from freischalt.use_cases.buying import may_not_buy
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide
from freischalt.use_cases.plants import plant_changes
from freischalt.use_cases.quoting import Offer, Wanted, offer
from freischalt.use_cases.vat_checks import start_check


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTermOrder:
    """What the button sends: `gross_cents` are those that were shown beside it."""

    wanted: Wanted
    gross_cents: int
    consent: Consent
    language: Language
    placed_by: UserId


def place_term_order(
    new: NewTermOrder, numbers: OrderNumbers, office: Office, request: Request
) -> TermOrder | Refusal:
    """A binding order, once however often it is sent; one that comes again is read.

    A VAT verdict that is too old is asked for again, and the order refused until then.
    """
    placed: dict[str, TermOrder] = {}
    user_ref = Ref(User, (new.placed_by,))

    def once(seen: Seen) -> Decision:
        found = _orderable(new, seen, office, request)
        if isinstance(found, Refusal):
            return found
        user = seen[user_ref]
        if user is None:
            return Refusal(RefusalCode.NO_ACCOUNT)
        today = office.today(request.at)
        number = next(iter(placed), None) or numbers.take(today.year)
        order = _order(OrderNumber(number), new, found, office, request)
        placed[number], changes = _placed(order, found, office, request)
        mail = _received(placed[number], user, office)
        return Decided({"order": number}, (*changes, Put(mail)))

    done = decide(office, request, (*new.wanted.refs, user_ref), once)
    if isinstance(done, Refusal):
        if done.code is RefusalCode.VAT_CHECK_RUNNING:
            start_check(new.wanted.account, office, replace(request, repeatable=False))
        return done
    return placed.get(done["order"]) or known_order(
        new.wanted.account, OrderNumber(done["order"]), office
    )


def _orderable(new: NewTermOrder, seen: Seen, office: Office, request: Request) -> Offer | Refusal:
    """The offer that was accepted, if the account may buy it at the price that was shown.

    A lock of the account holds ordering; one of a plant does not: its term runs on.
    """
    today = office.today(request.at)
    found = offer(new.wanted, seen, office, today)
    if isinstance(found, Refusal):
        return found
    if hold := held(found.account.locks, today):
        return Refusal(RefusalCode.ACCOUNT_LOCKED, about=hold.until)
    for plant in found.plants:
        if plant.open_order:
            taken = {"plant": plant.id, "order": plant.open_order}
            return Refusal(RefusalCode.ORDER_OPEN, taken)
    if refusal := may_not_buy(found.account, office, request.at):
        return refusal
    if refusal := _not_accepted(new.consent.documents, office.catalogue):
        return refusal
    if found.quote.gross_cents != new.gross_cents:
        return Refusal(RefusalCode.PRICE_CHANGED, about=found)
    return found


def _not_accepted(accepted: Mapping[str, str], catalogue: Catalogue) -> Refusal | None:
    """All documents that users accept are part of the contract, in their current version."""
    current = catalogue.versions
    if any(version != current.get(kind) for kind, version in accepted.items()):
        return Refusal(RefusalCode.DOCUMENT_VERSION_UNKNOWN)
    if accepted.keys() != current.keys():
        return Refusal(RefusalCode.CONTRACT_NOT_ACCEPTED)
    return None


def _order(
    number: OrderNumber, new: NewTermOrder, found: Offer, office: Office, request: Request
) -> TermOrder:
    is_consumer = found.buyer.kind is CustomerKind.PERSON
    today, zone = office.today(request.at), office.time_zone
    return TermOrder(
        number=number,
        account=found.account.number,
        quote=found.quote,
        buyer=found.buyer,
        buyer_vat_id=found.buyer.vat_id,
        consent=new.consent if is_consumer else replace(new.consent, immediate_start=False),
        language=new.language,
        placed_by=new.placed_by,
        placed_at=request.at,
        pay_before=begin_of(last_day_to_pay(today) + ONE_DAY, zone),
        lapses_at=begin_of(lapses_on(today, office.sells.holidays), zone),
        outbox_id=f"placed-{number}",
        changed_by=request.actor,
    )


def _placed(
    order: TermOrder, found: Offer, office: Office, request: Request
) -> tuple[TermOrder, tuple[Change, ...]]:
    """The order, and all that is written but the mail.

    The account, too: it must still be as it was read, and an erasure that has read it before loses
    the race.
    """
    whose = WhoseOrder(order=order.number, account=order.account)
    always = (Put(whose), Put(order_placed(order)), Put(found.account))
    plants = {plant.id: plant for plant in found.plants}
    waiting = waiting_for(order, plants)
    if order.open_cents:
        written = (change for id_ in plants for change in plant_changes(plants[id_], waiting[id_]))
        return order, (Put(order), *written, *always)
    active, changes = activation_changes(order, waiting, office=office, at=request.at)
    return active, (*changes, *always)


# --- the mail that says it has come


def _received(order: TermOrder, user: User, office: Office) -> Notice:
    """§ 312i (1) no. 3 BGB: at once, with all that was ordered; it is no acceptance yet."""
    today = office.today(order.placed_at)
    return Notice(
        id=f"{NoticeKind.TERM_ORDER_RECEIVED.value}-{order.number}",
        kind=NoticeKind.TERM_ORDER_RECEIVED,
        to=user.email,
        language=order.language,
        created_at=order.placed_at,
        details={
            "account": order.account,
            "order": order.number,
            **order_details(order),
            "on": today.isoformat(),
            "pay_until": last_day_to_pay(today).isoformat() if order.open_cents else "",
            "documents": attached_documents(office.catalogue, order),
            "invoice": "",
            "hotline": office.catalogue.contacts.get("hotline", ""),
        },
    )


def order_details(order: TermOrder) -> dict[str, str]:
    """What a mail says of an order: lines as JSON, money in cents."""
    quote = order.quote
    lines = [
        {
            "plant": line.plant,
            "name": line.name,
            "days": line.days,
            "power": watts(line.power_w, order.language),
            "list_cents": line.list_cents,
            "credit_cents": line.credit_cents,
        }
        for line in quote.lines
    ]
    totals: dict[str, Any] = {
        "net_cents": quote.net_cents,
        "vat_cents": quote.vat_cents,
        "gross_cents": quote.gross_cents,
        "basis_points": quote.vat.basis_points,
    }
    return {
        "lines": json.dumps(lines, ensure_ascii=False),
        "totals": json.dumps(totals),
        "vat_note": note_of(quote.vat, order.language, to_company=not order.is_consumers),
    }


# --- looking at orders, and cancelling one


def known_order(account: AccountNumber, number: OrderNumber, office: Office) -> TermOrder | Refusal:
    ref = Ref(TermOrder, (account, number))
    return office.records.read(ref)[ref] or Refusal(RefusalCode.NOT_FOUND)


def cancel_term_order(
    account: AccountNumber, number: OrderNumber, office: Office, request: Request
) -> Result | Refusal:
    """Only while nothing has been paid, or is under way; cancelling it again changes nothing."""
    order = known_order(account, number, office)
    if isinstance(order, Refusal):
        return order
    ref = Ref(TermOrder, (account, number))
    plants = tuple(Ref(Plant, (line.plant,)) for line in order.lines)

    def once(seen: Seen) -> Decision:
        order = seen[ref]
        if order is None:
            return Refusal(RefusalCode.NOT_FOUND)
        if order.state is TermOrderState.CANCELLED:
            return Decided({"order": number})
        if order.state is not TermOrderState.OPEN:
            return Refusal(RefusalCode.ORDER_NOT_OPEN)
        if order.paid_cents:
            return Refusal(RefusalCode.ORDER_PARTLY_PAID)
        if order.under_way:
            return Refusal(RefusalCode.PAYMENT_UNDER_WAY)
        over = replace(
            order,
            state=TermOrderState.CANCELLED,
            ended_at=request.at,
            changed_by=request.actor,
        )
        freed = freed_plants(order, (seen[plant] for plant in plants))
        return Decided({"order": number}, (Put(over), Put(order_ended(over, request.at)), *freed))

    return decide(office, request, (ref, *plants), once)


def freed_plants(order: TermOrder, plants: Iterable[Plant | None]) -> tuple[Change, ...]:
    """Its plants can be ordered for again, with the credit that it would have used.

    Those that are gone, or another order's, stay so.
    """
    used = {line.plant: line.credit_cents for line in order.lines}
    return tuple(
        change
        for plant in plants
        if plant and plant.open_order == order.number
        for change in plant_changes(plant, released(plant, credit_cents=used[plant.id]))
    )
