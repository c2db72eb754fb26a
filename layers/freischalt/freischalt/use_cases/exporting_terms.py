"""Plants, terms and repairs in the export of an account, as JSON can have them."""

from collections.abc import Callable, Mapping
from typing import Any

from freischalt.domain.ids import AccountNumber
from freischalt.domain.invoice import Invoice
from freischalt.domain.plant import Inverter, Plant
from freischalt.domain.repair_order import RepairOrder
from freischalt.domain.term_order import TermOrder, Withdrawal
from freischalt.use_cases.office import Office, things_of


def exported_terms(number: AccountNumber, office: Office) -> dict[str, list[dict[str, Any]]]:
    """Members of the export, by their names."""
    return {
        name: [shown(thing) for thing in things_of(kind, number, office)]
        for name, (kind, shown) in KINDS.items()
    }


def _plant(plant: Plant) -> dict[str, Any]:
    details, production = plant.details, plant.production
    return {
        "id": plant.id,
        "createdAt": plant.created_at.isoformat(),
        "endedAt": plant.ended_at and plant.ended_at.isoformat(),
        "name": details.name,
        "description": details.description,
        "country": details.site.country,
        "postalCode": details.site.postal_code,
        "city": details.site.city,
        "latitude": str(details.site.latitude),
        "longitude": str(details.site.longitude),
        "kind": details.kind.value,
        "temperatureCoefficient": str(details.temperature_coefficient),
        "azimuth": details.azimuth,
        "tilt": details.tilt,
        "moduleArea": str(details.module_area),
        "moduleLabel": details.module_label,
        "feedInTariff": str(details.feed_in_tariff),
        "generatorPowerW": details.generator_power_w,
        "public": details.is_public,
        "powerW": plant.power_w,
        "guests": list(plant.guests),
        "trialFrom": plant.trial_from and plant.trial_from.isoformat(),
        "terms": [
            {
                "order": term.order,
                "after": term.after.isoformat(),
                "days": term.days,
                "powerW": term.power_w,
                "netCents": term.net_cents,
                "ended": term.ended and term.ended.isoformat(),
            }
            for term in plant.terms
        ],
        "creditCents": plant.credit_cents,
        "production": production
        and {
            "on": production.on.isoformat(),
            "dayWh": production.day_wh,
            "totalWh": production.total_wh,
        },
    }


def _inverter(inverter: Inverter) -> dict[str, Any]:
    return {
        "serial": inverter.serial,
        "plant": inverter.plant,
        "type": inverter.type,
        "powerW": inverter.power_w,
        "name": inverter.name,
        "firmware": inverter.firmware,
        "activatedAt": inverter.activated_at.isoformat(),
    }


def _order(order: TermOrder) -> dict[str, Any]:
    return {
        "number": order.number,
        "state": order.state.value,
        "placedAt": order.placed_at.isoformat(),
        "placedBy": order.placed_by,
        "buyer": order.buyer.name,
        "vatId": order.buyer_vat_id,
        "documents": dict(order.consent.documents),
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
        "buyer": invoice.buyer.name,
        "issuedOn": invoice.issued_on and invoice.issued_on.isoformat(),
        "grossCents": invoice.gross_cents,
        "currency": invoice.currency,
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


KINDS: Mapping[str, tuple[type[Any], Callable[[Any], dict[str, Any]]]] = {
    "plants": (Plant, _plant),
    "inverters": (Inverter, _inverter),
    "termOrders": (TermOrder, _order),
    "invoices": (Invoice, _invoice),
    "withdrawals": (Withdrawal, _withdrawal),
    "repairOrders": (RepairOrder, _repair),
}
