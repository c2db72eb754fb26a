"""What books of all kinds share: how long they are kept, and which VAT they bear."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from freischalt.adapters.items import moment
from freischalt.domain.vat_charge import VatCharge, VatRule

YEARS_KEPT = 10
"""Books are kept ten years from the end of the year (§ 147 AO)."""


def moment_or_none(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def kept_until(at: datetime) -> int:
    """As TTL wants it: ten years from the end of the year."""
    return int(datetime(at.year + YEARS_KEPT + 1, 1, 2, tzinfo=UTC).timestamp())


def charge_values(vat: VatCharge) -> dict[str, object]:
    return {"rule": vat.rule.value, "country": vat.country, "basis_points": vat.basis_points}


def charge_of(read: Mapping[str, Any]) -> VatCharge:
    return VatCharge(VatRule(read["rule"]), read["country"], read["basis_points"])
