"""What may happen next, and how likely: a state machine whose steps have weights.

Hypothesis takes all rules for equally likely, and leaves out half of them in each history. Most of
what happens here has to be texts and workers, or little would: so one rule draws what happens, by
weight, from what can happen now. Each history leaves out some themes.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule


@dataclass
class Tally:
    """How often each thing happened, and how often it changed something or made a call."""

    run: Counter[str] = field(default_factory=Counter)
    effective: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    histories: int = 0

    def rows(self) -> list[tuple[str, int, int]]:
        return [(name, times, self.effective[name]) for name, times in sorted(self.run.items())]


class Possible(NamedTuple):
    """Something that may happen; `when` says on which machines."""

    name: str
    theme: str
    weight: int
    when: Callable[[Any], object]
    drawn: dict[str, Callable[[Any], st.SearchStrategy[Any]]]


class Happening(NamedTuple):
    """Something that happens, with what was drawn for it."""

    name: str
    drawn: dict[str, Any]

    def __repr__(self) -> str:
        drawn = ", ".join(f"{name}={value}" for name, value in self.drawn.items())
        return f"{self.name}({drawn})"


def may_happen(
    theme: str, weight: int, *, when: Callable[[Any], object] = lambda _: True, **drawn: Any
) -> Callable[[Callable[..., bool]], Callable[..., bool]]:
    """Mark a method that can be a step of a history; it says whether it had an effect.

    What is drawn for it is a strategy, or comes of the machine's own.
    """

    def mark(does: Callable[..., bool]) -> Callable[..., bool]:
        of_machines = {name: _of_a_machine(each) for name, each in drawn.items()}
        possible = Possible(does.__name__, theme, weight, when, of_machines)
        does.possible = possible  # type: ignore[attr-defined]
        return does

    return mark


def _of_a_machine(drawn: Any) -> Callable[[Any], st.SearchStrategy[Any]]:
    return (lambda _: drawn) if isinstance(drawn, st.SearchStrategy) else drawn


@st.composite
def what_may_happen(draw: st.DrawFn) -> Happening:
    machine: Chance = draw(st.runner())
    one = draw(machine.chooses)
    return Happening(one.name, {name: draw(of(machine)) for name, of in one.drawn.items()})


ONE_IN_THREE = st.sampled_from([False, False, True])


@st.composite
def some_themes(draw: st.DrawFn) -> frozenset[str]:
    machine: Chance = draw(st.runner())
    return frozenset(theme for theme in machine.themes if draw(ONE_IN_THREE))


class Chance(RuleBasedStateMachine):
    """A machine that lives through one history; `themes` are those that may be left out of it."""

    themes: ClassVar[tuple[str, ...]] = ()
    possible: ClassVar[list[Possible]]
    tally: ClassVar[Tally]
    last: ClassVar[list[Happening]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.tally = Tally()
        members = (member for kind in reversed(cls.__mro__) for member in vars(kind).values())
        cls.possible = [
            member.possible
            for member in members
            if hasattr(member, "possible")
            for _ in range(member.possible.weight)
        ]

    def __init__(self) -> None:
        super().__init__()
        self.left_out: frozenset[str] = frozenset()
        self.history: list[Happening] = []
        self.is_sound = True
        # always of the same list, so that what is left of a shrunken history stays what it was
        self.chooses = st.sampled_from(self.possible).filter(self._can_happen)

    def _can_happen(self, one: Possible) -> bool:
        return one.theme not in self.left_out and bool(one.when(self))

    @initialize(themes=some_themes())
    def leave_out(self, themes: frozenset[str]) -> None:
        self.left_out = themes

    @rule(it=what_may_happen())
    def happens(self, it: Happening) -> None:
        self.is_sound = False
        self.history.append(it)
        effective = getattr(self, it.name)(**it.drawn)
        self.what_always_holds()
        self.is_sound = True
        self.tally.run[it.name] += 1
        self.tally.effective[it.name] += effective

    def what_always_holds(self) -> None:
        """Asked after every step."""

    def comes_to_rest(self) -> None:
        """Asked at the end of a history in which nothing was wrong."""

    def teardown(self) -> None:
        self.tally.histories += 1
        type(self).last = self.history
        if self.is_sound:
            self.comes_to_rest()


def shortened(kind: type[Chance], history: list[Happening]) -> list[Happening]:
    """What is left of a history that fails when nothing more can be left out of it."""
    wrong, size = what_is_wrong(kind, history), len(history)
    while size:
        start = 0
        while start < len(history):
            shorter = history[:start] + history[start + size :]
            if what_is_wrong(kind, shorter) == wrong:
                history = shorter
            else:
                start += size
        size //= 2
    return history


def what_is_wrong(kind: type[Chance], history: list[Happening]) -> str:
    """Live through it again; what can no longer happen is left out."""
    machine = kind()
    possible = {one.name: one for one in kind.possible}
    try:
        for it in history:
            if possible[it.name].when(machine):
                machine.happens(it)
        machine.comes_to_rest()
    except Exception as error:  # noqa: BLE001 - whatever it is
        return f"{type(error).__name__}: {error}"
    return ""


class FreshDraws(HypothesisProvider):
    """Each history is drawn anew. Hypothesis itself makes most of them of parts of earlier ones."""


AVAILABLE_PROVIDERS["fresh draws"] = f"{__name__}.{FreshDraws.__name__}"
