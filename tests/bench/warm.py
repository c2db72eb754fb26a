"""What a warm worker adds to its AWS calls: the same text again and again, answers canned.

The floor makes the same calls with the same bodies by the same clients, and nothing else. The cost
of one delivery is the difference between a process that makes few and one that makes many; CPU time
is taken in the process, around all deliveries but the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.processes import Case, cpu_ratios, instructions
from tests.bench.texts import Texts
from tests.bench.usual_stack import Peer, calls_in

FEW, MANY = 10, 40


@dataclass(frozen=True)
class Warm:
    """One way to handle a text: instructions of one, and ratios to the floor."""

    name: str
    calls: int
    instructions: float | None
    ratio: float | None
    cpu: float | None


def warm_texts(texts: Texts, peers: Sequence[Peer], *, quick: bool) -> list[Warm]:
    """The floor first, then the product; then, if there is one, the last peer and its calls."""
    few, many = (_ways(texts, peers[-1:], repeats) for repeats in (FEW, MANY))
    counted = instructions([*few, *many])
    each = [
        (more - less) / (MANY - FEW) if more and less else None
        for less, more in zip(counted[: len(few)], counted[len(few) :], strict=True)
    ]
    floor, *others = many
    cpu = {} if quick else cpu_ratios(floor, others, measure=Case.last_line)
    made = [texts.calls, texts.calls, *[texts.peer_calls] * len(peers[-1:]) * 2]
    return [
        Warm(
            case.name,
            len(calls_in(calls)),
            one,
            one / each[0] if one and each[0] else None,
            cpu.get(case.name),
        )
        for case, calls, one in zip(many, made, each, strict=True)
    ]


def _ways(texts: Texts, peers: Sequence[Peer], repeats: int) -> list[Case]:
    ways = [texts.its_calls(repeats), texts.product(repeats)]
    for peer in peers:
        warm = texts.peer(peer, repeats)
        ways.append(Case("usual stack", warm.command, warm.environment))
        ways.append(texts.peer_calls_alone(peer, repeats))
    return ways
