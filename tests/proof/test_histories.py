"""Ten thousand steps of random histories, each of them with an effect.

The same ones each time, so that a change is to blame for what it breaks; another seed lives through
others: `FREISCHALT_SEED=7 make test ARGS="-s tests/proof/test_histories.py"`. A failure prints its
seed and its shortest history.
"""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.proof.chance import Chance, shortened
from tests.proof.histories import FewReplies, ThirtyReplies

SEED = int(os.environ.get("FREISCHALT_SEED", "20261122"))
MACHINES = (ThirtyReplies, FewReplies)
HISTORIES, STEPS = 130, 50
FEWEST_EFFECTIVE, FEWEST_OF_EACH = 10_000, 5

LIVE = settings(
    max_examples=HISTORIES,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    backend="fresh draws",
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),  # we shorten by ourselves: a history is a list of happenings
)


def live_through(machine: type[Chance]) -> None:
    """Raises AssertionError with the shortest history that goes wrong in the same way."""
    try:
        run_state_machine_as_test(seed(SEED)(machine), settings=LIVE)
    except Exception as error:
        steps = "\n    ".join(map(repr, shortened(machine, machine.last)))
        raise AssertionError(f"FREISCHALT_SEED={SEED}: {error}\n    {steps}") from error


@pytest.mark.parametrize("machine", MACHINES)
def test_every_history_ends_as_the_model_does(machine: type[Chance]) -> None:
    live_through(machine)


def test_ten_thousand_steps_had_an_effect() -> None:
    """After the histories above: what did not change anything and made no call does not count."""
    for machine in MACHINES:
        print(f"{machine.__name__}: {machine.tally.histories} histories, seed {SEED}")  # noqa: T201
        for name, run, had_effect in machine.tally.rows():
            print(f"    {name:45} {run:6} run {had_effect:6} effective")  # noqa: T201

    effective: Counter[str] = Counter()
    for machine in MACHINES:
        effective.update(machine.tally.effective)

    assert effective.total() >= FEWEST_EFFECTIVE
    assert [name for name, times in effective.items() if times < FEWEST_OF_EACH] == []
    assert {one.name for machine in MACHINES for one in machine.possible} == effective.keys()
