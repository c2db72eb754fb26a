"""Plants and what belongs to them in the export of an account, as JSON can have them."""

from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any

from freischalt.account_ports import Ref
from freischalt.domain.ids import AccountNumber, account_of
from freischalt.domain.inverter_list import InverterList
from freischalt.domain.plant import Inverter, Plant, UsedActivation
from freischalt.use_cases.office import A_PAGE, Office, found, things_of


def exported_plants(number: AccountNumber, office: Office) -> dict[str, list[dict[str, Any]]]:
    """Members of the export, by their names."""
    inverters = list(things_of(Inverter, number, office))
    return {
        "plants": [_plant(plant) for plant in things_of(Plant, number, office)],
        "inverters": [_inverter(inverter) for inverter in inverters],
        "usedCodes": [_used(used) for used in _used_codes(inverters, number, office)],
        "inverterLists": [_list(list_) for list_ in things_of(InverterList, number, office)],
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
