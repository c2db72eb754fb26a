"""Every use case, every call in it, every fault: played, and held against the model.

A fault strikes once, and the delivery comes again as AWS would bring it; or it strikes at every
delivery until the message is a dead letter, and the redrive meets none.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.proof.director import Call, Director
from tests.proof.promises import broken
from tests.proof.scene import (
    COMES_AGAIN_AFTER,
    MOST_RECEIVES,
    NEXT_SCHEDULE_AFTER,
    Scene,
    is_done,
)
from tests.proof.use_cases import Changes, Schedule, Text, UseCase
from tests.proof.workers import Workers
from tests.proof.world import Seen, World

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
WRITES = {"TransactWriteItems", "UpdateItem", "PutItem"}
SENDS = {"SendTextMessage", "PutEvents"}
SWEPT_AFTER = 2 * NEXT_SCHEDULE_AFTER
NEVER_STRUCK = "the fault never struck"
AT_MOST = 3  # of a long row of the same call: its first, one in the middle, its last


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


@dataclass
class Campaign:
    world: World
    workers: Workers
    director: Director
    secrets: set[str] = field(default_factory=set)
    """What must not be found in any log."""

    def cells(self, use_case: UseCase) -> Iterator[Cell]:
        """Play it without a fault, and take its calls from that. Raises if even that fails."""
        if self.workers.are_kept:
            self._end_of_the_worker(use_case)
        scene = self._scene(use_case)
        if not scene.deliver():
            raise AssertionError(f"{use_case.name} fails without a fault")
        calls = list(self.director.calls)
        scene.happens()
        if promises := self._end(scene, repeats=0):
            raise AssertionError(f"{use_case.name} without a fault: {promises}")
        for spot in spots(calls):
            for fault in FAULTS:
                if applies(fault, spot, use_case):
                    yield Cell(use_case, spot, fault)

    def all_promises(self, cell: Cell, *, dead: bool) -> list[str]:
        """What is broken when the fault strikes once; with `dead`, also at every delivery."""
        promises = self.play(cell)
        if dead and cell.fault not in STRIKES_ONCE_ONLY:
            promises += [f"always: {each}" for each in self.play(cell, always=True)]
        return promises

    def play(self, cell: Cell, *, always: bool = False) -> list[str]:
        """The promises that are broken when the fault strikes once, or at every delivery."""
        promises = self._play(cell, always=always)
        if promises == [NEVER_STRUCK] and self.workers.are_kept:
            self._end_of_the_worker(cell.use_case)  # it needed this call only once
            promises = self._play(cell, always=always)
        return promises

    def _end_of_the_worker(self, use_case: UseCase) -> None:
        scene = self._scene(use_case)
        scene.deliver(lambda _: "dies before")

    def _play(self, cell: Cell, *, always: bool) -> list[str]:
        scene = self._scene(cell.use_case)
        strike = Strike(cell, scene, always=always)
        deliver = {
            Text: self._through_the_queue,
            Changes: self._through_the_stream,
            Schedule: self._by_the_clock,
        }[type(cell.use_case.trigger)]
        if not deliver(scene, strike):
            return ["never done"]
        if not strike.struck:
            return [NEVER_STRUCK]
        return self._end(scene, strike.repeats)

    def _scene(self, use_case: UseCase) -> Scene:
        return Scene(use_case, self.world, self.workers, self.director)

    # --- as AWS delivers

    def _through_the_queue(self, scene: Scene, strike: "Strike") -> bool:
        """Deliveries until one is done; then a dead letter, and its redrive. Whether it is done."""
        for receives in range(1, MOST_RECEIVES + 1):
            if receives > 1:
                scene.later(COMES_AGAIN_AFTER)
            done = scene.deliver(strike, receives=receives) or strike.done_by_the_other
            if done or not strike.always:
                strike.is_over = True
            if done:
                strike.it_happened()
                return True
        self._notice_apology(scene)
        scene.redrive()
        strike.is_over = True
        done = scene.deliver()
        strike.it_happened()
        return done

    def _notice_apology(self, scene: Scene) -> None:
        record = scene.look().messages.get(scene.text.id, {})
        if "apologised_at" in record:
            scene.model.apologise(scene.text, scene.now)

    def _through_the_stream(self, scene: Scene, strike: "Strike") -> bool:
        """The same batch until it is done, or given up: then the sweep finds what is left."""
        scene.happens()
        for _ in range(AT_MOST):
            done = scene.deliver(strike)
            if done or not strike.always:
                strike.is_over = True
            if done:
                return True
        self.director.begin()
        scene.later(SWEPT_AFTER)
        if scene.use_case.function == "publish_orders":
            return is_done(self.workers.invoke("sweep_outbox", {}))
        return scene.deliver()

    def _by_the_clock(self, scene: Scene, strike: "Strike") -> bool:
        scene.happens()
        for _ in range(AT_MOST):
            done = scene.deliver(strike)
            if not strike.always:
                strike.is_over = True
            scene.later(NEXT_SCHEDULE_AFTER)
            if done and strike.is_over:
                break
        return scene.deliver()

    # --- how it must end

    def _end(self, scene: Scene, repeats: int) -> list[str]:
        """What is broken; also if one more delivery of the same changes anything."""
        seen = scene.look()
        self.secrets |= secrets_of(scene, seen)
        promises = broken(scene.model, seen, self.world, repeats=repeats)
        if promises:
            return promises
        scene.later(COMES_AGAIN_AFTER)
        if not scene.deliver():
            return ["a delivery too many fails"]
        again = scene.look()
        if again.state != seen.state or again.events:
            return ["a delivery too many changes something"]
        answered = isinstance(scene.use_case.trigger, Text) and scene.text.id in scene.model.said
        if answered and [call.operation for call in self.director.calls] != ["BatchGetItem"]:
            return ["a delivery too many costs more than a read"]
        return []


@dataclass
class Strike:
    """A plan for the director: lets everything pass but the one call."""

    cell: Cell
    scene: Scene
    always: bool
    is_over: bool = False
    struck: bool = False
    repeats: int = 0
    done_by_the_other: bool = False
    _first: int | None = None
    _made: Counter[tuple[int, str]] = field(default_factory=Counter)
    _sent: set[int] = field(default_factory=set)
    _happened: bool = False

    def __call__(self, call: Call) -> str | None:
        """What becomes of this call."""
        if call.place == 0 and not self._is_the_others(call):
            self._first = call.worker
            self._made.clear()
            self._sent.clear()
        strikes = not self.is_over and self._is_it(call)
        has_sent = call.worker in self._sent
        if call.operation in SENDS:
            self._sent.add(call.worker)
        if not strikes:
            return None
        self.struck = True
        return self._strike(call, has_sent=has_sent)

    def _is_the_others(self, call: Call) -> bool:
        """Whether this is the other worker, whom the first one waits for."""
        return self.struck and self.cell.fault == RIVAL and call.worker != self._first

    def _is_it(self, call: Call) -> bool:
        if call.worker != self._first:
            return False
        spot, made = self.cell.spot, self._made[call.worker, call.name]
        self._made[call.worker, call.name] += 1
        return call.name == spot.name and (made >= spot.nth if self.always else made == spot.nth)

    def _strike(self, call: Call, *, has_sent: bool) -> str | None:
        fault = self.cell.fault
        if fault == RIVAL:
            self.done_by_the_other = is_done(self.scene.invoke(2))
            return None
        if fault == LOCK:
            if self.scene.world.has_answer(self.scene.text.id):
                self.it_happened()
            self.scene.lock_account()
            return None
        sent_and_unknown = call.operation in SENDS and fault in ACTS
        others_wait = self.cell.use_case.function != "receive_sms"  # events leave ten at a time
        sent_and_not_marked = has_sent and (fault not in ACTS or others_wait)
        self.repeats += sent_and_unknown or sent_and_not_marked
        return fault

    def it_happened(self) -> None:
        """Let the model do it, once, at the moment when it took effect."""
        if not self._happened:
            self._happened = True
            self.scene.happens()


def spots(calls: list[Call]) -> Iterator[Spot]:
    """The calls; of a long row of the same operation only some."""
    of_each = Counter(call.name for call in calls)
    seen: Counter[str] = Counter()
    for place, call in enumerate(calls):
        nth, total = seen[call.name], of_each[call.name]
        seen[call.name] += 1
        if total <= 2 * AT_MOST or nth in {0, total // 2, total - 1}:
            yield Spot(place, call.name, nth)


def applies(fault: str, spot: Spot, use_case: UseCase) -> bool:
    is_text = isinstance(use_case.trigger, Text)
    if fault == "conflict":
        return spot.operation in WRITES
    if fault == LOCK:
        return is_text
    if fault == RIVAL:
        return not isinstance(use_case.trigger, Changes)  # a shard has one reader at a time
    return True


def secrets_of(scene: Scene, seen: Seen) -> set[str]:
    """What was said on the phone, from where, and the codes that were given."""
    secrets = {phone.removeprefix("+") for phone in scene.model.phones}
    for said in scene.model.said.values():
        secrets |= {said.number} - {""}
    if isinstance(scene.use_case.trigger, Text):
        secrets |= {scene.text.phone.removeprefix("+"), scene.text.words}
    for texts in seen.texts.values():
        for text in texts:
            secrets |= {text, *re.findall(r"[0-9A-F-]{19}|JA \d{4}$", text)}
    return secrets
