"""Every use case, every call in it, every fault: played, and held against the model.

A fault strikes once, and the delivery comes again as AWS would bring it; or it strikes at every
delivery until the message is a dead letter, and the redrive meets none.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from tests.proof.accounts import SOMETHING
from tests.proof.director import Call, Director
from tests.proof.entries import Call as Request
from tests.proof.entries import (
    Changes,
    Disputed,
    Paid,
    Portion,
    Question,
    Refunded,
    Schedule,
    Text,
    Upload,
    UseCase,
)
from tests.proof.faults import STRIKES_ONCE_ONLY, Cell, cells
from tests.proof.promises import answers_broken, broken
from tests.proof.requests import as_looked_for
from tests.proof.scene import (
    COMES_AGAIN_AFTER,
    MOST_RECEIVES,
    NEXT_SCHEDULE_AFTER,
    Scene,
    is_done,
)
from tests.proof.seen import Seen
from tests.proof.strike import Strike
from tests.proof.workers import Workers
from tests.proof.world import World

NEVER_STRUCK = "the fault never struck"
SWEPT_AFTER = 2 * NEXT_SCHEDULE_AFTER
HANDED_OUT_AGAIN_AFTER = timedelta(minutes=65)  # a question may lie in its queue for an hour
GIVEN_UP_AFTER = 3  # deliveries by the stream; on AWS it is a day
LEAVE_IT_FOR_THE_NEXT_RUN = {
    *("finish_erasures", "import_inverters", "lapse_orders", "tell_terms", "watch_payments"),
    "write_invoices",
}
"""Functions of which, run by the clock, one thing that fails holds up no other."""

ASKED_AGAIN_AFTER = timedelta(seconds=5)
CLIENT_ASKS = 3  # times, before it meets no fault any more


class Unproven(AssertionError):
    """A use case breaks a promise although nothing happens to it."""


@dataclass
class Campaign:
    """`secrets` is what must not be found in any log."""

    world: World
    workers: Workers
    director: Director
    secrets: set[str] = field(default_factory=set)

    def cells(self, use_case: UseCase) -> list[Cell]:
        """Play it without a fault, and take its calls from that. Raises Unproven."""
        self._end_of_the_worker(use_case)
        scene = self._scene(use_case)
        promises, calls = self._played(scene, Strike(scene))
        if promises:
            raise Unproven(f"{use_case.name}, without a fault: {', '.join(promises)}")
        return list(cells(use_case, calls))

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
        if self.workers.are_kept:
            self._scene(use_case).deliver(lambda _: "dies before")

    def _play(self, cell: Cell, *, always: bool) -> list[str]:
        scene = self._scene(cell.use_case)
        strike = Strike(scene, cell, always=always)
        promises, _ = self._played(scene, strike)
        return promises if strike.struck else [NEVER_STRUCK]

    def _scene(self, use_case: UseCase) -> Scene:
        return Scene(use_case, self.world, self.workers, self.director)

    def _played(self, scene: Scene, strike: Strike) -> tuple[list[str], list[Call]]:
        """What is broken in the end, and the calls of the first delivery."""
        first = scene.first_receive
        done = scene.deliver(strike, receives=first) or strike.done_by_the_other
        calls = list(self.director.calls)
        match scene.use_case.trigger:
            case Text():
                done = self._through_the_queue(scene, strike, first, done=done)
            case Question():
                done = self._as_a_question(scene, strike, done=done)
            case Changes():
                done = self._through_the_stream(scene, strike, done=done)
            case Schedule():
                done = self._by_the_clock(scene, strike, done=done)
            case Request() | Paid() | Refunded() | Disputed():
                done = self._by_the_client(scene, strike, done=done)
            case Portion() | Upload():
                done = self._as_a_message(scene, strike, done=done)
        return (self._broken(scene, strike) if done else ["never done"]), calls

    # --- as AWS delivers; each says whether it is done in the end

    def _through_the_queue(
        self, scene: Scene, strike: Strike, receives: int, *, done: bool
    ) -> bool:
        """Again until it is done or a dead letter, and that is redriven."""
        while not done and receives < MOST_RECEIVES:
            strike.is_over = not strike.always
            receives += 1
            scene.later(COMES_AGAIN_AFTER)
            done = scene.deliver(strike, receives=receives)
        strike.is_over = True
        if not done:
            if "apologised_at" in scene.look().messages.get(scene.text.id, {}):
                scene.model.apologise(scene.text, scene.now)
            elif not strike.struck:
                return False
            scene.redrive()
            done = scene.deliver()
        strike.it_happened()
        return done

    def _as_a_question(self, scene: Scene, strike: Strike, *, done: bool) -> bool:
        """Again until it is done or a dead letter: then the schedule hands it out anew."""
        for receives in range(2, MOST_RECEIVES + 1):
            if done:
                break
            strike.is_over = not strike.always
            scene.later(COMES_AGAIN_AFTER)
            done = scene.deliver(strike, receives=receives)
        strike.is_over = True
        if not done:
            self._hand_out_again(scene)
            done = bool(self.world.questions()) and scene.deliver()
        strike.it_happened()
        return done

    def _as_a_message(self, scene: Scene, strike: Strike, *, done: bool) -> bool:
        """Again until it is done or a dead letter, and redriven; what is left comes once more.

        Plants that could not be told of are still due: the schedule hands them out anew.
        """
        for receives in range(2, MOST_RECEIVES + 1):
            if done:
                break
            strike.is_over = not strike.always
            scene.later(COMES_AGAIN_AFTER)
            done = scene.deliver(strike, receives=receives)
        strike.is_over = True
        if not done or (strike.struck and isinstance(scene.use_case.trigger, Portion)):
            scene.later(NEXT_SCHEDULE_AFTER)
            done = scene.deliver()
        strike.it_happened()
        return done

    def _hand_out_again(self, scene: Scene) -> None:
        """The schedule, when no claim holds any more."""
        self.director.begin()
        scene.later(HANDED_OUT_AGAIN_AFTER)
        self.workers.invoke("schedule_vat", {})

    def _hand_out_what_is_left(self, scene: Scene) -> None:
        """The claim was made, and the message may be lost."""
        handed_out = scene.model.accounts.handed_out
        if handed_out and handed_out - {account for _, account in self.world.questions()}:
            self._hand_out_again(scene)

    def _through_the_stream(self, scene: Scene, strike: Strike, *, done: bool) -> bool:
        """The same batch until it is done or given up: then the sweep finds what is left."""
        strike.it_happened()
        for _ in range(GIVEN_UP_AFTER):
            if done:
                break
            strike.is_over = not strike.always
            done = scene.deliver(strike)
        strike.is_over = True
        sweeps = scene.use_case.function == "deliver_outbox"
        if sweeps and (not done or self.world.has_pending()):
            self.director.begin()
            scene.later(SWEPT_AFTER)
            done = is_done(self.workers.invoke("sweep_outbox", {}))
        self._hand_out_what_is_left(scene)
        return done or scene.deliver()

    def _by_the_clock(self, scene: Scene, strike: Strike, *, done: bool) -> bool:
        """The next runs, and one that meets no fault."""
        strike.it_happened()
        for _ in range(GIVEN_UP_AFTER * strike.always):
            scene.later(NEXT_SCHEDULE_AFTER)
            done = scene.deliver(strike)
        strike.is_over = True
        sweeps = scene.use_case.function == "sweep_outbox"
        is_left = strike.struck and scene.use_case.function in LEAVE_IT_FOR_THE_NEXT_RUN
        if not done or is_left or (sweeps and self.world.has_pending()):
            scene.later(NEXT_SCHEDULE_AFTER)
            done = scene.deliver()
        self._hand_out_what_is_left(scene)
        return done

    def _by_the_client(self, scene: Scene, strike: Strike, *, done: bool) -> bool:
        """The same request until there is an answer; the last one meets no fault."""
        for _ in range(CLIENT_ASKS - 1):
            if done:
                break
            strike.is_over = not strike.always
            scene.later(ASKED_AGAIN_AFTER)
            done = scene.deliver(strike)
        strike.is_over = True
        if not done:
            scene.later(ASKED_AGAIN_AFTER)
            done = scene.deliver()
        strike.it_happened()
        return done

    # --- how it must end

    def _broken(self, scene: Scene, strike: Strike) -> list[str]:
        """What is broken; also if one more delivery of the same changes anything."""
        seen = scene.look()
        self.secrets |= secrets_of(scene, seen)
        promises = broken(
            scene.model,
            seen,
            self.world,
            repeats=strike.repeats,
            apologies_get_lost=strike.struck,
        )
        promises += answers_broken(scene, seen, a_reply_got_lost=strike.struck)
        return promises or self._broken_by_a_delivery_too_many(scene, seen, strike)

    def _broken_by_a_delivery_too_many(self, scene: Scene, seen: Seen, strike: Strike) -> list[str]:
        scene.later(COMES_AGAIN_AFTER)
        if not scene.deliver():
            return ["a delivery too many fails"]
        again = scene.look()
        if again.state != seen.state or again.events:
            return ["a delivery too many changes something"]
        answered = isinstance(scene.use_case.trigger, Text) and scene.text.id in scene.model.said
        if answered and [call.operation for call in self.director.calls] != ["BatchGetItem"]:
            return ["a delivery too many costs more than a read"]
        return answers_broken(scene, again, a_reply_got_lost=strike.struck)


def secrets_of(scene: Scene, seen: Seen) -> set[str]:
    """What was said on the phone, from where, and the codes that were given."""
    secrets = {phone.removeprefix("+") for phone in scene.model.phones} | scene.secrets
    for name, person in scene.model.accounts.people.items():
        secrets |= {name, person.email, person.password} - {"", SOMETHING}
    secrets |= set(secrets_of_checks(scene, seen))
    for mails in seen.mails.values():
        for mail in mails:
            secrets |= {*re.findall(r"token=(\S{60,})|^\S{4}-\S{4}-\S{4}-\d$", mail.text)} - {""}
    for said in scene.model.said.values():
        secrets |= {said.number} - {""}
    if isinstance(scene.use_case.trigger, Text):
        secrets |= {scene.text.phone.removeprefix("+"), scene.text.words}
    for texts in seen.texts.values():
        for text in texts:
            secrets |= {text, *re.findall(r"[0-9A-F-]{19}|JA \d{4}$", text)}
    return secrets


def secrets_of_checks(scene: Scene, seen: Seen) -> Iterator[str]:
    """What companies entered, what was asked and answered about them, why somebody decided."""
    for firm in scene.model.accounts.firms.values():
        if company := firm.entered:
            yield from map(as_looked_for, (company.name, company.street, company.vat_id))
    for record in seen.evidence:
        exchange = record.get("exchange", {})
        for body in (exchange.get("request"), exchange.get("response"), record.get("reason")):
            if body:
                yield from (body, json.dumps(body)[1:-1])  # as it is, and within JSON
