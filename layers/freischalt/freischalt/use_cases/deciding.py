"""One text and what was seen → its answer and its effects, by the rules in their order."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.conversation import Confirmation, Effects, InboundSms, Snapshot
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
)
from freischalt.use_cases.desk import Counter, Ending, Outcome

CONFIRM_WITHIN = timedelta(minutes=15)
CONFIRM_TRIES = 3
RECENT_ORDERS_KEPT = 16


@dataclass(frozen=True, slots=True)
class Deciding:
    """One message, and all that was seen when it was read."""

    sms: InboundSms
    seen: Snapshot
    desk: Counter
    now: datetime

    def on(self, command: Question) -> Effects | Outcome:
        """What is to be written and said, or why there is silence."""
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
            outbox_id=str(
                uuid5(NAMESPACE_URL, f"freischalt:order:{self.sms.id}|{self.sms.arrived_at}")
            ),
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
