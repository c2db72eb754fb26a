"""What each use case costs in AWS calls and request units: counted, so the same every time."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from freischalt.adapters import sdk
from freischalt.services import utc_now
from tests.bench.capacity import Call, Recorder, lookup, record, units
from tests.proof.director import Director
from tests.proof.scene import Scene, is_done
from tests.proof.stage import local_aws
from tests.proof.use_cases import USE_CASES, Costs, UseCase
from tests.proof.worker import Context, start
from tests.proof.workers import Reply, Workers
from tests.proof.world import World

QUIET = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_METRICS_DISABLED": "true"}


@dataclass(frozen=True)
class Cost:
    """The calls of one delivery, and what DynamoDB charges for them."""

    use_case: str
    function: str
    calls: Counter[str]
    on_the_table: int
    read_units: float
    write_units: float

    @property
    def all(self) -> Costs:
        others = self.calls.total() - self.on_the_table
        return Costs(self.on_the_table, others, self.write_units, self.read_units)


class OneWorker:
    """One warm worker of each function, in this process. Fits `Workers`."""

    are_kept = True

    def __init__(self, director: Director) -> None:
        self._director = director
        self._apps: dict[str, ModuleType] = {}

    def invoke(self, function: str, event: Any) -> Reply:
        if function not in self._apps:
            self._apps[function] = start(function)
            vars(self._apps[function])["utc_now"] = self._now
        return {"result": self._apps[function].handler(event, Context())}

    def _now(self) -> datetime:
        return utc_now() + self._director.late


def costs() -> list[Cost]:
    """What all registered use cases cost, in their order."""
    with counting() as (world, recorder):
        return [cost_of(use_case, world, recorder) for use_case in USE_CASES]


@contextmanager
def counting() -> Iterator[tuple[World, Recorder]]:
    """A local AWS, and a record of every call that is made to it by our SDK."""
    with (
        tempfile.TemporaryDirectory() as folder,
        local_aws(Path(folder)) as (world, environment),
        patch.dict(os.environ, environment | QUIET),
        record(sdk.session()) as recorder,
    ):
        yield world, recorder


def cost_of(use_case: UseCase, world: World, recorder: Recorder) -> Cost:
    director = Director()
    workers: Workers = OneWorker(director)
    with out_of_order(use_case.out_of_order):
        scene = Scene(use_case, world, workers, director)
        recorder.take()
        done = is_done(scene.invoke(scene.first_receive))
    if not (done or use_case.out_of_order):
        raise RuntimeError(f"{use_case.name} was not done")
    return _charged(use_case, recorder.take(), world)


@contextmanager
def out_of_order(operation: str) -> Iterator[None]:
    """Let every call of this operation fail at the service, if one is named."""

    def fail(model: Any, **_: Any) -> Any:
        if model.name == operation:
            return SimpleNamespace(status_code=500), {"Error": {"Code": "InternalFailure"}}
        return None

    sdk.session().register("before-call", fail, unique_id="out-of-order")
    try:
        yield
    finally:
        sdk.session().unregister("before-call", unique_id="out-of-order")


def _charged(use_case: UseCase, calls: list[Call], world: World) -> Cost:
    charged = [units(call, lookup(world.dynamodb)) for call in calls]
    return Cost(
        use_case=use_case.name,
        function=use_case.function,
        calls=Counter(call.operation for call in calls),
        on_the_table=sum(call.service == "dynamodb" for call in calls),
        read_units=sum(read for read, _ in charged),
        write_units=sum(write for _, write in charged),
    )
