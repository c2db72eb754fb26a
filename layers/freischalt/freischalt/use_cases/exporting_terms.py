"""Plants, terms and repairs in the export of an account, as JSON can have them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import batched
from typing import Any

from freischalt.account_ports import Ref
from freischalt.domain.address import Registrant
from freischalt.domain.ids import AccountNumber, account_of
from freischalt.domain.inverter_list import InverterList
from freischalt.domain.invoice import Invoice
from freischalt.domain.payment import Payment
from freischalt.domain.plant import Inverter, Plant, UsedActivation
from freischalt.domain.repair_order import RepairOrder
from freischalt.domain.term_order import TermOrder, Withdrawal
from freischalt.use_cases.office import A_PAGE, Office, found, things_of
from freischalt.use_cases.payments import payments_of


def exported_terms(number: AccountNumber, office: Office) -> dict[str, list[dict[str, Any]]]:
    """Members of the export, by their names."""
    inverters = list(things_of(Inverter, number, office))
    return {
        **{
            name: [shown(thing) for thing in things_of(kind, number, office)]
            for name, (kind, shown) in KINDS.items()
        },
        "inverters": [_inverter(inverter) for inverter in inverters],
        "usedCodes": [_used(used) for used in _used_codes(inverters, number, office)],
        "payments": [_payment(payment) for payment in payments_of(number, office)],
    }


def _used_codes(
    inverters: Iterable[Inverter], number: AccountNumber, office: Office
) -> Iterator[UsedActivation]:
    """Those of the inverters that there are; of what was taken off a plant the trail tells.

    What a refused list has left behind may have been used by another account since.
    """
    serials = dict.fromkeys(inverter.serial for inverter in inverters)
    for some in batched(serials, A_PAGE, strict=False):
        for used in found(office, [Ref(UsedActivation, (serial,)) for serial in some]):
            if account_of(used.plant) == number:
                yield used


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
    }


def _used(used: UsedActivation) -> dict[str, Any]:
    return {
        "serial": used.serial,
        "plant": used.plant,
        "at": used.at.isoformat(),
        "by": used.by,
        "list": used.import_id,
    }


def _list(list_: InverterList) -> dict[str, Any]:
    return {
        "id": list_.id,
        "plant": list_.plant,
        "by": list_.by,
        "createdAt": list_.created_at.isoformat(),
        "acceptsGrowth": list_.accepts_growth,
        "state": list_.state.value,
        "endedAt": list_.ended_at and list_.ended_at.isoformat(),
        "rows": list_.rows,
        "problems": [
            {
                "rule": problem.rule.value,
                "row": problem.row,
                "column": problem.column and problem.column.value,
                "parameters": dict(problem.parameters),
            }
            for problem in list_.problems
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


KINDS: Mapping[str, tuple[type[Any], Callable[[Any], dict[str, Any]]]] = {
    "plants": (Plant, _plant),
    "inverterLists": (InverterList, _list),
    "termOrders": (TermOrder, _order),
    "invoices": (Invoice, _invoice),
    "withdrawals": (Withdrawal, _withdrawal),
    "repairOrders": (RepairOrder, _repair),
}
