"""The faults there are, the calls that they can strike, and which of them make sense there."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.proof.director import Call
from tests.proof.entries import Call as Request
from tests.proof.entries import Changes, Text, UseCase

# What becomes of a call ...
FATES = (
    "fails",
    "times out",
    "throttled",
    "answer lost",
    "answer lost once",
    "conflict",
    "dies before",
    "dies after",
)
# ... and what somebody else does just before it.
RIVAL, LOCK = "another worker", "a lock"
FAULTS = (*FATES, RIVAL, LOCK)

ACTS = {"answer lost", "answer lost once", "dies after"}
STRIKES_ONCE_ONLY = {"answer lost once", RIVAL, LOCK}
WRITES = {"TransactWriteItems", "UpdateItem", "PutItem", "DeleteItem"}
SENDS = {"SendTextMessage", "SendEmail", "PutEvents"}
STOPPED_BY_A_LOCK = {"POST /codes", "POST /orders"}
LONG_ROW = 6  # of the same call: then its first, one in the middle and its last are played


@dataclass(frozen=True)
class Spot:
    """A call of a use case: the `nth` of its name, in place `place` of all."""

    place: int
    name: str
    nth: int

    @property
    def operation(self) -> str:
        return self.name.partition(" ")[0]

    def __str__(self) -> str:
        return f"{self.place + 1} {self.name}"


@dataclass(frozen=True)
class Cell:
    """One fault at one call of one use case."""

    use_case: UseCase
    spot: Spot
    fault: str

    @property
    def name(self) -> str:
        return f"{self.use_case.name} / {self.spot} / {self.fault}"


def cells(use_case: UseCase, calls: Sequence[Call]) -> Iterator[Cell]:
    for spot in spots(calls):
        for fault in FAULTS:
            if applies(fault, spot, use_case):
                yield Cell(use_case, spot, fault)


def spots(calls: Sequence[Call]) -> Iterator[Spot]:
    of_each = Counter(call.name for call in calls)
    seen: Counter[str] = Counter()
    for place, call in enumerate(calls):
        nth, total = seen[call.name], of_each[call.name]
        seen[call.name] += 1
        if total <= LONG_ROW or nth in {0, total // 2, total - 1}:
            yield Spot(place, call.name, nth)


def applies(fault: str, spot: Spot, use_case: UseCase) -> bool:
    if fault == "conflict":
        notes_a_use = use_case.function == "authorize"  # whoever noted it first is enough
        return spot.operation in WRITES and not notes_a_use
    if fault == LOCK:
        return isinstance(use_case.trigger, Text) or (
            isinstance(use_case.trigger, Request) and use_case.trigger.does in STOPPED_BY_A_LOCK
        )
    if fault == RIVAL:
        return not isinstance(use_case.trigger, Changes)  # a shard has one reader at a time
    return True
