"""A text arrives → it is decided → the effects are committed once → the answer is sent.

What a crash leaves behind, line by line: before the commit nothing has happened, and the queue
brings the message again; after the commit the record holds the answer, and the next delivery
sends it (the same text again, if the crash came between sending and marking); after the mark the
message is done, and every further delivery costs one read.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.catalogue import Catalogue
from freischalt.domain.conversation import (
    Confirmation,
    Effects,
    HandledMessage,
    InboundSms,
    Snapshot,
)
from freischalt.domain.countries import is_served
from freischalt.domain.dongle import Dongle, RecentOrder
from freischalt.domain.fetch import Refused, decide_fetch
from freischalt.domain.ids import AccountNumber, OrderNumber
from freischalt.domain.licence import LicenceNumber, LicenceType
from freischalt.domain.limits import DAY, free_slot
from freischalt.domain.order import Accepted, Order, decide_order
from freischalt.domain.sms_grammar import (
    Confirm,
    Fetch,
    Help,
    NotUnderstood,
    PlaceOrder,
    Question,
    Stop,
    read,
)
from freischalt.errors import LostRace, StillInHand, TooManyRaces
from freischalt.ports import CodeMaker, Messages, OrderNumbers, Pause, Sending, SmsSender
from freischalt.texts import text_of

RACES = 5
CONFIRM_WITHIN = timedelta(minutes=15)
CONFIRM_TRIES = 3
RECENT_ORDERS_KEPT = 16


class Ending(StrEnum):
    """How the handling of one delivery ended; a metric each."""

    ANSWERED = "answered"
    UNDELIVERABLE = "undeliverable"
    ANSWERED_BEFORE = "answered_before"
    OPTED_OUT = "opted_out"
    TURNED_AWAY_BEFORE = "turned_away_before"
    OVER_THE_LIMIT = "over_the_limit"
    OWN_NUMBER = "own_number"
    COUNTRY_NOT_SERVED = "country_not_served"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`answer` is what was said, if anything was."""

    ending: Ending
    answer: AnswerCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The vendor's choices. Money is whole cents; `confirm_above` None asks nobody."""

    catalogue: Catalogue
    own_numbers: Collection[str]
    served_prefixes: tuple[str, ...]
    replies_an_hour: int
    repeated_order_within: timedelta
    confirm_above: int | None
    in_hand_for: timedelta
    time_zone: tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The ports and the policy that answering needs."""

    messages: Messages
    numbers: OrderNumbers
    codes: CodeMaker
    sms: SmsSender
    policy: Policy
    pause: Pause


def answer_sms(sms: InboundSms, desk: Desk, *, now: datetime, attempt: str) -> Outcome:
    """Handle one delivery of one text. Raises what must come back by the queue.

    `attempt` identifies this try among all deliveries of the message.
    """
    if ending := never_answered(sms.sender, desk.policy):
        return Outcome(ending)
    command = read(sms.text, desk.policy.catalogue.points.keys())
    if isinstance(command, Stop):
        desk.sms.opt_out(sms.sender)
        return Outcome(Ending.OPTED_OUT)
    for race in range(RACES):
        if race:
            desk.pause(race)
        try:
            decided = _decide_and_commit(sms, command, desk, now=now, attempt=attempt)
        except LostRace:
            continue
        return decided if isinstance(decided, Outcome) else _send(sms, decided, desk, now=now)
    raise TooManyRaces


def never_answered(sender: str, policy: Policy) -> Ending | None:
    """Why this sender gets no answer of any kind, if so: known without a call."""
    if sender in policy.own_numbers:
        return Ending.OWN_NUMBER
    if not is_served(sender, policy.served_prefixes):
        return Ending.COUNTRY_NOT_SERVED
    return None


def _decide_and_commit(
    sms: InboundSms, command: Question, desk: Desk, *, now: datetime, attempt: str
) -> Answer | Outcome:
    carat_id = command.number.carat_id if isinstance(command, Fetch | PlaceOrder) else None
    seen = desk.messages.read(phone=sms.sender, message_id=sms.id, carat_id=carat_id)
    if seen.message and seen.message.answered:
        return Outcome(Ending.ANSWERED_BEFORE)
    if seen.message and seen.message.answer:
        return _take_up(seen.message, seen.message.answer, desk.policy, now=now, attempt=attempt)
    effects = _Deciding(sms, seen, desk, now).on(command)
    if isinstance(effects, Outcome):
        return effects
    desk.messages.commit(sms, seen, effects, attempt=attempt, now=now)
    return effects.answer


def _take_up(
    handled: HandledMessage, answer: Answer, policy: Policy, *, now: datetime, attempt: str
) -> Answer:
    """The answer of a message that was committed but not marked as answered.

    While the function that committed it may still be running, the message is that one's.
    """
    if handled.attempt != attempt and now - handled.committed_at < policy.in_hand_for:
        raise StillInHand
    return answer


def _send(sms: InboundSms, answer: Answer, desk: Desk, *, now: datetime) -> Outcome:
    text = text_of(answer, secret=_secret(answer, desk.codes))
    sending = desk.sms.send(to=sms.sender, text=text, outbox_id=sms.id)
    desk.messages.mark_answered(sms.id, now=now)
    ending = Ending.ANSWERED if sending is Sending.SENT else Ending.UNDELIVERABLE
    return Outcome(ending, answer.code)


def _secret(answer: Answer, codes: CodeMaker) -> str:
    if answer.code is AnswerCode.CODE and answer.number and answer.type and answer.key_id:
        return codes.unlock_code(answer.number, answer.type, answer.key_id)
    if answer.code is AnswerCode.CONFIRM and answer.nonce and answer.key_id:
        return codes.confirmation_code(answer.nonce, answer.key_id)
    return ""


@dataclass(frozen=True, slots=True)
class _Deciding:
    """One message, what was seen, and the rules in their order."""

    sms: InboundSms
    seen: Snapshot
    desk: Desk
    now: datetime

    def on(self, command: Question) -> Effects | Outcome:
        sender, policy = self.seen.sender, self.desk.policy
        if sender.account is None:
            if sender.turned_away_at and self.now - sender.turned_away_at < DAY:
                return Outcome(Ending.TURNED_AWAY_BEFORE)
            return Effects(answer=Answer(code=AnswerCode.PHONE_NOT_REGISTERED), slot=None)
        slot = free_slot(
            sender.slots, slots=policy.replies_an_hour, now=self.now, message_id=self.sms.id
        )
        if slot is None:
            return Outcome(Ending.OVER_THE_LIMIT)
        return replace(self._decide(command), slot=slot)

    def _decide(self, command: Question) -> Effects:
        if self.seen.service.maintenance:
            return _only(AnswerCode.UNAVAILABLE)
        match command:
            case Fetch():
                return self._fetch(command)
            case PlaceOrder():
                read = self.seen.dongle
                return self._place(command, read, self.sms.fingerprint, confirmed=None)
            case Confirm():
                return self._confirm(command)
            case Help():
                return _only(AnswerCode.HELP)
            case NotUnderstood():
                return _only(command.why)

    def _fetch(self, fetch: Fetch) -> Effects:
        stored, dongle, account = self._dongle(self.seen.dongle, fetch.number)
        decision = decide_fetch(
            dongle.releases.get(account),
            fetch.type,
            fetch.number,
            account_locks=self.seen.sender.locks,
            today=self._today(),
        )
        if isinstance(decision, Refused):
            return self._refused(decision, fetch)
        bound = self._with_key(dongle.with_release(account, decision.release))
        answer = Answer(
            code=AnswerCode.CODE, type=fetch.type, number=fetch.number, key_id=bound.key_id
        )
        if bound == stored:
            return Effects(answer=answer, slot=None, unchanged=stored)
        return Effects(answer=answer, slot=None, changed=bound)

    def _place(
        self,
        order: PlaceOrder,
        read: Dongle | None,
        fingerprint: str,
        *,
        confirmed: Confirmation | None,
    ) -> Effects:
        if self.sms.queued_at - self.sms.arrived_at > DAY:  # it was redriven
            return _only(AnswerCode.ORDER_TOO_OLD, order.type, order.number)
        _, dongle, account = self._dongle(read, order.number)
        sender, policy = self.seen.sender, self.desk.policy
        for old in dongle.recent_orders:
            apart = abs(self.sms.arrived_at - old.at)
            if old.text == fingerprint and apart < policy.repeated_order_within:
                return self._ordered(order, old.order_number)
        decision = decide_order(
            dongle.releases.get(account),
            order.type,
            order.number,
            account_locks=sender.locks,
            today=self._today(),
            catalogue=policy.catalogue,
        )
        if isinstance(decision, Refused):
            return self._refused(decision, order)
        if confirmed is None and self._must_confirm(decision):
            return self._ask(order, fingerprint)
        number = self.desk.numbers.take(self._today().year)
        placed = Order(
            number=number,
            outbox_id=str(uuid5(NAMESPACE_URL, f"freischalt:order:{self.sms.id}")),
            account=account,
            kind=decision.kind,
            type=order.type,
            licence_number=order.number,
            net_cents=decision.net_cents,
            currency=policy.catalogue.currency,
            placed_at=self.now,
            message_id=self.sms.id,
        )
        changed = replace(
            self._with_key(dongle.with_release(account, decision.release)),
            recent_orders=self._recent_orders(dongle, fingerprint, number),
        )
        return replace(
            self._ordered(order, number),
            changed=changed,
            order=placed,
            confirmation=confirmed and replace(confirmed, order_number=number),
        )

    def _recent_orders(
        self, dongle: Dongle, fingerprint: str, number: OrderNumber
    ) -> tuple[RecentOrder, ...]:
        """Judged by arrival, since a backlog may be worked off days later; only a few are kept."""
        kept = [old for old in dongle.recent_orders if self.sms.arrived_at - old.at < DAY]
        this = RecentOrder(fingerprint, number, self.sms.arrived_at)
        return (*kept, this)[-RECENT_ORDERS_KEPT:]

    def _must_confirm(self, decision: Accepted) -> bool:
        above = self.desk.policy.confirm_above
        return self.seen.sender.confirms_orders or (
            above is not None and decision.net_cents > above
        )

    def _ask(self, order: PlaceOrder, fingerprint: str) -> Effects:
        """Ask for `JA 4711`; the same order asked for again keeps its digits and its tries."""
        waiting, until = self._waiting(), self.now + CONFIRM_WITHIN
        if waiting and waiting.fingerprint == fingerprint and not waiting.order_number:
            waiting = replace(waiting, until=until)
        else:
            waiting = Confirmation(
                nonce=self.sms.id,
                key_id=self.desk.codes.key_for_new_dongles(),
                type=order.type,
                number=order.number,
                fingerprint=fingerprint,
                until=until,
            )
        answer = Answer(code=AnswerCode.CONFIRM, key_id=waiting.key_id, nonce=waiting.nonce)
        return Effects(answer=answer, slot=None, confirmation=waiting)

    def _confirm(self, confirm: Confirm) -> Effects:
        waiting = self._waiting()
        if waiting is None:
            return _only(AnswerCode.NOTHING_TO_CONFIRM)
        if confirm.digits != self.desk.codes.confirmation_code(waiting.nonce, waiting.key_id):
            spent = replace(waiting, wrong_tries=waiting.wrong_tries + 1)
            return replace(_only(AnswerCode.WRONG_CONFIRMATION), confirmation=spent)
        order = PlaceOrder(waiting.type, waiting.number)
        if waiting.order_number:
            return self._ordered(order, waiting.order_number)
        dongle = self.desk.messages.dongle(waiting.number.carat_id)
        return self._place(order, dongle, waiting.fingerprint, confirmed=waiting)

    def _waiting(self) -> Confirmation | None:
        """The order that can still be confirmed: in time, with a try left."""
        waiting = self.seen.sender.confirmation
        if waiting and self.sms.arrived_at < waiting.until and waiting.wrong_tries < CONFIRM_TRIES:
            return waiting
        return None

    def _ordered(self, order: PlaceOrder, number: OrderNumber) -> Effects:
        return Effects(
            answer=Answer(
                code=AnswerCode.ORDERED, type=order.type, number=order.number, order_number=number
            ),
            slot=None,
        )

    def _refused(self, refused: Refused, command: Fetch | PlaceOrder) -> Effects:
        return Effects(
            answer=Answer(
                code=refused.code,
                type=command.type,
                number=command.number,
                locked_until=refused.locked_until,
            ),
            slot=None,
        )

    def _dongle(
        self, read: Dongle | None, number: LicenceNumber
    ) -> tuple[Dongle, Dongle, AccountNumber]:
        """The dongle as stored, the dongle as it counts, and whose release is asked about."""
        stored = read or Dongle(carat_id=number.carat_id)
        account = self.seen.sender.account
        if account is None:  # `on` has turned such a sender away
            raise AssertionError("an unregistered sender has no release")
        return stored, stored.folded(self.seen.service.unpublished), account

    def _with_key(self, dongle: Dongle) -> Dongle:
        """A new dongle is served by the active key, and keeps it whatever the ring does."""
        return replace(dongle, key_id=dongle.key_id or self.desk.codes.key_for_new_dongles())

    def _today(self) -> date:
        return self.now.astimezone(self.desk.policy.time_zone).date()


def _only(
    code: AnswerCode, type_: LicenceType | None = None, number: LicenceNumber | None = None
) -> Effects:
    """An answer without any effect."""
    return Effects(answer=Answer(code=code, type=type_, number=number), slot=None)
