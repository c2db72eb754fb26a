"""What costs money whether anybody texts or not: counted in the template and in the functions."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from freischalt.domain.answer import AnswerCode
from freischalt.domain.inverter_list import ListState
from freischalt.domain.vat import VatService, VatVerdict
from freischalt.use_cases.desk import Ending
from local.processes import ROOT
from tests.bench.prices import Quantities

MINUTES_A_MONTH = 30 * 24 * 60
PLACEHOLDERS = {
    "{outcome.ending}": len(Ending),
    "{outcome.answer}": len(AnswerCode),
    "{answer['statusCode'] // 100}": 3,  # 2xx, 4xx, 5xx
    "{checked.answer.service}": len(VatService),
    "{reading.verdict}": len(VatVerdict),
    "{list_.state}": len(ListState),
}
API = ROOT / "layers/freischalt_api/freischalt_api/api.py"


@dataclass(frozen=True)
class Stack:
    """What the template has whether anybody texts or not; runs a month of scheduled functions."""

    each_month: Quantities
    schedules: Mapping[str, float]

    @classmethod
    def of(cls, template: Mapping[str, Any]) -> "Stack":
        unconditional = [each for each in template["Resources"].values() if "Condition" not in each]
        kinds = Counter(each["Type"] for each in unconditional)
        schedules = {
            Path(each["Properties"]["CodeUri"]).name: runs_a_month(
                event["Properties"]["ScheduleExpression"]
            )
            for each in unconditional
            for event in each.get("Properties", {}).get("Events", {}).values()
            if event["Type"] == "ScheduleV2"
        }
        functions = sorted((ROOT / "functions").glob("*/app.py"))
        each_month = {
            "kms_key_month": kinds["AWS::KMS::Key"],
            "alarm_month": kinds["AWS::CloudWatch::Alarm"],
            "dashboard_month": kinds["AWS::CloudWatch::Dashboard"],
            "metric_month": sum(map(all_metrics_of, functions)),
            "schedule": sum(schedules.values()),
        }
        return cls(each_month, schedules)


def runs_a_month(schedule: str) -> float:
    """How often a schedule runs in 30 days.

    >>> runs_a_month("rate(5 minutes)"), runs_a_month("rate(1 hour)")
    (8640.0, 720.0)
    >>> runs_a_month("cron(15 3 1 * ? *)")
    1
    """
    if minutes := re.fullmatch(r"rate\((\d+) minutes?\)", schedule):
        return MINUTES_A_MONTH / int(minutes[1])
    if hours := re.fullmatch(r"rate\((\d+) hours?\)", schedule):
        return MINUTES_A_MONTH / 60 / int(hours[1])
    if minutes := re.fullmatch(r"cron\(0/(\d+) \* \* \* \? \*\)", schedule):
        return MINUTES_A_MONTH / int(minutes[1])
    if re.fullmatch(r"cron\(\d+ \d+ 1 \* \? \*\)", schedule):
        return 1
    raise LookupError(f"teach this bill {schedule}")


def all_metrics_of(function: Path) -> int:
    """Its own, and those that the routes of the API count for it."""
    behind_the_api = "freischalt_api.api" in function.read_text("utf-8")
    return metrics_in(function) + (metrics_in(API) if behind_the_api else 0)


def metrics_in(function: Path) -> int:
    """How many metrics a function can have: each name, with one dimension.

    A name stands where it is counted, or in a table of those that are.
    """
    counted = re.compile(r'(?:add_metric\(\s*|metric=|^ +)f?"([A-Z][^":-]+)"[,:)]', re.MULTILINE)
    names = set(counted.findall(function.read_text("utf-8")))
    return sum(_variants(name) for name in names)


def _variants(name: str) -> int:
    """How many names a pattern stands for.

    >>> _variants("Messages"), _variants("Ending_{outcome.ending}") == len(Ending)
    (1, True)
    """
    return prod(PLACEHOLDERS[found] for found in re.findall(r"{[^}]*}", name))
