"""What an operator makes of a declaration of withdrawal: it takes effect, and it is settled."""

from dataclasses import dataclass, replace

from freischalt.account_ports import Put, Ref, Seen
from freischalt.domain.ids import OrderNumber
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.term_order import Withdrawal, WithdrawalOutcome
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide
from freischalt.use_cases.receive_payment import order_of
from freischalt.use_cases.undoing import undone


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Of which order: a declaration may name a wrong one, or come from an unknown address.

    `withheld_cents`, net, are the value of the days that were used by whoever wanted the service to
    begin at once (§ 357a (2) BGB).
    """

    order: OrderNumber
    withheld_cents: int = 0


def accept_withdrawal(
    id_: str, acceptance: Acceptance, office: Office, request: Request
) -> Result | Refusal:
    """It takes effect as if it had been plain; it still waits to be settled, with the refund."""
    ref = Ref(Withdrawal, (id_,))

    def once(seen: Seen) -> Decision:
        kept = seen[ref]
        if kept is None or kept.settled_at:
            return Refusal(RefusalCode.NOT_FOUND)
        order = order_of(acceptance.order, office)
        if order is None:
            return Refusal(RefusalCode.NOT_FOUND)
        may_end = order.state in {TermOrderState.OPEN, TermOrderState.ACTIVE}
        if not may_end or acceptance.withheld_cents > order.quote.net_cents:
            return Refusal(RefusalCode.WITHDRAWAL_DOES_NOT_FIT)
        gone = undone(order, office, request, withheld_cents=acceptance.withheld_cents)
        if gone is None:
            return Refusal(RefusalCode.WITHDRAWAL_DOES_NOT_FIT)
        accepted = replace(
            kept,
            outcome=WithdrawalOutcome.WITHDRAWN,
            account=order.account,
            refund_cents=gone.refund_cents,
        )
        return Decided({"withdrawal": id_}, (Put(accepted), *gone.changes))

    return decide(office, request, (ref,), once)


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
