"""What books of all kinds share: days, and which VAT they bear."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from freischalt.domain.vat_charge import VatCharge, VatRule


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def charge_values(vat: VatCharge) -> dict[str, object]:
    return {"rule": vat.rule.value, "country": vat.country, "basis_points": vat.basis_points}


def charge_of(read: Mapping[str, Any]) -> VatCharge:
    return VatCharge(VatRule(read["rule"]), read["country"], read["basis_points"])
