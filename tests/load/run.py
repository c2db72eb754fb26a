"""The load run: a stack of its own, warmed up, then one rate after the other until one is too high.

It is bounded: in time (LONGEST), and in texts that wait for their answer (`step.MOST_WAITING`).
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from freischalt.domain.ids import AccountNumber
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.licence import CaratId
from local.stack import a_free_choice_of_ports
from tests.contract.promises import DynamoDbStore
from tests.e2e.running import VISIBILITY_SECONDS, Running, running
from tests.factories import a_dongle, a_release, a_sender
from tests.load.answers import Answers
from tests.load.check import Check
from tests.load.mix import Customers
from tests.load.offer import timetable
from tests.load.step import PATIENCE, Stage, Step

SEED = 20261122
WARMING_UP = 40  # texts at once: as many workers start as there may be
LONGEST = 175.0  # seconds; a step that would end later is not begun


@dataclass(frozen=True)
class Plan:
    """Texts a second, one step after the other, and how long each is offered."""

    rates: Sequence[float]
    seconds: float
    evenly: bool = False

    def texts(self, rate: float) -> int:
        return round(rate * self.seconds)

    @property
    def all_texts(self) -> int:
        return WARMING_UP + sum(map(self.texts, self.rates))


@dataclass(frozen=True)
class Load:
    """The steps; what was wrong, by the text's id; how many texts were looked at in all."""

    steps: Sequence[Step]
    faults: Mapping[str, str]
    checked: int


def run(plan: Plan, say: Callable[[str], None]) -> Load:
    deadline = time.monotonic() + LONGEST
    with _a_stack() as desk, Answers(desk.stack.folder) as answers:
        customers = Customers(plan.all_texts, SEED)
        warming = customers.write(WARMING_UP)
        offers = [(rate, customers.write(plan.texts(rate))) for rate in plan.rates]
        register(desk, customers)
        stage = Stage(desk, answers)
        say(f"Warming up with {WARMING_UP} texts ...")
        warm = stage.run(WARMING_UP, 1, timetable(warming, 1, customers.chance))
        say(f"Warm after {warm.waited(99):.0f} s.")
        steps = []
        for rate, texts in offers:
            if time.monotonic() + plan.seconds + PATIENCE > deadline:
                say(f"No time is left for {rate:g} texts/s.")
                break
            say(f"Offering {rate:g} texts/s for {plan.seconds:g} s ...")
            due = timetable(texts, plan.seconds, customers.chance, evenly=plan.evenly)
            steps.append(stage.run(rate, plan.seconds, due))
            if not steps[-1].keeps_up:
                break
        stage.settle()
        published = [text for step in (warm, *steps) for text in step.published]
        say(f"Checking {len(published)} answers ...")
        return Load(steps, Check.of(desk).faults(published, answers.to), len(published))


@contextmanager
def _a_stack() -> Iterator[Running]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "stack", a_free_choice_of_ports(), keep_state=False) as desk,
    ):
        desk.return_unanswered_texts_after(VISIBILITY_SECONDS)
        yield desk


def register(desk: Running, customers: Customers) -> None:
    """Store the phones, and the dongles that will be fetched for."""
    store = DynamoDbStore(desk.dynamodb, desk.outputs["TableName"])
    key = KeyRing.read(desk.outputs["KeyRing"]).active.id
    for account, phones in customers.phones.items():
        for phone in phones:
            store.put_sender(a_sender(phone, account=AccountNumber(account)))
    for carat_id, account in customers.released():
        release = {AccountNumber(account): a_release()}
        store.put_dongle(a_dongle(release, carat_id=CaratId(carat_id), key_id=key))
