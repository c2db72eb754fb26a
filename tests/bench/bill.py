"""What a vendor pays AWS in a month: counted calls and units times list prices.

`prices.toml` has the prices; `usage.toml` what customers do, and what cannot be counted here; the
template what is there anyway. Left out are failures, the vendor's own tool, alarms by mail and the
files in the bucket.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.declared import Stack
from tests.bench.prices import Counted, PriceList, Quantities, added, times

USAGE = Path(__file__).with_name("usage.toml")
GB = 1_000_000_000
SMS = ("sms_part", "sms_in", "sms_number_month")


@dataclass(frozen=True)
class Bill:
    """One vendor's month."""

    customers: int
    texts: float
    quantities: Quantities
    prices: PriceList

    def usd(self, name: str) -> float:
        return self.prices.prices[name].of(self.quantities.get(name, 0))

    @property
    def sms(self) -> float:
        return sum(self.usd(name) for name in self.quantities if name in SMS)

    @property
    def without_sms(self) -> float:
        return sum(self.usd(name) for name in self.quantities if name not in SMS)

    @property
    def less_free(self) -> float:
        return sum(
            self.prices.prices[name].less_free(quantity)
            for name, quantity in self.quantities.items()
            if name not in SMS
        )


def read_usage(file: Path = USAGE) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


def bills(counted: Iterable[Counted], template: Mapping[str, Any]) -> list[Bill]:
    """`counted` are the registered use cases; `usage.toml` names those that a month is made of."""
    usage, prices, stack = read_usage(), PriceList.read(), Stack.of(template)
    named = {each.use_case: each for each in counted}
    return [
        bill(customers, usage, prices, named=named, stack=stack) for customers in usage["customers"]
    ]


def bill(
    customers: int,
    usage: Mapping[str, Any],
    prices: PriceList,
    *,
    named: Mapping[str, Counted],
    stack: Stack,
) -> Bill:
    number = customers * usage["texts_a_customer"]
    answered = [(number * kind["share"], named[name]) for name, kind in usage["mix"].items()]
    calls = usage.get("calls", {})
    called = [(customers * call["a_customer"], named[name]) for name, call in calls.items()]
    behind = [
        *_behind(usage["mix"], number, named),
        *(
            (customers * call["a_customer"], named[name])
            for call in calls.values()
            for name in call["then"]
        ),
    ]
    runs = [named[name] for name in usage["scheduled"]]
    scheduled = [(stack.schedules[run.function], run) for run in runs]
    total = added(
        times(usage["a_text"], number),
        *(times(prices.billed(text), often) for often, text in answered),
        times(of_an_invocation("receive_sms", usage["run"]), number),
        *(times({"api_request": 1}, often) for often, _ in called),
        *(times(prices.billed(run), often) for often, run in behind + called + scheduled),
        *(
            times(of_an_invocation(run.function, usage["run"]), often)
            for often, run in behind + called + scheduled
        ),
        stack.each_month,
        usage["each_month"],
        of_data_keys(usage["data_keys"], number),
    )
    lines, orders = (
        sum(often * run.calls[call] for often, run in behind) for call in ("PutItem", "PutEvents")
    )
    stored = of_storage(usage["stored"], customers, number, lines, orders)
    logs = {"log_gb_month": total["log_gb"] * usage["stored"]["log_months"]}
    return Bill(customers, number, added(total, stored, logs), prices)


def _behind(
    mix: Mapping[str, Any], texts: float, named: Mapping[str, Counted]
) -> list[tuple[float, Counted]]:
    """How often the texts start which run behind them."""
    return [(texts * kind["share"], named[name]) for kind in mix.values() for name in kind["then"]]


def of_an_invocation(function: str, usage: Mapping[str, Any]) -> dict[str, float]:
    """Lambda and its log.

    >>> usage = {"memory_gb": 0.5, "cold_starts": 0.5, "cold_start_seconds": 1.0,
    ...     "seconds": {"receive_sms": 0.25}, "log_bytes": {"receive_sms": 1_000}}
    >>> of_an_invocation("receive_sms", usage)
    {'lambda_request': 1, 'lambda_gb_second': 0.375, 'log_gb': 1e-06}
    """
    start = usage["cold_starts"] * usage["cold_start_seconds"]
    memory = usage.get("memory_gb_of", {}).get(function, usage["memory_gb"])
    return {
        "lambda_request": 1,
        "lambda_gb_second": memory * (usage["seconds"][function] + start),
        "log_gb": usage["log_bytes"][function] / GB,
    }


def of_data_keys(usage: Mapping[str, float], texts: float) -> dict[str, float]:
    """Requests to KMS by the services that encrypt.

    >>> windows = {"windows": 100, "requests_a_busy_window": 8, "requests_each_window": 1}
    >>> of_data_keys(windows, texts=10), of_data_keys(windows, texts=1_000)
    ({'kms_request': 180}, {'kms_request': 900})
    """
    busy = min(texts, usage["windows"])
    each = usage["requests_each_window"] * usage["windows"]
    return {"kms_request": busy * usage["requests_a_busy_window"] + each}


def of_storage(
    usage: Mapping[str, float], customers: float, texts: float, lines: float, orders: float
) -> dict[str, float]:
    """The table after some months, and the same again for its recovery to a point in time."""
    kept = lines * usage["audit_line"] + orders * usage["order"]
    gigabytes = (
        customers * usage["customer"]
        + texts * usage["message"] * usage["message_months"]
        + kept * usage["other_months"]
    ) / GB
    return {"dynamodb_gb_month": gigabytes, "dynamodb_recovery_gb_month": gigabytes}
