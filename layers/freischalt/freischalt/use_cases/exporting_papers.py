"""Orders, invoices, money and repairs in the export of an account, as JSON can have them."""

from typing import Any

from freischalt.domain.address import Registrant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.invoice import Invoice
from freischalt.domain.payment import Payment
from freischalt.domain.repair_order import RepairOrder
from freischalt.domain.term_order import TermOrder, Withdrawal
from freischalt.use_cases.office import Office, things_of
from freischalt.use_cases.payments import payments_of


def exported_papers(number: AccountNumber, office: Office) -> dict[str, list[dict[str, Any]]]:
    """Members of the export, by their names."""
    return {
        "termOrders": [_order(order) for order in things_of(TermOrder, number, office)],
        "invoices": [_invoice(invoice) for invoice in things_of(Invoice, number, office)],
        "payments": [_payment(payment) for payment in payments_of(number, office)],
        "withdrawals": [_withdrawal(one) for one in things_of(Withdrawal, number, office)],
        "repairOrders": [_repair(order) for order in things_of(RepairOrder, number, office)],
    }


def registrant_shown(registrant: Registrant) -> dict[str, Any]:
    """A company or person, as it was entered."""
    address, latin = registrant.address, registrant.latin
    return {
        "kind": registrant.kind.value,
        "name": registrant.name,
        "street": address.street,
        "postalCode": address.postal_code,
        "city": address.city,
        "country": address.country,
        "vatId": registrant.vat_id,
        "nameLatin": latin.name if latin else None,
        "streetLatin": latin.street if latin else None,
        "cityLatin": latin.city if latin else None,
    }


def _order(order: TermOrder) -> dict[str, Any]:
    return {
        "number": order.number,
        "state": order.state.value,
        "placedAt": order.placed_at.isoformat(),
        "placedBy": order.placed_by,
        "buyer": registrant_shown(order.buyer),
        "vatId": order.buyer_vat_id,
        "documents": dict(order.consent.documents),
        "immediateStart": order.consent.immediate_start,
        "currency": order.quote.currency,
        "grossCents": order.gross_cents,
        "paidCents": order.paid_cents,
        "lines": [
            {"plant": line.plant, "days": line.days, "netCents": line.net_cents}
            for line in order.quote.lines
        ],
    }


def _invoice(invoice: Invoice) -> dict[str, Any]:
    return {
        "id": invoice.id,
        "number": invoice.number,
        "kind": invoice.kind.value,
        "order": invoice.order,
        "buyer": registrant_shown(invoice.buyer),
        "issuedOn": invoice.issued_on and invoice.issued_on.isoformat(),
        "grossCents": invoice.gross_cents,
        "currency": invoice.currency,
    }


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "provider": payment.provider.value,
        "reference": payment.reference,
        "order": payment.order,
        "amountCents": payment.amount_cents,
        "currency": payment.currency,
        "receivedAt": payment.received_at.isoformat(),
        "putAsideFor": payment.mismatch and payment.mismatch.value,
        "settledAt": payment.settled_at and payment.settled_at.isoformat(),
        "refundedCents": payment.refunded_cents,
        "setbacks": [
            {
                "id": one.id,
                "state": one.state.value,
                "amountCents": one.amount_cents,
                "currency": one.currency,
                "at": one.at.isoformat(),
                "settledAt": one.settled_at and one.settled_at.isoformat(),
            }
            for one in payment.setbacks
        ],
    }


def _withdrawal(withdrawal: Withdrawal) -> dict[str, Any]:
    return {
        "id": withdrawal.id,
        "order": withdrawal.order,
        "name": withdrawal.name,
        "email": withdrawal.email,
        "at": withdrawal.at.isoformat(),
        "outcome": withdrawal.outcome.value,
        "refundCents": withdrawal.refund_cents,
        "settledAt": withdrawal.settled_at and withdrawal.settled_at.isoformat(),
    }


def _repair(order: RepairOrder) -> dict[str, Any]:
    offer = order.offer
    return {
        "id": order.id,
        "state": order.state.value,
        "requestedAt": order.requested_at.isoformat(),
        "contact": {
            "name": order.contact.name,
            "email": order.contact.email,
            "phone": order.contact.phone,
        },
        "device": {
            "category": order.device.category,
            "type": order.device.type,
            "serial": order.device.serial,
            "installedOn": order.device.installed_on and order.device.installed_on.isoformat(),
        },
        "remoteMonitoring": order.remote_monitoring,
        "fault": order.fault,
        "specialSettings": order.special_settings,
        "offer": offer
        and {
            "items": [{"text": text, "netCents": cents} for text, cents in offer.items],
            "text": offer.text,
            "validUntil": offer.valid_until.isoformat(),
            "grossCents": offer.gross_cents,
            "currency": offer.currency,
            "at": offer.at.isoformat(),
        },
        "answeredAt": order.answered_at and order.answered_at.isoformat(),
        "doneAt": order.done_at and order.done_at.isoformat(),
    }
