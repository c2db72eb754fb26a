"""The stored shape of plants and inverters. Days are ISO dates, decimals are their digits."""

from collections.abc import Iterable, Mapping
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.book_items import day
from freischalt.adapters.items import lock_values, locks_of, millis, moment
from freischalt.domain.ids import AccountNumber, InverterSerial, OrderNumber, PlantId
from freischalt.domain.plant import (
    Inverter,
    Plant,
    PlantDetails,
    PlantKind,
    Production,
    Site,
    Told,
    UsedActivation,
)
from freischalt.domain.shared_plant import SharedPlant
from freischalt.domain.term import Term
from freischalt.domain.term_notices import next_due_of


def plant_item(plant: Plant, time_zone: tzinfo, *, version: int) -> Wire:
    """Whoever writes a plant writes when its owner is to be told next that its right ends."""
    production, told = plant.production, plant.told
    due_at = next_due_of(plant, time_zone)
    return keys.plant(plant.id) | to_item(
        {
            "id": plant.id,
            "details": _details_values(plant.details),
            "created_at": millis(plant.created_at),
            "inverters": plant.inverters,
            "unknown_inverters": plant.unknown_inverters or None,
            "unsupported_inverters": plant.unsupported_inverters or None,
            "power_w": plant.power_w,
            "imports": plant.imports or None,
            "trial_from": plant.trial_from and plant.trial_from.isoformat(),
            "terms": [_term_values(term) for term in plant.terms] or None,
            "credit_cents": plant.credit_cents or None,
            "extended_on": plant.extended_on and plant.extended_on.isoformat(),
            "open_order": plant.open_order,
            "ordered_w": plant.ordered_w,
            "guests": plant.guests or None,
            "locks": lock_values(plant.locks) or None,
            "production": production and production_values(production),
            "told": told and {"end": told.end.isoformat(), "days": told.days},
            "ended_at": plant.ended_at and millis(plant.ended_at),
            "changed_by": plant.changed_by,
            "revision": plant.revision,
            "public_version": plant.public_version or None,
            "version": version,
            "due": due_at and keys.due_term(plant.id),
            "due_at": due_at and millis(due_at),
        }
    )


def plant_of(item: Mapping[str, Any]) -> Plant:
    read = from_item(item)
    production, told, ended = read.get("production"), read.get("told"), read.get("ended_at")
    return Plant(
        id=PlantId(read["id"]),
        details=_details_of(read["details"]),
        created_at=moment(read["created_at"]),
        inverters=read["inverters"],
        unknown_inverters=read.get("unknown_inverters", 0),
        unsupported_inverters=read.get("unsupported_inverters", 0),
        power_w=read["power_w"],
        imports=tuple(read.get("imports", ())),
        trial_from=day(read.get("trial_from")),
        terms=terms_of(read.get("terms", ())),
        credit_cents=read.get("credit_cents", 0),
        extended_on=day(read.get("extended_on")),
        open_order=OrderNumber(read["open_order"]) if "open_order" in read else None,
        ordered_w=read.get("ordered_w"),
        guests=tuple(AccountNumber(number) for number in read.get("guests", ())),
        locks=locks_of(read.get("locks", ())),
        production=production and production_of(production),
        told=told and Told(end=date.fromisoformat(told["end"]), days=told["days"]),
        ended_at=None if ended is None else moment(ended),
        changed_by=read.get("changed_by"),
        revision=read.get("revision", 0),
        public_version=read.get("public_version", 0),
        version=read["version"],
    )


def production_values(production: Production) -> dict[str, object]:
    return {
        "on": production.on.isoformat(),
        "day_wh": production.day_wh,
        "total_wh": production.total_wh,
    }


def production_of(read: Mapping[str, Any]) -> Production:
    return Production(
        on=date.fromisoformat(read["on"]), day_wh=read["day_wh"], total_wh=read["total_wh"]
    )


