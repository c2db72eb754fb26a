"""One rate for some seconds: texts are offered, and watched until all have been answered."""

import statistics
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tests.e2e.running import Running
from tests.load.answers import Answers
from tests.load.machine import Part, Usage, Watch, machine_cpu
from tests.load.mix import Text
from tests.load.offer import Delivery, Offering, Topic

LOOK_EVERY = 0.25  # seconds
MOST_WAITING = 400  # texts; beyond that no more are offered
PATIENCE = 25.0  # seconds, for what is left at the end: a text that failed comes again after 8
MOST_BEHIND = 1.0  # seconds of texts: so many may wait at the end where all keeps up
ERRORS = (b'"level":"ERROR"', b" failed processing ")  # of functions, and of whole calls


@dataclass(frozen=True, kw_only=True)
class Step:
    """What was seen of one rate. Points in time are seconds since 1970."""

    rate: float
    begin: float
    seconds: float
    published: Collection[Text]
    due: Mapping[str, float]
    """When each of them should have been published, by its id."""
    left: Mapping[str, float]
    """When its answer left."""
    seen_until: float
    published_late: float
    cut_short: bool
    errors: int
    dead_letters: int
    watched: float
    """Seconds in which this was used:"""
    used: Mapping[Part, Usage]
    machine_cpu: float

    @property
    def served(self) -> float:
        """Answers a second while texts were offered."""
        return sum(left <= self._end for left in self.left.values()) / self.seconds

    @property
    def keeps_up(self) -> bool:
        return not self.cut_short and self.waiting <= self.rate * MOST_BEHIND

    def waited(self, percent: int) -> float:
        """So long, or shorter, this share of the texts waited; without an answer, to the end."""
        waits = [self.left.get(id_, self.seen_until) - due for id_, due in self.due.items()]
        return statistics.quantiles(waits, n=100, method="inclusive")[percent - 1]

    @property
    def oldest(self) -> float:
        """The highest age of a text without an answer while texts were offered."""
        return max(min(self._left(id_), self._end) - due for id_, due in self.due.items())

    @property
    def waiting(self) -> int:
        """Texts without an answer when the last was offered."""
        return sum(self._left(id_) > self._end for id_ in self.due)

    @property
    def _end(self) -> float:
        return self.begin + self.seconds

    def _left(self, id_: str) -> float:
        return self.left.get(id_, float("inf"))


class Stage:
    """Where steps are run: a stack, and what we look at of it."""

    def __init__(self, desk: Running, answers: Answers) -> None:
        self._desk = desk
        self._answers = answers
        self._topic = Topic(desk.stack.endpoint, desk.outputs["InboundSmsTopicArn"])
        self._watch = Watch(desk.stack)
        self._log = desk.stack.ministack.log

    def run(self, rate: float, seconds: float, deliveries: Sequence[Delivery]) -> Step:
        letters, log, machine = self._dead_letters(), self._log.stat().st_size, machine_cpu()
        self._watch.look()
        self._watch.take()
        watching_since = time.time()
        begin = watching_since + LOOK_EVERY
        with Offering(deliveries, self._topic.publish, begin) as offering:
            while not self._is_over(offering, begin + seconds):
                time.sleep(LOOK_EVERY)
        seen_until = time.time()
        published = sorted(offering.published, key=lambda one: -one.due)  # the first time counts
        due = {delivery.text.id: begin + delivery.due for delivery in published}
        return Step(
            rate=rate,
            begin=begin,
            seconds=offering.stopped_at - begin if offering.stopped_at else seconds,
            published={delivery.text for delivery in published},
            due=due,
            left={id_: self._answers.to[id_][0].at for id_ in due if id_ in self._answers.to},
            seen_until=seen_until,
            published_late=offering.late,
            cut_short=offering.stopped_at is not None,
            errors=self._errors_after(log),
            dead_letters=self._dead_letters() - letters,
            watched=seen_until - watching_since,
            used=self._watch.take(),
            machine_cpu=machine_cpu() - machine,
        )

    def settle(self) -> None:
        """Wait until the queue is empty, so that nothing more can be said; but not for ever."""
        patience = time.time() + PATIENCE
        while self._desk.waiting() and time.time() < patience:
            time.sleep(LOOK_EVERY)
        self._answers.look()

    def _is_over(self, offering: Offering, end: float) -> bool:
        """Whether all has been offered and answered, or it takes too long."""
        self._answers.look()
        self._watch.look()
        published = {delivery.text.id for delivery in tuple(offering.published)}
        waiting = len(published - self._answers.to.keys())
        if waiting > MOST_WAITING:
            offering.stop()
        return (offering.is_over and not waiting) or time.time() > end + PATIENCE

    def _dead_letters(self) -> int:
        return self._desk.waiting("DeadLetterQueueUrl")

    def _errors_after(self, place: int) -> int:
        with self._log.open("rb") as log:
            log.seek(place)
            written = log.read()
        return sum(written.count(error) for error in ERRORS)
