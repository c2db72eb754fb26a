"""The proof's world, on a table that holds more than what belongs to a use case.

This is the one module here that knows the registry (`tests/proof/use_cases.py`) and its stage.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any
from unittest.mock import patch

from samtranslator.yaml_helper import yaml_parse

from freischalt.adapters import sdk
from local.ministack import MiniStack
from tests.artefact.deployed import NAMES
from tests.bench.capacity import record
from tests.conftest import ROOT, create_table
from tests.load.footprint import Footprint, Key, keys_written
from tests.proof.costs import QUIET, Meter, cost_of
from tests.proof.model import Model
from tests.proof.stage import world_at
from tests.proof.use_cases import USE_CASES
from tests.proof.worker import Context, start
from tests.proof.world import World

type Item = Mapping[str, Any]

TABLE = NAMES["Table"]
KEYS_A_CALL = 100
ACTS = tuple(use_case.name for use_case in USE_CASES)


class FullWorld(World):
    """Its items are those that it or a function has written; all others fill the table."""

    def __init__(self, *world: Any) -> None:
        super().__init__(*world)
        self._own: dict[tuple[str, str], Key] = {}

    def own(self, keys: Sequence[Key]) -> None:
        self._own |= {(key["PK"]["S"], key["SK"]["S"]): key for key in keys}

    def become(self, model: Model) -> None:
        super().become(model)
        self._own = {}
        self.own([{name: item[name] for name in ("PK", "SK")} for item in self._items_of(model)])

    def _items(self) -> Iterator[dict[str, Any]]:
        for some in batched(self._own.values(), KEYS_A_CALL, strict=False):
            asked = {TABLE: {"Keys": list(some), "ConsistentRead": True}}
            yield from self.dynamodb.batch_get_item(RequestItems=asked)["Responses"][TABLE]


@dataclass
class FullMeter(Meter):
    """Lets the world know what was written."""

    world: FullWorld

    def charge(self, **call: Any) -> None:
        before = len(self.calls)
        super().charge(**call)
        self.world.own(list(keys_written(self.calls[before:])))

    def footprint(self) -> Footprint:
        """Of the calls since it was last set to nothing."""
        return Footprint.of(self.calls, self.write_units, self.read_units)

    def set_to_nothing(self) -> None:
        self.calls, self.write_units, self.read_units = [], 0, 0


@contextmanager
def metering(stack: MiniStack, folder: Path) -> Iterator[FullMeter]:
    """All that the functions need beside the table, and a meter for every call that they make."""
    with (
        world_at(stack.endpoint, folder, FullWorld) as (world, environment),
        patch.dict(os.environ, environment | QUIET),
        record(sdk.session()) as recorder,
    ):
        meter = FullMeter(recorder, world)
        with meter.at_work():
            yield meter


def make_table(meter: FullMeter) -> None:
    """The table as the template has it, but for its stream: nothing here looks at that."""
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    create_table(meter.world.dynamodb, template, TABLE)


def footprints(meter: FullMeter, acts: Collection[str]) -> dict[str, Footprint]:
    """Of each of these registered use cases."""
    found = {}
    for use_case in USE_CASES:
        if use_case.name in acts:
            cost_of(use_case, meter)
            found[use_case.name] = meter.footprint()
    meter.world.forget()
    return found


def call(function: str, event: Any) -> Any:
    """What the function, started anew, answers."""
    return start(function).handler(event, Context())
