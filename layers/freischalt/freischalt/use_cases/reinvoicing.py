"""Under-reported power is charged later, by an operator's word (source 004, 11).

One transaction: {the order, which remembers what was charged, and the correction that is wanted}.
The term stays as it is until that is paid.
"""

from dataclasses import dataclass, replace

from freischalt.account_ports import Put, Ref, Seen, Unchanged
from freischalt.domain.correction import Correction, charged_to_the_day
from freischalt.domain.ids import AccountNumber, OrderNumber, PlantId, account_of
from freischalt.domain.invoice import Invoice
from freischalt.domain.invoicing import Recharge, correction_of
from freischalt.domain.plant import Plant
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.term_order import TermOrder
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.office import Decided, Decision, Office, Result, decide


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderReported:
    """The plant of this order had so much power; `reason` is for the vendor's records."""

    account: AccountNumber
    order: OrderNumber
    plant: PlantId
    power_w: int
    reason: str


def reinvoice(found: UnderReported, office: Office, request: Request) -> Result | Refusal:
    """The difference to what was charged so far, by today's prices and the order's VAT.

    Of a term that has ended before its time, for the days that were had.
    """
    if account_of(found.plant) != found.account:
        return Refusal(RefusalCode.NOT_FOUND)
    order_ref = Ref(TermOrder, (found.account, found.order))
    plant_ref = Ref(Plant, (found.plant,))
    invoice_ref = Ref(Invoice, (found.account, found.order))

    def once(seen: Seen) -> Decision:
        order, plant, invoice = seen[order_ref], seen[plant_ref], seen[invoice_ref]
        if order is None or plant is None or invoice is None:
            return Refusal(RefusalCode.NOT_FOUND)
        line = next((line for line in order.lines if line.plant == found.plant), None)
        term = next((term for term in plant.terms if term.order == order.number), None)
        if line is None or term is None:
            return Refusal(RefusalCode.NOT_FOUND)
        prices = office.sells.prices
        charged_w = [one.power_w for one in order.corrections if one.plant == found.plant]
        charged = prices.of(charged_w[-1], line.days) if charged_w else line.list_cents
        more = charged_to_the_day(prices.of(found.power_w, line.days) - charged, term)
        if order.state is not TermOrderState.ACTIVE or more <= 0:
            return Refusal(RefusalCode.NOTHING_TO_CHARGE)
        wanted = correction_of(
            invoice,
            Recharge(line=line, term=term, power_w=found.power_w, net_cents=more),
            cause=f"{found.plant.rpartition('-')[2]}-{found.power_w}",
            at=request.at,
            today=office.today(request.at),
        )
        correction = Correction(
            invoice=wanted.id,
            plant=found.plant,
            power_w=found.power_w,
            net_cents=more,
            gross_cents=wanted.gross_cents,
            until=term.last_day,
            reason=found.reason,
        )
        corrections = (*order.corrections, correction)
        changed = replace(order, corrections=corrections, changed_by=request.actor)
        return Decided({"invoice": wanted.id}, (Put(changed), Put(wanted), Unchanged(plant)))

    return decide(office, request, (order_ref, plant_ref, invoice_ref), once)
