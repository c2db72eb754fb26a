"""One fault on its way: a plan for the director that lets everything pass but the one call."""

from collections import Counter
from dataclasses import dataclass, field

from tests.proof.director import Call
from tests.proof.faults import ACTS, LOCK, RIVAL, SENDS, Cell
from tests.proof.scene import Scene, is_done


@dataclass
class Strike:
    """Without a cell it strikes nothing. `always` strikes until it is over.

    `repeats` counts how often the outside could not be told apart from "not sent".
    """

    scene: Scene
    cell: Cell | None = None
    always: bool = False
    is_over: bool = False
    struck: bool = False
    repeats: int = 0
    done_by_the_other: bool = False
    _first: int | None = None
    _made: Counter[str] = field(default_factory=Counter)
    _has_sent: bool = False
    _happened: bool = False

    def __call__(self, call: Call) -> str | None:
        """What becomes of this call."""
        if call.place == 0 and not self._is_the_others(call):
            self._first, self._has_sent = call.worker, False
            self._made.clear()
        if self.cell is None or self.is_over or call.worker != self._first:
            return None
        made, has_sent = self._made[call.name], self._has_sent
        self._made[call.name] += 1
        self._has_sent |= call.operation in SENDS
        spot = self.cell.spot
        if call.name != spot.name or not (made >= spot.nth if self.always else made == spot.nth):
            return None
        self.struck = True
        return self._strike(self.cell, call, has_sent=has_sent)

    def _is_the_others(self, call: Call) -> bool:
        """Whether this is the other worker, for whom the first one waits."""
        is_rival = self.cell is not None and self.cell.fault == RIVAL
        return self.struck and is_rival and call.worker != self._first

    def _strike(self, cell: Cell, call: Call, *, has_sent: bool) -> str | None:
        if cell.fault == RIVAL:
            self.done_by_the_other = is_done(self.scene.invoke(2))
            return None
        if cell.fault == LOCK:
            if self.scene.is_committed():
                self.it_happened()
            self.scene.lock_account()
            return None
        sent_and_unknown = call.operation in SENDS and cell.fault in ACTS
        others_wait = self._made["PutEvents"] > 0  # events leave ten at a time
        sent_and_not_marked = has_sent and (cell.fault not in ACTS or others_wait)
        self.repeats += sent_and_unknown or sent_and_not_marked
        return cell.fault

    def it_happened(self) -> None:
        """Let the model do it, once, at the moment when it took effect."""
        if not self._happened:
            self._happened = True
            self.scene.happens()
