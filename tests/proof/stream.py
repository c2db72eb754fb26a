"""What the table's stream brings to a function of the template, by its filters."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from samtranslator.yaml_helper import yaml_parse

from tests.artefact.deployed import FUNCTIONS
from tests.conftest import ROOT

type Item = dict[str, Any]


def changes(
    items: Iterable[Item], before: Mapping[tuple[str, str], Item], function: str
) -> Iterator[Item]:
    """Records of all `items` that are not as they were `before`, as far as it hears of them."""
    now = datetime.now(UTC).timestamp()
    for item in items:
        key = (item["PK"]["S"], item["SK"]["S"])
        old = before.get(key)
        name = "MODIFY" if old else "INSERT"
        if old == item or not any(
            name in names and re.fullmatch(kinds, key[1]) for names, kinds in follows(function)
        ):
            continue
        images = {"NewImage": item} | ({"OldImage": old} if old else {})
        yield {
            "eventID": uuid4().hex,
            "eventName": name,
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "ApproximateCreationDateTime": now,
                "Keys": {"PK": item["PK"], "SK": item["SK"]},
                **images,
            },
        }


@cache
def follows(function: str) -> tuple[tuple[set[str], str], ...]:
    """Which changes the template lets through to a function, as what, and of which sort keys."""
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    (trigger,) = template["Resources"][FUNCTIONS[function]]["Properties"]["Events"].values()
    patterns = [
        json.loads(each["Pattern"]) for each in trigger["Properties"]["FilterCriteria"]["Filters"]
    ]
    return tuple(
        (set(pattern["eventName"]), "|".join(map(_expression, _kinds(pattern))))
        for pattern in patterns
    )


def _kinds(pattern: Item) -> list[Any]:
    kinds: list[Any] = pattern["dynamodb"]["Keys"]["SK"]["S"]
    return kinds


def _expression(kind: str | Mapping[str, str]) -> str:
    return kind if isinstance(kind, str) else re.escape(kind["prefix"]) + ".*"
