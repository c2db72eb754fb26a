"""The withdrawal button (§ 356a BGB): anyone can press it, and is told at once that it has come.

One transaction: {declaration, the mail that confirms it, and, where the right holds, the order, its
plants and the credit note}. What is not plain is decided by an operator, who settles every
declaration. The answer is the same whatever came of it: nobody learns which orders there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC

from freischalt.account_ports import Change, Put, Ref, Seen, Unchanged
from freischalt.domain.account import Account
from freischalt.domain.correction import Correction
from freischalt.domain.ids import OrderNumber, withdrawal_id
from freischalt.domain.invoice import Invoice
from freischalt.domain.invoicing import credit_note_of
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.payment import Payment
from freischalt.domain.plant import Plant, without_terms_of
from freischalt.domain.receipt import to_give_back
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.term_order import (
    TermOrder,
    Withdrawal,
    WithdrawalOutcome,
    may_withdraw,
)
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide, found, users_of
from freischalt.use_cases.plants import plant_changes
from freischalt.use_cases.receive_payment import MOST_PARTS, order_of
from freischalt.use_cases.term_orders import freed_plants


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What was entered, as it was entered."""

    name: str = field(repr=False)
    order: str
    email: str = field(repr=False)
    language: Language


def declare_withdrawal(
    declaration: Declaration, office: Office, request: Request
) -> Result | Refusal:
    """It is kept and confirmed in any case; `at` is when it came, however often it is sent."""

    def once(_: Seen) -> Decision:
        kept = Withdrawal(
            id=request.sortable_id,
            order=declaration.order,
            name=declaration.name,
            email=declaration.email,
            at=request.at,
        )
        decided, changes = _decided(kept, office, request)
        return Decided(
            {"withdrawal": kept.id, "at": kept.at.isoformat()},
            (Put(decided), Put(_confirmation(declaration, kept, office)), *changes),
        )

    return decide(office, request, (), once)


def _confirmation(declaration: Declaration, kept: Withdrawal, office: Office) -> Notice:
    """With its content, and when it came: by the vendor's clock, and in UTC."""
    local = kept.at.astimezone(office.time_zone)
    return Notice(
        id=f"{NoticeKind.WITHDRAWAL_RECEIVED.value}-{kept.id}",
        kind=NoticeKind.WITHDRAWAL_RECEIVED,
        to=kept.email,
        language=declaration.language,
        created_at=kept.at,
        details={
            "name": kept.name,
            "order": kept.order,
            "received": f"{local:%d.%m.%Y %H:%M:%S %Z}",
            "received_utc": f"{kept.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
            "hotline": office.catalogue.contacts.get("hotline", ""),
        },
    )


# --- what comes of it


def _decided(
    kept: Withdrawal, office: Office, request: Request
) -> tuple[Withdrawal, tuple[Change, ...]]:
    order = order_of(OrderNumber(kept.order), office)
    if order is None:
        return kept, ()
    kept = replace(kept, account=order.account)
    if not _is_theirs(order, kept, office):
        return replace(kept, outcome=WithdrawalOutcome.OTHER_PERSON), ()
    kept = replace(kept, id=withdrawal_id(order.account, kept.id))
    since = order.confirmed_at
    contract = office.today(since) if since else None
    today = office.today(request.at)
    outcome = may_withdraw(order, kept.name, contract, today, office.sells.holidays)
    if outcome is not WithdrawalOutcome.WITHDRAWN:
        return replace(kept, outcome=outcome), ()
    plants = found(office, [Ref(Plant, (line.plant,)) for line in order.lines])
    over = replace(
        order,
        state=TermOrderState.WITHDRAWN,
        ended_at=request.at,
        changed_by=request.actor,
    )
    if order.state is TermOrderState.OPEN:
        return replace(kept, outcome=outcome), (Put(over), *freed_plants(order, plants))
    ended = _ended(order, plants, office, request)
    if ended is None:
        return replace(kept, outcome=WithdrawalOutcome.CREDIT_USED), ()
    back, as_read = _owed(order, office)
    withdrawn = replace(kept, outcome=outcome, refund_cents=back)
    return withdrawn, (Put(over), *ended, *as_read, *_credit_notes(order, office, request))


def _is_theirs(order: TermOrder, kept: Withdrawal, office: Office) -> bool:
    """A number is soon guessed: only a declaration from a user's own address acts by itself."""
    ref = Ref(Account, (order.account,))
    account = office.records.read(ref)[ref]
    users = users_of(account, office) if account else []
    return kept.email.casefold() in {user.email.casefold() for user in users}


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


def _credit_notes(order: TermOrder, office: Office, request: Request) -> tuple[Change, ...]:
    """One for its invoice, and for each that followed."""
    ids = [*([order.invoice] if order.invoice else []), *(one.invoice for one in order.corrections)]
    today = office.today(request.at)
    return tuple(
        Put(credit_note_of(invoice, at=request.at, today=today))
        for invoice in found(office, [Ref(Invoice, (order.account, id_)) for id_ in ids])
    )


def settle_withdrawal(id_: str, note: str, office: Office, request: Request) -> Result | Refusal:
    """An operator has paid back, or answered; `note` says how. It is settled once."""
    ref = Ref(Withdrawal, (id_,))

    def once(seen: Seen) -> Decision:
        kept = seen[ref]
        if kept is None or kept.settled_at:
            return Refusal(RefusalCode.NOT_FOUND)
        settled = replace(kept, settled_at=request.at, settled_by=request.actor, note=note)
        return Decided({"withdrawal": id_}, (Put(settled),))

    return decide(office, request, (ref,), once)
