"""The terms as the build left them; they were checked there (`freischalt.term_catalogue_file`)."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from freischalt.domain.term_catalogue import (
    Band,
    InverterType,
    RepairPrice,
    Seller,
    TermCatalogue,
    TermPrices,
    VatRate,
)


def load_term_catalogue(path: Path, *, seller_vat_id: str) -> TermCatalogue:
    return term_catalogue_of(json.loads(path.read_text("utf-8")), seller_vat_id=seller_vat_id)


def term_catalogue_of(compiled: Mapping[str, Any], *, seller_vat_id: str) -> TermCatalogue:
    seller = compiled["seller"]
    return TermCatalogue(
        currency=compiled["currency"],
        prices=TermPrices(
            bands=tuple(
                Band(
                    band["up_to_w"],
                    {int(days): cents for days, cents in band["net_cents"].items()},
                )
                for band in compiled["prices"]
            )
        ),
        inverter_types={
            name: InverterType(name=name, **type_)
            for name, type_ in compiled["inverter_types"].items()
        },
        vat_rates={
            country: tuple(VatRate(date.fromisoformat(since), points) for since, points in rates)
            for country, rates in compiled["vat_rates"].items()
        },
        seller=Seller(**{**seller, "lines": tuple(seller["lines"]), "vat_id": seller_vat_id}),
        unknown_power_w=compiled["unknown_power_w"],
        repair_categories=compiled["repair_categories"],
        repair_prices=tuple(_repair_price(**price) for price in compiled["repair_prices"]),
        holidays=frozenset(map(date.fromisoformat, compiled["holidays"])),
        note=compiled["note"] or {},
    )


def _repair_price(net_cents: int, **name: str) -> RepairPrice:
    return RepairPrice(name=name, net_cents=net_cents)
