"""Workers that give control back before every call, so that a test says what happens when.

A worker runs a real use case in a greenlet, over ports that only look like ports: each call comes
out as a `Call`, and the worker stands still. Whoever drives it makes the call, and hands in what
came of it: an answer, an error, or nothing ever, when the worker dies.

>>> class Till:
...     def take(self, cents: int) -> int:
...         return -cents
>>> till = stepping(Till())
>>> worker = Worker(lambda: till.take(5) + till.take(7))
>>> worker.call.name, worker.call.act()
('take', -5)
>>> worker.returns(-5)
>>> worker.raises(Outage())
>>> worker.alive, worker.failure
(False, Outage())
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet  # type: ignore[import-untyped]

from freischalt.errors import LostRace, StillInHand, TooManyRaces


class Outage(Exception):
    """What AWS calls throttling, a timeout, an internal error: the product must let it pass."""


COMES_BACK = (Outage, LostRace, StillInHand, TooManyRaces)
"""What may end a worker: the queue, the stream or the schedule tries again. Else it is a bug."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a worker is about to make."""

    port: object
    name: str
    args: tuple[Any, ...]
    named: dict[str, Any]

    def act(self) -> Any:
        return getattr(self.port, self.name)(*self.args, **self.named)


class Stepping:
    """A port whose methods stop the worker that calls them."""

    def __init__(self, port: object) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def ask(*args: Any, **named: Any) -> Any:
            return getcurrent().parent.switch(Call(self._port, name, args, named))

        return ask


def stepping(port: object) -> Any:
    return Stepping(port)


class Worker:
    """One run of a use case; `call` is what it stands before, None once it has ended.

    At `until` it is ended from outside, as Lambda does.
    """

    until = datetime.max.replace(tzinfo=UTC)

    def __init__(self, work: Callable[[], object]) -> None:
        self.call: Call | None = None
        self.ended_with: object = None
        self.failure: Exception | None = None
        self.died = False
        self._greenlet = greenlet(work)
        self._go(self._greenlet.switch)

    @property
    def alive(self) -> bool:
        return self.call is not None

    @property
    def done(self) -> bool:
        """Whether it came to its end: it neither failed nor died."""
        return not (self.alive or self.died or self.failure)

    def returns(self, answer: object) -> None:
        self._go(self._greenlet.switch, answer)

    def raises(self, error: Exception) -> None:
        self._go(self._greenlet.throw, error)

    def dies(self) -> None:
        self.call, self.died = None, True
        self._greenlet.throw(GreenletExit)

    def _go(self, on: Callable[..., Any], *what: object) -> None:
        self.call = None
        try:
            came_out = on(*what)
        except COMES_BACK as error:
            self.failure = error
            return
        if self._greenlet.dead:
            self.ended_with = came_out
        else:
            self.call = came_out
