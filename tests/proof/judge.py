"""The desk of fakes beside the model: what a call did is judged the moment it acted.

An answer must be right by what its worker has seen. One that hands something out, a code or an
order, must also be right when it is committed: there the model is told of it. What hands nothing
out may be as old as the worker's read.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import reject

from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.conversation import Effects, InboundSms
from freischalt.domain.dongle import Grant
from freischalt.domain.ids import KeyId, OrderNumber
from freischalt.domain.order import Order
from freischalt.errors import StillInHand, VendorMistake
from freischalt.ports import Sending
from freischalt.use_cases.desk import Ending, Outcome
from reference.check_code import code_of
from tests.factories import CATALOGUE, a_policy
from tests.fakes import FakeBus, FakeDesk, FakeImports, FakeOrders, FakeVendorDesk
from tests.proof.model import Model, Owned, Phone, Placed, Said, Text
from tests.proof.stepping import Call, Worker
from tests.reference import hmac_sha256

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TRIES = 3
CLOCKS_DIFFER = timedelta(seconds=3)
PRICES = {**{str(n): cents for n, cents in CATALOGUE.points.items()}, "E": CATALOGUE.e_protocol}

ROWS: dict[AnswerCode, str] = {
    AnswerCode.CODE: "code",
    AnswerCode.ORDERED: "ordered",
    AnswerCode.CONFIRM: "ask",
    AnswerCode.HELP: "help",
    AnswerCode.PHONE_NOT_REGISTERED: "row 1",
    AnswerCode.UNKNOWN_COMMAND: "row 2",
    AnswerCode.NOT_RELEASED: "row 8",
    AnswerCode.LOCKED: "locked",
    AnswerCode.USER_INFORMATION_CHANGED: "row 9",
    AnswerCode.POINTS_NOT_RELEASED: "row 10",
    AnswerCode.E_NOT_RELEASED: "row 11",
    AnswerCode.USER_INFORMATION_MISMATCH: "row 12",
    AnswerCode.ALREADY_RELEASED: "row 13",
    AnswerCode.UNAVAILABLE: "row 14",
    AnswerCode.ORDER_TOO_OLD: "too old",
    AnswerCode.NOTHING_TO_CONFIRM: "nothing to confirm",
    AnswerCode.WRONG_CONFIRMATION: "wrong digits",
}
NAMES_A_LICENCE = {"code", "ordered", "row 8", "row 9", "row 10", "row 11", "too old"}

type Releases = dict[tuple[str, str], Grant]
"""By account and dongle."""


@dataclass(eq=False)
class Letter:
    """One message in the queue; several may carry the same text. `words` as the model reads."""

    sms: InboundSms
    words: str
    receives: int = 0


class Clerk(Worker):
    """Answers one letter; `saw` is what the model knew when the clerk last read."""

    def __init__(
        self, work: Callable[[], object], letter: Letter, now: datetime, late: timedelta
    ) -> None:
        self.letter, self.now, self.late = letter, now, late
        self.saw: Model | None = None
        self.has_seen_the_dongle = False
        self.published_since: list[Releases] = []
        super().__init__(work)


class Publisher(Worker):
    """Publishes orders, for the stream or for the sweep."""


class Vendor(Worker):
    """Makes a release, registers a phone, imports a file: then `grants` are what comes of it."""

    def __init__(self, work: Callable[[], object], grants: Releases) -> None:
        self.grants = grants

        def told() -> None:
            with suppress(VendorMistake):
                work()

        super().__init__(told)


class Judge:
    """The fakes, the model, and all that must hold between them."""

    tolerates_what_is_known = True

    def __init__(
        self, *, replies_an_hour: int, confirm_above: int | None, in_hand_for: timedelta
    ) -> None:
        policy = a_policy(
            replies_an_hour=replies_an_hour, confirm_above=confirm_above, in_hand_for=in_hand_for
        )
        self.fake = FakeDesk(policy=policy)
        self.messages = self.fake.messages
        self.outbox = FakeOrders(orders=self.messages.orders)
        self.bus = FakeBus()
        self.vendor = FakeVendorDesk(self.messages)
        self.imports = FakeImports(self.vendor)
        self.model = Model(
            PRICES,
            replies_an_hour=replies_an_hour,
            ask_above=confirm_above,
            clocks_differ=CLOCKS_DIFFER,
        )
        self.workers: list[Worker] = []
        self.met: Counter[str] = Counter()
        self.late_index: list[Order] | None = None
        self.sent_by: defaultdict[str, list[Clerk]] = defaultdict(list)
        self.unreachable: set[str] = set()
        self.endings: defaultdict[str, set[Ending]] = defaultdict(set)
        self._crashed: set[str] = set()
        self._silenced: set[str] = set()
        self._taken_by: defaultdict[OrderNumber, list[Worker]] = defaultdict(list)
        self._replies: defaultdict[str, list[datetime]] = defaultdict(list)
        self._wrong: Counter[str] = Counter()
        self._digits: dict[str, str] = {}
        self._asked: dict[str, str] = {}
        self._codes: dict[tuple[str, str], str] = {}

    def act(self, worker: Worker, call: Call) -> object:
        """Make the call and judge it. Raises LostRace as the call does."""
        self.met["calls"] += 1
        match worker, call.name:
            case Clerk(), "read":
                return self._read(worker, call)
            case Clerk(), "dongle":
                self.sees_the_dongle(worker, call.args[0])
            case Clerk(), "commit":
                self._commit(worker, call)
                return None
            case Clerk(), "commit_apology":
                self._apologise(worker, call)
                return None
            case Clerk(), "send":
                return self._send(worker, call)
            case Clerk(), "opt_out":
                self.model.text(self._text(self.model, worker.letter), worker.now)
            case Publisher(), "pending" if self.late_index is not None:
                return self.late_index
            case Publisher(), "publish":
                return self._publish(worker, call)
            case Vendor(), "write" | "register" | "unregister" | "publish":
                return self._change(worker, call)
        return call.act()

    # --- what is read

    def _read(self, clerk: Clerk, call: Call) -> object:
        clerk.saw, clerk.published_since = self.model.fork(), []
        clerk.has_seen_the_dongle = not clerk.letter.words.startswith("JA")
        return call.act()

    def sees_the_dongle(self, clerk: Clerk, dongle: str) -> None:
        """It is read later than the rest."""
        if saw := clerk.saw:
            for key, owned in self.model.owned.items():
                if key[1] == dongle:
                    saw.owned[key] = replace(owned)
            saw.recent = [*self.model.recent]
        clerk.has_seen_the_dongle = True

    def _text(self, model: Model, letter: Letter) -> Text:
        sms = letter.sms
        waiting = model.phones.get(sms.sender, Phone()).waiting
        right = waiting is not None and letter.words == f"JA {self._digits[waiting.asked]}"
        return Text(sms.id, sms.sender, letter.words, sms.arrived_at, sms.queued_at, right)

    # --- what is decided

    def _commit(self, clerk: Clerk, call: Call) -> None:
        before = self.messages.commits
        call.act()
        if self.messages.commits > before:  # else it had written it already, and was not told
            sms, _, effects = call.args
            assert sms.id not in self.model.said, "a message is answered twice"
            self._decide(clerk, effects, call.named["now"])
            self._note_reply(sms.sender, call.named["now"])

    def _decide(self, clerk: Clerk, effects: Effects, now: datetime) -> None:
        sms, saw, answer = clerk.letter.sms, clerk.saw, self._said(effects.answer)
        self.met[f"answer: {answer.row}"] += 1
        assert saw
        waiting = saw.phones[sms.sender].waiting if effects.confirmation else None
        if waiting:
            assert waiting == self.model.phones[sms.sender].waiting, "decided on a stale question"
        right = saw.text(self._text(saw, clerk.letter), now)
        if right and self._is_a_forgotten_order(right):
            self._known("a repeated order is not recognised a day later")
        assert answer == right, "wrong by what it saw"
        if effects.answer.code is AnswerCode.CONFIRM:
            self._asks(sms, saw, effects.answer)
        if answer.row == "wrong digits":
            asked = saw.phones[sms.sender].waiting
            assert asked
            self._wrong[asked.asked] += 1
            assert self._wrong[asked.asked] <= TRIES, "a fourth guess"
        hands_out = effects.changed or effects.unchanged
        if hands_out and not clerk.published_since:
            switch, self.model.maintenance = self.model.maintenance, saw.maintenance
            told = self.model.text(self._text(self.model, clerk.letter), now)
            self.model.maintenance = switch
            assert answer == told, "no longer right when it was committed"
        else:
            self._is_as_old_as_its_read(clerk, saw, effects, now)

    def _is_a_forgotten_order(self, right: Said) -> bool:
        """Whether the dongle has had an order that arrived a day after the repeated one."""
        orders = [one for one in self.model.recent if one[1].endswith(right.number)]
        arrived = [at for *_, at, message in orders if message == right.order]
        dongle = right.number[:8]
        later = [at for _, words, at, _ in self.model.recent if words[-16:-8] == dongle]
        return any(at - arrived[0] >= DAY for at in later) if arrived else False

    def _is_as_old_as_its_read(
        self, clerk: Clerk, saw: Model, effects: Effects, now: datetime
    ) -> None:
        """The model takes over what it would have said then."""
        id_, number = clerk.letter.sms.id, clerk.letter.sms.sender
        then, phone = saw.phones[number], self.model.phones.setdefault(number, Phone())
        self.model.said[id_] = saw.said[id_]
        if phone.account is None:
            assert not self.model.may_be_silent(number, now), "told twice a day"
            phone.turned_away = now
            return
        assert self.model.replies_left(phone, now) > 0, "more replies than allowed"
        phone.replies.append(now)
        if effects.confirmation:
            phone.waiting = then.waiting and replace(then.waiting)
        if effects.changed:
            key = phone.account, str(effects.changed.carat_id)
            self.model.owned[key] = replace(saw.owned[key])
            for grants in clerk.published_since:
                self._grant(grants)
        if effects.order:
            self.model.orders.append(saw.orders[-1])
            self.model.recent.append(saw.recent[-1])

    def _said(self, answer: Answer) -> Said:
        row = ROWS[answer.code]
        what = number = until = ""
        if row in NAMES_A_LICENCE:
            what, number = str(answer.type).removesuffix("P"), str(answer.number)
        if row == "locked":
            day = answer.locked_until
            until = f"{day:%d.%m.%Y}" if day else "auf Widerruf"
        order = answer.order_number
        return Said(
            row, what, number, until, self.messages.orders[order].message_id if order else None
        )

    def _asks(self, sms: InboundSms, saw: Model, answer: Answer) -> None:
        """The digits, by what the specification says of them."""
        waiting = saw.phones[sms.sender].waiting
        assert waiting
        assert waiting.asked == answer.nonce
        self._asked[sms.id] = waiting.asked
        mac = hmac_sha256(
            self._master_key(answer.key_id), b"freischalt/confirmation/v1|" + waiting.asked.encode()
        )
        self._digits[waiting.asked] = f"{int.from_bytes(mac[:8]) % 10_000:04d}"

    def _master_key(self, key_id: KeyId | None) -> bytes:
        assert key_id
        return self.fake.codes.ring.key(key_id).arn.encode()

    # --- what is sent

    def _apologise(self, clerk: Clerk, call: Call) -> None:
        call.act()
        sms, now = call.args[0], call.named["now"]
        phone = self.model.phones[sms.sender]
        assert phone.account, "a stranger is told"
        assert self.model.replies_left(phone, now) > 0, "more replies than allowed"
        assert sms.id not in self.model.apologies, "two apologies"
        self.model.apologise(self._text(self.model, clerk.letter), now)
        self._note_reply(sms.sender, now)

    def _note_reply(self, phone: str, now: datetime) -> None:
        if self.model.phones[phone].account is None:
            return
        replies = self._replies[phone]
        replies.append(now)
        for start in replies:
            within = sum(start <= at < start + HOUR for at in replies)
            assert within <= self.model.replies_an_hour, "more replies than allowed"

    def _send(self, clerk: Clerk, call: Call) -> object:
        sms, outbox_id = clerk.letter.sms, call.named["outbox_id"]
        assert call.named["to"] == sms.sender, "sent to somebody else"
        if outbox_id == sms.id:
            said = self.model.said.get(sms.id)
            assert said, "sent and not committed"
            expected = self._sentence(sms.id, said)
        else:
            assert outbox_id == f"{sms.id}/14"
            assert sms.id in self.model.apologies, "sent and not noted"
            assert not self.sent_by[outbox_id], "two apologies"
            expected = Said("row 14").sentence
        assert call.named["text"] == expected
        for earlier in self.sent_by[outbox_id]:
            if earlier.alive or earlier.done:
                if sms.id in self._crashed:
                    self._known("two take up at once what a third has left behind")
                if earlier.late or clerk.late:
                    self._known("a worker is taken for dead too early, since its clock is late")
                raise AssertionError("sent twice, and nobody died")
        sending = call.act()
        if sending is Sending.SENT:
            self.sent_by[outbox_id].append(clerk)
        else:
            self.unreachable.add(outbox_id)
        return sending

    def _sentence(self, id_: str, said: Said) -> str:
        sentence = said.sentence
        if said.row == "code":
            sentence = sentence.replace("{code}", self._code(said.number, said.what))
        if said.order:
            sentence = sentence.replace("{order}", self._numbers()[said.order])
        if said.row == "ask":
            sentence = sentence.replace("{digits}", self._digits[self._asked[id_]])
        return sentence

    def _numbers(self) -> dict[str, str]:
        """Order numbers by the messages that placed them."""
        return {order.message_id: order.number for order in self.messages.orders.values()}

    def _code(self, number: str, what: str) -> str:
        """As the reference computes it, and the same for ever."""
        dongle = next(one for id_, one in self.messages.dongles.items() if id_ == number[:8])
        key = hmac_sha256(self._master_key(dongle.key_id), b"dongle|" + number[:8].encode())
        digits = code_of(number, what, key)
        code = "-".join(digits[start : start + 4] for start in range(0, 16, 4))
        assert code == self._codes.setdefault((number, what), code), "another code than before"
        return code

    # --- what is published, and what the vendor does

    def _publish(self, publisher: Publisher, call: Call) -> set[OrderNumber]:
        taken: set[OrderNumber] = call.act()
        for order in call.args[0]:
            if order.number not in taken:
                continue
            for earlier in self._taken_by[order.number]:
                assert not earlier.alive, "published twice, and nobody died"
                assert not earlier.done, "published twice, and nobody died"
            self._taken_by[order.number].append(publisher)
        return taken

    def _change(self, vendor: Vendor, call: Call) -> object:
        answer = call.act()
        match call.name:
            case "register" | "unregister":
                phone = self.vendor.phone(call.args[0].phone)
                self.model.register(phone.phone, phone.account, asks=phone.confirms_orders)
            case "write":
                self._grant(vendor.grants)
            case "publish":
                self._grant(vendor.grants)
                self._was_published(vendor.grants)
        return answer

    def _grant(self, grants: Releases) -> None:
        for (account, dongle), grant in grants.items():
            self.model.grant(account, dongle, grant.points, e=grant.e_protocol)

    def _was_published(self, grants: Releases) -> None:
        """Whoever has read before goes on without it."""
        for clerk in self.workers:
            if isinstance(clerk, Clerk) and clerk.saw:
                clerk.published_since.append(grants)
                if not clerk.has_seen_the_dongle:
                    clerk.dies()  # since the model cannot say what it is about to see

    # --- how a clerk ends

    def ended(self, clerk: Clerk) -> None:
        """Judge how it came to its end."""
        outcome, sms = clerk.ended_with, clerk.letter.sms
        if not clerk.done:
            if sms.id in self.model.said and not isinstance(clerk.failure, StillInHand):
                self._crashed.add(sms.id)
            return
        assert isinstance(outcome, Outcome)
        said = self.model.said.get(sms.id)
        match outcome.ending:
            case Ending.OVER_THE_LIMIT | Ending.TURNED_AWAY_BEFORE:
                assert clerk.saw
                assert clerk.saw.may_be_silent(sms.sender, clerk.now), "silent for no reason"
                if said or self._is_in_hand(sms):
                    self._silenced.add(sms.id)
            case Ending.ANSWERED | Ending.UNDELIVERABLE:
                assert said
                assert outcome.answer
                assert ROWS[outcome.answer] == said.row
            case Ending.ANSWERED_BEFORE:
                assert said
        self.endings[sms.id].add(outcome.ending)
        self.met[f"ending: {outcome.ending}"] += 1

    def _is_in_hand(self, sms: InboundSms) -> bool:
        return any(isinstance(one, Clerk) and one.letter.sms.id == sms.id for one in self.workers)

    def _known(self, bug: str) -> None:
        """Leave out this history, since it goes wrong as is known; see KNOWN in test_histories."""
        if self.tolerates_what_is_known:
            reject()
        raise AssertionError(bug)

    # --- what always holds

    def orders_are_the_models(self) -> bool:
        placed = [
            Placed(
                order.message_id,
                order.account,
                order.kind,
                str(order.type).removesuffix("P"),
                str(order.licence_number),
                order.net_cents,
            )
            for order in self.messages.orders.values()
        ]
        return placed == self.model.orders

    def owned(self) -> dict[tuple[str, str], Owned]:
        """What the accounts have, as stored."""
        unpublished = self.messages.service.unpublished
        return {
            (account, carat_id): Owned(release.points, release.e_protocol, release.user_information)
            for carat_id, dongle in self.messages.dongles.items()
            for account, release in dongle.folded(unpublished).releases.items()
        }

    @property
    def is_something_pending(self) -> bool:
        waiting = {id_ for id_, one in self.messages.messages.items() if one.answer}
        waiting -= {id_ for id_, one in self.messages.messages.items() if one.answered}
        unpublished = self.messages.orders.keys() - self.outbox.published
        return bool(waiting - self._silenced) or bool(unpublished)

    def was_told(self, id_: str) -> bool:
        """Whether what is said to this message was sent, as far as its phone wants any."""
        if self.sent_by[id_] or id_ in self.unreachable:
            return True
        if id_ in self._silenced:
            self._known("silence deletes a message that another worker answers, and dies")
        return False

    def texts_by_outbox_id(self) -> Iterable[tuple[str, set[str]]]:
        texts: defaultdict[str, set[str]] = defaultdict(set)
        for _, text, outbox_id in self.fake.sms.sent:
            texts[outbox_id].add(text)
        return texts.items()
