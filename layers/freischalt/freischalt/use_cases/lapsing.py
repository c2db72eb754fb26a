"""Orders that nobody has paid in time lapse: their plants can be ordered for again.

That is some working days after the last day to pay, for money that is told of late, and not while
money is under way. What comes later is put aside by whoever receives it. Each order is one
transaction: {order, plants, mail, the event for billing}; a run that is late or repeated changes
nothing twice.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from freischalt.account_ports import Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.billing import order_ended
from freischalt.domain.ids import OrderNumber
from freischalt.domain.notice import NoticeKind
from freischalt.domain.plant import Plant
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.term_ports import UnpaidOrders
from freischalt.use_cases.contract_mails import ContractMail, contract_mails
from freischalt.use_cases.failures import nobody_is_told
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide
from freischalt.use_cases.term_orders import freed_plants


def lapse_orders(
    unpaid: UnpaidOrders,
    office: Office,
    *,
    now: datetime,
    failed: Callable[[OrderNumber, Exception], None] = nobody_is_told,
) -> list[OrderNumber]:
    """Those whose time is up; `failed` is told of one that could not be ended now."""
    lapsed = []
    for order in unpaid.due(now=now):
        try:
            done = _lapse(order, office, now)
        except Exception as error:  # noqa: BLE001 - it stays due and holds up no other
            failed(order.number, error)
            continue
        if not isinstance(done, Refusal):
            lapsed.append(order.number)
    return lapsed


def _lapse(due: TermOrder, office: Office, now: datetime) -> Result | Refusal:
    ref, account_ref = Ref(TermOrder, (due.account, due.number)), Ref(Account, (due.account,))
    plants = tuple(Ref(Plant, (line.plant,)) for line in due.lines)
    request = Request.by_schedule(f"lapse-{due.number}", now)

    def once(seen: Seen) -> Decision:
        order, account = seen[ref], seen[account_ref]
        if order is None or order.state is not TermOrderState.OPEN or order.lapses_at > now:
            return Refusal(RefusalCode.ORDER_NOT_OPEN)
        if order.under_way:
            return Refusal(RefusalCode.PAYMENT_UNDER_WAY)
        over = replace(order, state=TermOrderState.LAPSED, ended_at=now, changed_by=request.actor)
        mail = ContractMail(
            kind=NoticeKind.TERM_ORDER_LAPSED, cause=order.number, at=now, order=order
        )
        told = contract_mails(account, mail, office) if account else ()
        freed = freed_plants(order, (seen[plant] for plant in plants))
        return Decided(
            {"order": order.number}, (Put(over), Put(order_ended(over, now)), *freed, *told)
        )

    return decide(office, request, (ref, account_ref, *plants), once)
