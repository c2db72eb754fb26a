"""What surrounds the desk: the queue, the stream, the schedules, the vendor and the clock.

It starts workers as AWS would: at least once, in any order, late, several at a time; and ends them
as AWS would, when their time is up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import Enum, auto

from freischalt.domain.account import Account
from freischalt.domain.conversation import InboundSms, Sender
from freischalt.domain.dongle import Grant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.licence import CaratId
from freischalt.domain.locks import Lock
from freischalt.domain.release_file import Grants, ReleaseFile, ReleaseRow
from freischalt.errors import LostRace, TooManyRaces
from freischalt.use_cases.answer_sms import answer_sms
from freischalt.use_cases.apologise import apologise
from freischalt.use_cases.desk import Desk, Outcome
from freischalt.use_cases.import_releases import discard_import, import_releases
from freischalt.use_cases.publish_orders import publish, sweep
from freischalt.use_cases.vendor import Act, make_release, register_phone, release_phone
from tests.factories import KEY, NOON
from tests.proof.judge import Clerk, Judge, Letter, Publisher, Vendor
from tests.proof.stepping import Call, Outage, Worker, stepping

SMS_TIMEOUT = timedelta(seconds=5)
SWEEP_TIMEOUT = timedelta(minutes=1)
VENDOR_GIVES_UP = timedelta(hours=1)
MOST_RECEIVES = 3
ORDERS_A_BATCH = 4
STREAM_KEEPS = timedelta(days=1)
ON_TIME = timedelta(0)
ROUNDS_TO_REST = 20

ROTATED = KeyRing.read(f"{KEY}=verify-only=arn:fake,2=active=arn:new")


class How(Enum):
    """What becomes of a call."""

    ACTS = auto()
    FAILS = auto()
    LOSES_ITS_REPLY = auto()
    IS_MADE_AGAIN = auto()  # by the SDK, since the reply got lost
    CONFLICTS = auto()  # DynamoDB cancels a transaction though no condition failed
    IS_TORN = auto()  # a batch read is not of one moment: the dongle is read later


class SmallChunks(ReleaseFile):
    """A file that is staged one dongle at a time."""

    __slots__ = ()

    def chunks(self) -> list[Grants]:
        chunks = super().chunks()
        return [{id_: grants} for chunk in chunks for id_, grants in chunk.items()]


def a_file(account: str, dongles: Sequence[str], points: int, *, e: bool) -> ReleaseFile:
    grant = Grant(points, e_protocol=e)
    return SmallChunks(
        tuple(
            ReleaseRow(line, AccountNumber(account), CaratId(dongle), grant)
            for line, dongle in enumerate(dongles, 2)
        )
    )


class Office:
    """The queue and its dead letters, the workers, the time."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.now = NOON
        self.queue: list[Letter] = []
        self.dead: list[Letter] = []
        self.done: list[Letter] = []
        self.written: dict[str, Letter] = {}
        self._names = 0
        self._streamed = 0
        self._streaming: Publisher | None = None
        self._books = {"bus": stepping(judge.bus), "outbox": stepping(judge.outbox)}
        fake = judge.fake
        self._codes = stepping(fake.codes)
        self._desk = Desk(
            messages=stepping(fake.messages),
            numbers=stepping(fake.numbers),
            codes=self._codes,
            sms=stepping(fake.sms),
            policy=fake.policy,
            pause=stepping(self).pause,
        )

    @property
    def workers(self) -> list[Worker]:
        return self.judge.workers

    @property
    def in_hand(self) -> list[Letter]:
        return [worker.letter for worker in self.workers if isinstance(worker, Clerk)]

    def _name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}{self._names}"

    # --- texts

    def write(self, phone: str, words: str, spelled: str) -> Letter:
        id_ = self._name("m")
        sms = InboundSms(
            id=id_, sender=phone, text=spelled, arrived_at=self.now, queued_at=self.now
        )
        return self._queue(sms, words)

    def write_again(self, letter: Letter, later: timedelta) -> Letter:
        """A gateway sends it twice; both are on their way for as long."""
        at = letter.sms.arrived_at + later
        again = replace(letter.sms, id=self._name("m"), arrived_at=at, queued_at=at)
        return self._queue(again, letter.words)

    def bring_twice(self, letter: Letter) -> None:
        """The topic hands it to the queue a second time."""
        self._queue(letter.sms, letter.words)

    def redrive(self, letter: Letter, *, crashes: bool) -> None:
        """If it crashes in between, the letter is in both queues."""
        if not crashes:
            self.dead.remove(letter)
        self._queue(replace(letter.sms, queued_at=self.now), letter.words)

    def _queue(self, sms: InboundSms, words: str) -> Letter:
        letter = Letter(sms, words)
        self.queue.append(letter)
        self.written.setdefault(sms.id, letter)
        return letter

    def bring_back(self, letter: Letter) -> None:
        """It was deleted, and one of the queue's servers did not hear of it."""
        self.done.remove(letter)
        self.queue.append(letter)

    # --- workers begin

    def deliver(self, letter: Letter, *, late: timedelta = ON_TIME, in_time: bool = True) -> Worker:
        """To a worker whose clock is late, or who finds no time to begin with it."""
        letter.receives += 1
        attempt, last = self._name("a"), letter.receives >= MOST_RECEIVES

        def answer() -> Outcome:
            if not in_time:
                raise Outage
            return answer_sms(letter.sms, self._desk, now=self.now - late, attempt=attempt)

        def receive() -> Outcome:
            """As the function receive_sms does."""
            try:
                return answer()
            except (Outage, TooManyRaces):
                if last:
                    sorry = self._name("a")
                    apologise(letter.sms, self._desk, now=self.now - late, attempt=sorry)
                raise

        return self._begins(Clerk(receive, letter, self.now - late, late), SMS_TIMEOUT)

    @property
    def can_stream(self) -> bool:
        """A shard has one reader at a time."""
        idle = self._streaming is None or not self._streaming.alive
        return idle and self._streamed < len(self.judge.messages.orders)

    def stream(self, *, late: timedelta = ON_TIME) -> Worker:
        batch = list(self.judge.messages.orders.values())[self._streamed :][:ORDERS_A_BATCH]

        def bring() -> None:
            publish(batch, by="stream", now=self.now - late, **self._books)
            self._streamed += len(batch)

        self._streaming = Publisher(bring)
        return self._begins(self._streaming, SWEEP_TIMEOUT)

    def sweep(self, *, late: timedelta = ON_TIME) -> Worker:
        by, now = self._name("sweep:"), self.now - late
        return self._begins(Publisher(lambda: sweep(by=by, now=now, **self._books)), SWEEP_TIMEOUT)

    def make_release(self, account: str, dongle: str, points: int, *, e: bool) -> Worker:
        desk, grant = stepping(self.judge.vendor), Grant(points, e_protocol=e)
        act = Act(id=self._name("act"), actor="vendor:anna", at=self.now)
        return self._begins(
            Vendor(
                lambda: make_release(
                    CaratId(dongle),
                    AccountNumber(account),
                    grant,
                    act=act,
                    desk=desk,
                    codes=self._codes,
                    pause=self._desk.pause,
                ),
                {(account, dongle): grant},
            ),
            VENDOR_GIVES_UP,
        )

    def register(self, phone: str, account: str) -> Worker:
        desk, pause = stepping(self.judge.vendor), self._desk.pause
        number = AccountNumber(account)
        return self._begins(
            Vendor(lambda: register_phone(phone, number, desk=desk, pause=pause), {}),
            VENDOR_GIVES_UP,
        )

    def release_phone(self, phone: str) -> Worker:
        desk, pause, now = stepping(self.judge.vendor), self._desk.pause, self.now
        return self._begins(
            Vendor(lambda: release_phone(phone, desk=desk, pause=pause, now=now), {}),
            VENDOR_GIVES_UP,
        )

    def import_releases(self, file: ReleaseFile) -> Worker:
        imports, now = stepping(self.judge.imports), self.now
        return self._begins(
            Vendor(
                lambda: import_releases(
                    file,
                    imports=imports,
                    key_id=KEY,
                    now=now,
                    pause=self._desk.pause,
                    settle=stepping(self).settle,
                    tell=lambda _: None,
                ),
                {(row.account, row.carat_id): row.grant for row in file.rows},
            ),
            VENDOR_GIVES_UP,
        )

    def discard_import(self, file: ReleaseFile) -> Worker:
        imports, pause = stepping(self.judge.imports), self._desk.pause
        return self._begins(
            Vendor(
                lambda: discard_import(file, imports=imports, pause=pause, tell=lambda _: None), {}
            ),
            VENDOR_GIVES_UP,
        )

    def _begins(self, worker: Worker, may_run: timedelta) -> Worker:
        worker.until = self.now + may_run
        self.workers.append(worker)
        self._look_after(worker)
        return worker

    def pause(self, attempt: int) -> None:
        """Others go first: that is all that a pause is for."""

    def settle(self) -> None:
        """Whoever has read before an import began has come to an end."""
        self.time_passes(SMS_TIMEOUT)

    # --- workers go on, and end

    def go_on(self, worker: Worker, how: How = How.ACTS) -> None:
        call = worker.call
        assert call
        if how is How.FAILS:
            worker.raises(Outage())
        elif how is How.CONFLICTS:
            worker.raises(LostRace())
        elif how is How.IS_TORN:
            self._tear(worker, call)
        else:
            self._make(worker, call, how)
        self._look_after(worker)

    def _make(self, worker: Worker, call: Call, how: How) -> None:
        try:
            answer = self.judge.act(worker, call)
            if how is How.IS_MADE_AGAIN:
                answer = self.judge.act(worker, call)
        except LostRace as error:
            lost: Exception | None = error
        else:
            lost = None
        if not worker.alive:
            return
        if how is How.LOSES_ITS_REPLY:
            worker.raises(Outage())
        elif lost:
            worker.raises(lost)
        else:
            worker.returns(answer)

    def _tear(self, worker: Worker, call: Call) -> None:
        """It stands still again, between the two halves of its read."""
        half = self.judge.act(worker, call)
        if isinstance(worker, Clerk):
            worker.has_seen_the_dongle = False
        worker.call = Call(self, "read_the_rest", (worker, half, call.named["carat_id"]), {})

    def read_the_rest(self, worker: Clerk, half: object, carat_id: CaratId) -> object:
        self.judge.sees_the_dongle(worker, carat_id)
        return replace(half, dongle=self.judge.messages.dongle(carat_id))  # type: ignore[type-var]

    def go_to_the_end(self, worker: Worker) -> None:
        while worker.alive:
            self.go_on(worker)

    def dies(self, worker: Worker) -> None:
        worker.dies()
        self._look_after(worker)

    def _look_after(self, worker: Worker) -> None:
        """If it has ended: what it was about is done, or comes again, or is a dead letter."""
        for ended in [one for one in self.workers if not one.alive]:
            self.workers.remove(ended)
            if isinstance(ended, Clerk):
                self._put_away(ended)

    def _put_away(self, clerk: Clerk) -> None:
        letter = clerk.letter
        waits = letter in self.queue
        self.judge.ended(clerk)
        if clerk.done:
            if waits:
                self.queue.remove(letter)
                self.done.append(letter)
        elif waits and letter.receives >= MOST_RECEIVES:
            self.queue.remove(letter)
            self.dead.append(letter)

    # --- time, and what the vendor can do at once

    def time_passes(self, how_long: timedelta) -> None:
        self.now += how_long
        self.judge.late_index = None
        for worker in [one for one in self.workers if one.until <= self.now]:
            self.dies(worker)
        orders = list(self.judge.messages.orders.values())
        if self._streaming is None or not self._streaming.alive:
            while (
                self._streamed < len(orders)
                and orders[self._streamed].placed_at <= self.now - STREAM_KEEPS
            ):
                self._streamed += 1

    def index_is_late(self) -> None:
        """The sweep is shown what was pending now, for a while."""
        self.judge.late_index = list(self.judge.outbox.pending(before=self.now))

    def open_account(self, number: str, phones: Sequence[str], *, asks: bool = False) -> None:
        account = AccountNumber(number)
        self.judge.vendor.add_account(
            Account(number=account, company="Müller", created_at=NOON, confirms_orders=asks)
        )
        for phone in phones:
            self.go_to_the_end(self.register(phone, number))

    def lock(self, account: str, locks: Sequence[Lock]) -> None:
        """The account and all its phones in one transaction, as every change of an account is."""
        stored = self.judge.vendor.accounts[AccountNumber(account)]
        self.judge.vendor.accounts[stored.number] = replace(
            stored, locks=tuple(locks), version=stored.version + 1
        )
        for sender in list(self._senders_of(account)):
            self.judge.messages.senders[sender.phone] = replace(
                sender, locks=tuple(locks), revision=sender.revision + 1
            )
        self.judge.model.locks[account] = [lock.until for lock in locks]

    def _senders_of(self, account: str) -> Iterator[Sender]:
        for sender in self.judge.messages.senders.values():
            if sender.account == account:
                yield sender

    def switch_maintenance(self, *, on: bool) -> bool:
        self.judge.model.maintenance = on
        return self.judge.vendor.switch_maintenance(on=on, by="vendor:demo", at=self.now)

    def rotate_key(self) -> None:
        self.judge.fake.codes.ring = ROTATED

    @property
    def key_is_rotated(self) -> bool:
        return self.judge.fake.codes.ring is ROTATED

    # --- rest

    def come_to_rest(self) -> None:
        """Everything is delivered, redriven, swept, and nothing fails any more."""
        self.judge.bus.refuses.clear()
        for worker in list(self.workers):
            self.go_to_the_end(worker)
        for _ in range(ROUNDS_TO_REST):
            for letter in list(self.dead):
                self.redrive(letter, crashes=False)
            self.time_passes(SMS_TIMEOUT * 6)
            for letter in list(self.queue):
                self.go_to_the_end(self.deliver(letter))
            while self.can_stream:
                self.go_to_the_end(self.stream())
            self.go_to_the_end(self.sweep())
            if not (self.queue or self.dead or self.judge.is_something_pending):
                return
        raise AssertionError("it does not come to rest")
