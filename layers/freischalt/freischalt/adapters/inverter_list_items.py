"""The stored shape of lists of inverters. While one is not at its end, it waits in `by_due`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.items import millis, moment
from freischalt.domain.ids import PlantId
from freischalt.domain.inverter_list import (
    InverterList,
    ListColumn,
    ListProblem,
    ListRule,
    ListState,
)
from freischalt.domain.plant import Power

LISTS_KEPT = timedelta(days=90)


def inverter_list_item(list_: InverterList, *, version: int) -> Wire:
    begun, ended, due, power = list_.begun_at, list_.ended_at, list_.due_at, list_.power
    item: dict[str, object] = {
        "id": list_.id,
        "plant": list_.plant,
        "by": list_.by,
        "created_at": millis(list_.created_at),
        "accepts_growth": list_.accepts_growth or None,
        "state": list_.state.value,
        "begun_at": begun and millis(begun),
        "ended_at": ended and millis(ended),
        "digest": list_.digest,
        "rows": list_.rows or None,
        "staged": list_.staged or None,
        "power": None if power == Power() else _power_values(power),
        "on_plant": list_.on_plant or None,
        "problems": [_problem_values(problem) for problem in list_.problems] or None,
        "more_problems": list_.more_problems or None,
        "version": version,
    }
    if due:
        item |= {"due": keys.DUE_LISTS, "due_at": millis(due)}
    elif ended:
        item |= {"expires_at": int((ended + LISTS_KEPT).timestamp())}
    return keys.inverter_list(list_.account, list_.id) | to_item(item)


def inverter_list_of(item: Mapping[str, Any]) -> InverterList:
    read = from_item(item)
    begun, ended = read.get("begun_at"), read.get("ended_at")
    return InverterList(
        id=read["id"],
        plant=PlantId(read["plant"]),
        by=read["by"],
        created_at=moment(read["created_at"]),
        accepts_growth=read.get("accepts_growth", False),
        state=ListState(read["state"]),
        begun_at=None if begun is None else moment(begun),
        ended_at=None if ended is None else moment(ended),
        digest=read.get("digest"),
        rows=read.get("rows", 0),
        staged=read.get("staged", 0),
        power=Power(**read.get("power", {})),
        on_plant=read.get("on_plant", False),
        problems=tuple(_problem_of(each) for each in read.get("problems", ())),
        more_problems=read.get("more_problems", 0),
        version=read["version"],
    )


def _power_values(power: Power) -> dict[str, int]:
    return {
        "inverters": power.inverters,
        "unknown": power.unknown,
        "unsupported": power.unsupported,
        "watts": power.watts,
    }


def _problem_values(problem: ListProblem) -> dict[str, object]:
    return {
        "rule": problem.rule.value,
        "row": problem.row,
        "column": problem.column and problem.column.value,
        "parameters": dict(problem.parameters) or None,
    }


def _problem_of(read: Mapping[str, Any]) -> ListProblem:
    return ListProblem(
        rule=ListRule(read["rule"]),
        row=read.get("row"),
        column=ListColumn(read["column"]) if "column" in read else None,
        parameters=read.get("parameters", {}),
    )
