"""List prices, and what the calls of a run are billed as: `prices.toml` has them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

FILE = Path(__file__).with_name("prices.toml")
NOT_BY_CALL = {"units", "nothing"}

type Quantities = Mapping[str, float]
"""How much of each thing that has a price."""


class Counted(Protocol):
    """What one run of a function costs."""

    @property
    def use_case(self) -> str: ...
    @property
    def function(self) -> str: ...
    @property
    def calls(self) -> Mapping[str, int]: ...
    @property
    def read_units(self) -> float: ...
    @property
    def write_units(self) -> float: ...


@dataclass(frozen=True)
class Price:
    """A list price: dollars for `per` of a thing, of which `free` a month cost nothing."""

    what: str
    usd: float
    source: str
    date: date
    per: float = 1
    free: float = 0
    sure: bool = True

    def of(self, quantity: float) -> float:
        """List price, without what is free.

        >>> Price("", 0.4, "", date(2026, 1, 1), per=1_000_000, free=1_000_000).of(2_500_000)
        1.0
        """
        return self.usd * quantity / self.per

    def less_free(self, quantity: float) -> float:
        """The same with what is free.

        >>> Price("", 0.4, "", date(2026, 1, 1), per=1_000_000, free=500_000).less_free(3_000_000)
        1.0
        >>> Price("", 3.0, "", date(2026, 1, 1), free=3).less_free(1)
        0.0
        """
        return self.of(max(0.0, quantity - self.free))


@dataclass(frozen=True)
class PriceList:
    """All prices, and what each AWS call is billed as."""

    region: str
    prices: Mapping[str, Price]
    calls: Mapping[str, str]

    @classmethod
    def read(cls, file: Path = FILE) -> "PriceList":
        read = tomllib.loads(file.read_text("utf-8"))
        prices = {name: Price(**values) for name, values in read["prices"].items()}
        return cls(read["region"], prices, read["calls"])

    def billed(self, counted: Counted) -> Quantities:
        """What the calls of a run are billed as. Raises LookupError for a call without a price."""
        if unknown := counted.calls.keys() - self.calls.keys():
            raise LookupError(f"{', '.join(sorted(unknown))}: no price in prices.toml")
        units = {
            "dynamodb_read_unit": counted.read_units,
            "dynamodb_write_unit": counted.write_units,
        }
        billed = [{self.calls[call]: times} for call, times in counted.calls.items()]
        return added(
            units, *({k: v for k, v in each.items() if k not in NOT_BY_CALL} for each in billed)
        )


def added(*all_: Quantities) -> dict[str, float]:
    """The sum, thing by thing.

    >>> added({"event": 1, "alarm": 2}, {"event": 3})
    {'event': 4, 'alarm': 2}
    """
    total: dict[str, float] = {}
    for each in all_:
        for name, quantity in each.items():
            total[name] = total.get(name, 0) + quantity
    return total


def times(quantities: Quantities, factor: float) -> dict[str, float]:
    """Each of them so often.

    >>> times({"event": 3}, 2)
    {'event': 6}
    """
    return {name: quantity * factor for name, quantity in quantities.items()}
