"""The plants of an account that is exported or erased.

Orders, invoices and withdrawals of terms stay, as accounting needs them; that a code was used
stays, too. Plants go first, each with its row, then their inverters: none can be added to a plant
that is gone. What a crash leaves behind, the same request takes away when it is repeated.
"""

from collections.abc import Iterator
from datetime import date
from itertools import batched
from typing import Any

from freischalt.account_ports import Delete
from freischalt.domain.ids import AccountNumber
from freischalt.domain.invoice import Invoice
from freischalt.domain.plant import Inverter, Plant
from freischalt.domain.term_order import TermOrder, Withdrawal
from freischalt.domain.term_order_state import TermOrderState
from freischalt.use_cases.office import Office, all_of
from freischalt.use_cases.plants import is_paid_for, plant_gone

A_PAGE = 50


def owes_terms(number: AccountNumber, office: Office, today: date) -> bool:
    """An order that waits for its money, or a term that was paid for and has not run out.

    Whoever wants to be erased all the same ends the plants before.
    """
    open_orders = (order.state is TermOrderState.OPEN for order in _orders(number, office))
    return any(
        plant.ended_at is None and (plant.open_order or is_paid_for(plant, today))
        for plant in _plants(number, office)
    ) or any(open_orders)


def forget_plants(number: AccountNumber, office: Office) -> None:
    """Raises LostRace if one is changed meanwhile: it may owe something then."""
    for plant in _plants(number, office):
        office.records.write(*plant_gone(plant))
    for some in batched(_inverters(number, office), A_PAGE, strict=False):
        office.records.write(*map(Delete, some))


def exported_plants(number: AccountNumber, office: Office) -> dict[str, list[dict[str, Any]]]:
    """Members of the export, as JSON can have them."""
    return {
        "plants": [_plant(plant) for plant in _plants(number, office)],
        "inverters": [_inverter(inverter) for inverter in _inverters(number, office)],
        "termOrders": [_order(order) for order in _orders(number, office)],
        "invoices": [_invoice(invoice) for invoice in _invoices(number, office)],
        "withdrawals": [_withdrawal(one) for one in _withdrawals(number, office)],
    }


def _plants(number: AccountNumber, office: Office) -> Iterator[Plant]:
    return all_of(lambda after: office.records.page(Plant, number, after=after, limit=A_PAGE))


def _inverters(number: AccountNumber, office: Office) -> Iterator[Inverter]:
    return all_of(lambda after: office.records.page(Inverter, number, after=after, limit=A_PAGE))


def _orders(number: AccountNumber, office: Office) -> Iterator[TermOrder]:
    return all_of(lambda after: office.records.page(TermOrder, number, after=after, limit=A_PAGE))


def _invoices(number: AccountNumber, office: Office) -> Iterator[Invoice]:
    return all_of(lambda after: office.records.page(Invoice, number, after=after, limit=A_PAGE))


def _withdrawals(number: AccountNumber, office: Office) -> Iterator[Withdrawal]:
    return all_of(lambda after: office.records.page(Withdrawal, number, after=after, limit=A_PAGE))


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