def _details_values(details: PlantDetails) -> dict[str, object]:
    site = details.site
    return {
        "name": details.name,
        "description": details.description or None,
        "country": site.country,
        "postal_code": site.postal_code,
        "city": site.city,
        "latitude": str(site.latitude),
        "longitude": str(site.longitude),
        "temperature_coefficient": str(details.temperature_coefficient),
        "azimuth": details.azimuth,
        "tilt": details.tilt,
        "module_area": str(details.module_area),
        "module_label": details.module_label or None,
        "feed_in_tariff": str(details.feed_in_tariff),
        "generator_power_w": details.generator_power_w,
        "kind": details.kind.value,
        "is_public": details.is_public or None,
    }


def _details_of(read: Mapping[str, Any]) -> PlantDetails:
    return PlantDetails(
        name=read["name"],
        description=read.get("description", ""),
        site=Site(
            country=read["country"],
            postal_code=read["postal_code"],
            city=read["city"],
            latitude=Decimal(read["latitude"]),
            longitude=Decimal(read["longitude"]),
        ),
        temperature_coefficient=Decimal(read["temperature_coefficient"]),
        azimuth=read["azimuth"],
        tilt=read["tilt"],
        module_area=Decimal(read["module_area"]),
        module_label=read.get("module_label", ""),
        feed_in_tariff=Decimal(read["feed_in_tariff"]),
        generator_power_w=read.get("generator_power_w"),
        kind=PlantKind(read["kind"]),
        is_public=read.get("is_public", False),
    )


def _term_values(term: Term) -> dict[str, object]:
    return {
        "order": term.order,
        "after": term.after.isoformat(),
        "days": term.days,
        "power_w": term.power_w,
        "net_cents": term.net_cents,
        "ended": term.ended and term.ended.isoformat(),
    }


def terms_of(read: Iterable[Mapping[str, Any]]) -> tuple[Term, ...]:
    return tuple(_term_of(term) for term in read)


def _term_of(read: Mapping[str, Any]) -> Term:
    return Term(
        order=OrderNumber(read["order"]),
        after=date.fromisoformat(read["after"]),
        days=read["days"],
        power_w=read["power_w"],
        net_cents=read["net_cents"],
        ended=day(read.get("ended")),
    )


def shared_plant_item(shared: SharedPlant, *, version: int) -> Wire:
    return keys.shared_plant(shared.guest, shared.plant) | to_item({"version": version})


def shared_plant_of(guest: str, plant: str, item: Mapping[str, Any]) -> SharedPlant:
    version = from_item(item)["version"]
    return SharedPlant(guest=AccountNumber(guest), plant=PlantId(plant), version=version)


def inverter_item(inverter: Inverter, *, version: int) -> Wire:
    return keys.inverter(inverter.plant, inverter.serial) | to_item(
        {
            "serial": inverter.serial,
            "plant": inverter.plant,
            "type": inverter.type,
            "power_w": inverter.power_w,
            "name": inverter.name or None,
            "firmware": inverter.firmware,
            "unsupported": not inverter.is_supported or None,
            "activated_at": millis(inverter.activated_at),
            "import_id": inverter.import_id,
            "version": version,
        }
    )


def inverter_of(item: Mapping[str, Any]) -> Inverter:
    read = from_item(item)
    return Inverter(
        serial=InverterSerial(read["serial"]),
        plant=PlantId(read["plant"]),
        type=read["type"],
        power_w=read["power_w"],
        name=read.get("name", ""),
        firmware=read.get("firmware"),
        is_supported=not read.get("unsupported", False),
        activated_at=moment(read["activated_at"]),
        import_id=read.get("import_id"),
        version=read["version"],
    )


def used_activation_item(used: UsedActivation, *, version: int) -> Wire:
    return keys.used_activation(used.serial) | to_item(
        {
            "plant": used.plant,
            "at": millis(used.at),
            "by": used.by,
            "import_id": used.import_id,
            "removed_at": used.removed_at and millis(used.removed_at),
            "removed_by": used.removed_by,
            "version": version,
        }
    )


def used_activation_of(serial: str, item: Mapping[str, Any]) -> UsedActivation:
    read = from_item(item)
    removed = read.get("removed_at")
    return UsedActivation(
        serial=InverterSerial(serial),
        plant=PlantId(read["plant"]),
        at=moment(read["at"]),
        by=read.get("by"),
        import_id=read.get("import_id"),
        removed_at=None if removed is None else moment(removed),
        removed_by=read.get("removed_by"),
        version=read["version"],
    )
