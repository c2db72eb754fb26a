"""The stored shape of a public plant's row: see `domain.public_plant`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.items import lock_values, locks_of
from freischalt.adapters.plant_items import production_of, production_values
from freischalt.domain.ids import PlantId
from freischalt.domain.public_plant import PublicPlant


def public_plant_item(row: PublicPlant, *, version: int) -> Wire:
    return keys.public_plant(*row.id) | to_item(
        {
            "plant": row.plant,
            "public_id": row.public_id,
            "country": row.country,
            "postal_code": row.postal_code,
            "city": row.city,
            "ac_power_w": row.ac_power_w,
            "generator_power_w": row.generator_power_w,
            "production": row.production and production_values(row.production),
            "spans": [[day.isoformat() for day in span] for span in row.spans] or None,
            "locks": lock_values(row.locks) or None,
            "version": version,
        }
    )


def public_plant_of(item: Mapping[str, Any]) -> PublicPlant:
    read = from_item(item)
    production = read.get("production")
    return PublicPlant(
        plant=PlantId(read["plant"]),
        public_id=read["public_id"],
        country=read["country"],
        postal_code=read["postal_code"],
        city=read["city"],
        ac_power_w=read["ac_power_w"],
        generator_power_w=read.get("generator_power_w"),
        production=production and production_of(production),
        spans=tuple(
            (date.fromisoformat(first), date.fromisoformat(after_last))
            for first, after_last in read.get("spans", ())
        ),
        locks=locks_of(read.get("locks", ())),
        version=read["version"],
    )
