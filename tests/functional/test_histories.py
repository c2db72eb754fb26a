"""Whatever happens in whatever order: nobody gets more than was ordered, and nobody pays twice."""

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from freischalt.domain.conversation import InboundSms
from freischalt.errors import StillInHand
from freischalt.use_cases.answer_sms import answer_sms
from tests.factories import NOON, OTHER_PHONE, PHONE, a_policy, a_sender
from tests.fakes import FakeDesk, FakeMessages

QUANTITIES = (1, 3, 5)
NUMBERS = ("1234567890ABCDEF", "12345678DEADBEEF", "9ABCDEF012345678")
ACCOUNTS = {PHONE: "10001", OTHER_PHONE: "10002"}


@dataclass
class Owned:
    """What the model says that an account has for a dongle, by the sentences of the rules."""

    points: int = 0
    e: bool = False
    user: str | None = None


@dataclass
class Model:
    owned: dict[tuple[str, str], Owned] = field(default_factory=dict)
    paid: int = 0

    def fetch(self, account: str, what: str, number: str) -> bool:
        has = self.owned.get((account, number[:8]))
        if has is None or has.user not in {None, number[8:]}:
            return False
        if not (has.e if what == "E" else int(what) <= has.points):
            return False
        has.user = number[8:]
        return True

    def order(self, account: str, what: str, number: str) -> bool:
        """Whether the order takes effect, and what it costs."""
        prices = a_policy().catalogue
        full = prices.e_protocol if what == "E" else prices.points[int(what)]
        points, e = (0, True) if what == "E" else (int(what), False)
        has = self.owned.get((account, number[:8]))
        if has is None:
            self.owned[account, number[:8]] = Owned(points, e)
        elif has.user not in {None, number[8:]}:
            self.owned[account, number[:8]] = Owned(points, e, number[8:])
        elif what == "E" and not has.e:
            has.e = True
        elif what != "E" and points > has.points:
            full -= prices.points.get(has.points, 0)
            has.points = points
        else:
            return False
        self.paid += full
        return True


class Desk(RuleBasedStateMachine):
    """Two phones of two accounts, texts delivered late, twice, and by workers that die."""

    undelivered = Bundle("undelivered")
    delivered = Bundle("delivered")

    def __init__(self) -> None:
        super().__init__()
        senders = {phone: a_sender(phone, account=account) for phone, account in ACCOUNTS.items()}
        self.fake = FakeDesk(
            messages=FakeMessages(senders=senders), policy=a_policy(replies_an_hour=100_000)
        )
        self.model = Model()
        self.sent = 0
        self.now = NOON
        self.answers: dict[str, str] = {}

    @rule(
        target=undelivered,
        phone=st.sampled_from(sorted(ACCOUNTS)),
        what=st.sampled_from([*map(str, QUANTITIES), "E"]),
        number=st.sampled_from(NUMBERS),
        orders=st.booleans(),
    )
    def somebody_writes(self, phone: str, what: str, number: str, orders: bool) -> InboundSms:
        self.sent += 1
        text = f"Ich bestelle verbindlich {what} {number}" if orders else f"cl.{what}.{number}"
        # a quarter of an hour apart, so that no order counts as its own repetition
        arrived = NOON + timedelta(minutes=15) * self.sent
        self.now = max(self.now, arrived)
        return InboundSms(
            id=f"m{self.sent}", sender=phone, text=text, arrived_at=arrived, queued_at=arrived
        )

    @rule(target=delivered, sms=consumes(undelivered), dies=st.booleans())
    def it_is_delivered(self, sms: InboundSms, dies: bool) -> InboundSms:
        self.now += timedelta(minutes=1)
        send = self.fake.sms.send
        if dies:
            self.fake.sms.send = _die  # type: ignore[method-assign, assignment]
        try:
            answer_sms(sms, self.fake.desk, now=self.now, attempt=f"{sms.id}-1")
        except ConnectionError:
            pass
        finally:
            self.fake.sms.send = send  # type: ignore[method-assign]
        *words, number = sms.text.replace(".", " ").split()
        account, what = ACCOUNTS[sms.sender], words[-1]
        decide = self.model.fetch if words[0] == "cl" else self.model.order
        took_effect = decide(account, what, number)
        answer = self.fake.messages.messages[sms.id].answer
        assert answer
        assert (answer.code in {"CODE", "ORDERED"}) == took_effect
        return sms

    @rule(sms=delivered, soon=st.booleans())
    def it_is_delivered_again(self, sms: InboundSms, soon: bool) -> None:
        self.now += timedelta(seconds=0 if soon else 10)
        try:
            answer_sms(sms, self.fake.desk, now=self.now, attempt=f"{sms.id}-{self.now}")
        except StillInHand:
            assert soon

    @invariant()
    def every_order_is_paid_once(self) -> None:
        orders = self.fake.messages.orders.values()
        assert sum(order.net_cents for order in orders) == self.model.paid
        assert len({order.outbox_id for order in orders}) == len(orders)
        assert len({order.message_id for order in orders}) == len(orders)

    @invariant()
    def nobody_has_more_than_the_rules_say(self) -> None:
        stored = {
            (account, carat_id): Owned(release.points, release.e_protocol, release.user_information)
            for carat_id, dongle in self.fake.messages.dongles.items()
            for account, release in dongle.releases.items()
        }
        assert stored == self.model.owned

    @invariant()
    def a_message_has_one_answer(self) -> None:
        for _, text, outbox_id in self.fake.sms.sent:
            assert self.answers.setdefault(outbox_id, text) == text


def _die(**_: object) -> None:
    raise ConnectionError


TestHistories = Desk.TestCase
TestHistories.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
