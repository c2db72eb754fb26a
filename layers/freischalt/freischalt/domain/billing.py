"""What billing is told of orders of terms and of invoices. Money is whole cents."""

from datetime import datetime

from freischalt.domain.billing_event import BillingEvent, BillingKind
from freischalt.domain.invoice import Invoice
from freischalt.domain.term_order import TermOrder


def order_placed(order: TermOrder) -> BillingEvent:
    """A binding order of terms: billing gets it when it is placed, paid or not."""
    quote = order.quote
    return BillingEvent(
        id=f"placed-{order.number}",
        kind=BillingKind.ORDER_PLACED,
        at=order.placed_at,
        detail={
            "order_number": order.number,
            "account": order.account,
            "kind": "term",
            "placed_at": order.placed_at.isoformat(),
            "lines": [
                {
                    "type": f"{line.days}D",
                    "plant": line.plant,
                    "power_w": line.power_w,
                    "list_cents": line.list_cents,
                    "credit_cents": line.credit_cents,
                    "net_cents": line.net_cents,
                }
                for line in quote.lines
            ],
            "net_cents": quote.net_cents,
            "vat_rule": quote.vat.rule.value,
            "vat_country": quote.vat.country,
            "vat_basis_points": quote.vat.basis_points,
            "vat_cents": quote.vat_cents,
            "gross_cents": quote.gross_cents,
            "currency": quote.currency,
        },
    )


def order_ended(order: TermOrder, at: datetime) -> BillingEvent:
    """It is over without being paid, or was withdrawn: `reason` is what has become of it.

    One that lapsed lives again if its money had come in time: its invoice tells so.
    """
    return BillingEvent(
        id=f"{order.state.value}-{order.number}",
        kind=BillingKind.ORDER_ENDED,
        at=at,
        detail={
            "order_number": order.number,
            "account": order.account,
            "reason": order.state.value,
            "ended_at": at.isoformat(),
        },
    )


def invoice_issued(invoice: Invoice, of: Invoice | None, *, at: datetime) -> BillingEvent:
    """An invoice, credit note or correction that has its number and its PDF."""
    return BillingEvent(
        id=f"issued-{invoice.number}",
        kind=BillingKind.INVOICE_ISSUED,
        at=at,
        detail={
            "invoice_number": invoice.number or "",
            "kind": invoice.kind.value,
            "of": (of.number if of else None) or "",
            "issued_on": invoice.issued_on.isoformat() if invoice.issued_on else "",
            "order_number": invoice.order,
            "account": invoice.account,
            "vat_id": invoice.buyer_vat_id or "",
            "lines": [{"text": line.text, "net_cents": line.net_cents} for line in invoice.lines],
            "net_cents": invoice.net_cents,
            "vat_rule": invoice.vat.rule.value,
            "vat_country": invoice.vat.country,
            "vat_basis_points": invoice.vat.basis_points,
            "vat_cents": invoice.vat_cents,
            "gross_cents": invoice.gross_cents,
            "currency": invoice.currency,
        },
    )
