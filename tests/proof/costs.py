"""What each use case costs in AWS calls and request units: counted, so the same every time."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from freischalt.adapters import sdk
from freischalt.clock import utc_now
from tests.bench.capacity import Call, Item, Recorder, lookup, record, units
from tests.proof.director import Director
from tests.proof.entries import Costs, UseCase
from tests.proof.scene import Scene, is_done
from tests.proof.stage import local_aws
from tests.proof.use_cases import USE_CASES
from tests.proof.worker import Context, start
from tests.proof.workers import Reply
from tests.proof.world import World

QUIET = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_METRICS_DISABLED": "true"}

ASK_SOMEBODY_ELSE = {"check_vat", "payment_page"}
"""What a registry or Stripe said is not recorded."""


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


@dataclass(frozen=True)
class Recording:
    """The event, the answers of AWS by operation, and how many calls that were.

    It can be repeated by a fresh worker if each operation has one answer, and none is an error.
    """

    use_case: str
    function: str
    event: Any
    answers: dict[str, Any]
    calls: int
    can_be_repeated: bool


@dataclass
class Meter:
    """Charges each call at once: the next may change the item that it is charged by."""

    recorder: Recorder
    world: World
    calls: list[Call] = field(default_factory=list)
    read_units: float = 0
    write_units: float = 0

    event: Any = None
    deleted: dict[str, Item] = field(default_factory=dict)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let it see every call that our SDK makes."""
        sdk.session().register("before-parameter-build", self.note, unique_id="note")
        sdk.session().register("after-call", self.charge, unique_id="meter")
        try:
            yield
        finally:
            sdk.session().unregister("after-call", unique_id="meter")
            sdk.session().unregister("before-parameter-build", unique_id="note")

    def begin(self, event: Any) -> None:
        self.event = event
        self.calls, self.read_units, self.write_units = [], 0, 0

    def note(self, **call: Any) -> None:
        """What a transaction is about to delete: afterwards nobody can tell what that was."""
        for each in call["params"].get("TransactItems", ()):
            if (delete := each.get("Delete")) and (item := self._stored(**delete)):
                self.deleted[str(delete["Key"])] = item

    def _stored(self, TableName: str, Key: Item, **_: Any) -> Item | None:  # noqa: N803 - the SDK's
        return lookup(self.world.dynamodb)(TableName, Key)

    def _known(self, table: str, key: Item) -> Item | None:
        return self._stored(table, key) or self.deleted.pop(str(key), None)

    def charge(self, **_: Any) -> None:
        for call in self.recorder.take():
            read, write = units(call, self._known)
            self.calls.append(call)
            self.read_units += read
            self.write_units += write

    def recording(self, use_case: UseCase) -> Recording:
        """What the last delivery was and met."""
        # of two answers of one operation, the one that says something is needed
        answers = {
            call.operation: dict(call.response)
            for call in sorted(self.calls, key=lambda call: len(str(call.response)))
        }
        told = {call.operation: str(call.response.get("Items")) for call in self.calls}
        same = all(str(call.response.get("Items")) == told[call.operation] for call in self.calls)
        return Recording(
            use_case=use_case.name,
            function=use_case.function,
            event=self.event,
            answers=answers,
            calls=len(self.calls),
            can_be_repeated=(
                bool(self.calls)
                and same
                and use_case.with_faults
                and not use_case.out_of_order
                and use_case.function not in ASK_SOMEBODY_ELSE
            ),
        )


def costs() -> list[Cost]:
    """What all registered use cases cost, in their order."""
    return [cost for cost, _ in counted_and_recorded()]


def counted_and_recorded() -> list[tuple[Cost, Recording]]:
    with metering() as meter:
        return [(cost_of(use_case, meter), meter.recording(use_case)) for use_case in USE_CASES]


@contextmanager
def metering() -> Iterator[Meter]:
    """A local AWS, and a meter for every call that our SDK makes to it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        local_aws(Path(folder)) as (world, environment),
        patch.dict(os.environ, environment | QUIET),
        record(sdk.session()) as recorder,
    ):
        meter = Meter(recorder, world)
        with meter.at_work():
            yield meter


def cost_of(use_case: UseCase, meter: Meter) -> Cost:
    """What its delivery costs. Raises RuntimeError if that is not done."""
    director = Director()
    with out_of_order(use_case.out_of_order):
        workers = OneWorker(director)
        scene = Scene(use_case, meter.world, workers, director)
        event = scene.event(scene.first_receive)
        meter.begin(event)
        done = is_done(workers.invoke(use_case.function, event))
    if not (done or use_case.out_of_order):
        raise RuntimeError(f"{use_case.name} was not done")
    return Cost(
        use_case=use_case.name,
        function=use_case.function,
        calls=Counter(call.operation for call in meter.calls),
        on_the_table=sum(call.service == "dynamodb" for call in meter.calls),
        read_units=meter.read_units,
        write_units=meter.write_units,
    )


@contextmanager
def out_of_order(operation: str) -> Iterator[None]:
    """Let every call of this operation fail at the service, if one is named."""

    def fail(**call: Any) -> Any:
        if call["model"].name == operation:
            return SimpleNamespace(status_code=500), {"Error": {"Code": "InternalFailure"}}
        return None

    sdk.session().register("before-call", fail, unique_id="out-of-order")
    try:
        yield
    finally:
        sdk.session().unregister("before-call", unique_id="out-of-order")
