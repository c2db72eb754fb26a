"""What stays of an erased account's papers: what the books need, without the person.

The invoice names the buyer for as long as the law wants it; nothing else has to.
"""

from dataclasses import replace

from freischalt.domain.address import Address, Registrant
from freischalt.domain.repair_order import FORGOTTEN
from freischalt.domain.term_order import TermOrder, Withdrawal, WithdrawalOutcome
from freischalt.domain.term_order_state import TermOrderState


def forgotten_order(order: TermOrder) -> TermOrder | None:
    """Kind and country of the buyer stay: the VAT came about by them. None: nothing is needed.

    That is an order that nobody has paid and that was never active: no book knows of it.
    """
    is_over = order.state is not TermOrderState.OPEN
    if is_over and not (order.invoice or order.payments or order.put_aside):
        return None
    where = Address(FORGOTTEN, FORGOTTEN, FORGOTTEN, order.buyer.address.country)
    lines = tuple(replace(line, name=FORGOTTEN) for line in order.lines)
    return replace(
        order,
        buyer=Registrant(order.buyer.kind, FORGOTTEN, where),
        buyer_vat_id=None,
        quote=replace(order.quote, lines=lines),
    )


def forgotten_withdrawal(withdrawal: Withdrawal) -> Withdrawal | None:
    """None: it is settled, and has changed nothing. One that nobody has settled stays as it is."""
    if withdrawal.settled_at is None:
        return withdrawal
    if withdrawal.outcome is not WithdrawalOutcome.WITHDRAWN:
        return None
    return replace(withdrawal, name=FORGOTTEN, email=FORGOTTEN)
