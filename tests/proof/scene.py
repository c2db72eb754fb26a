"""One use case, played: what is so beforehand, then deliveries as AWS makes them."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from tests.conftest import ROOT
from tests.proof import payments, plants, terms, vat
from tests.proof.accounts import Asked, Told
from tests.proof.calls import ask
from tests.proof.director import Call, Director, Plan, nothing_happens
from tests.proof.entries import (
    ACCOUNT,
    Before,
    Changes,
    Disputed,
    Money,
    Paid,
    PaidUnheard,
    Portion,
    Question,
    Ran,
    Refunded,
    Said,
    Schedule,
    Upload,
    UseCase,
    a_model,
)
from tests.proof.entries import Call as Request
from tests.proof.entries import Text as TextTrigger
from tests.proof.model import Model, Text
from tests.proof.requests import (
    Answer,
    answer_of,
    dispute_event,
    http_event,
    paid_event,
    refunded_event,
    secrets_in,
    token_event,
)
from tests.proof.seen import Seen
from tests.proof.term_papers import payment_id
from tests.proof.workers import Reply, Workers
from tests.proof.world import World

TEMPLATE = json.loads((ROOT / "events/receive_sms.fetch.json").read_text("utf-8"))
MOST_RECEIVES = 5
SERVER_ERROR = 500
QUESTION, PORTION, UPLOADED = (
    json.loads((ROOT / "events" / f"{name}.json").read_text("utf-8"))
    for name in ("check_vat.question", "tell_terms.portion", "import_inverters.uploaded")
)
SEEN_BEYOND = {
    *("deliver_outbox", "sweep_outbox", "export_orders", "schedule_vat"),
    *("tell_terms", "write_invoices"),
}
COMES_AGAIN_AFTER = timedelta(seconds=40)  # longer than a function may run
REDRIVEN_AFTER = timedelta(minutes=2)
NEXT_SCHEDULE_AFTER = timedelta(minutes=5)


class Scene:
    """The model says at any time what should be; `deliver` makes it so, or fails to."""

    def __init__(
        self, use_case: UseCase, world: World, workers: Workers, director: Director
    ) -> None:
        self.use_case = use_case
        self.world = world
        self._id = uuid4()
        self.answers: list[Answer] = []
        self.asked: Asked | None = None
        self.told: Told | None = None
        self.secrets: set[str] = set()
        self.sign_ins = 0
        self._is_redriven = False
        self._workers = workers
        self._director = director
        director.late = timedelta()
        director.begin()
        self.model: Model = a_model(use_case, self.now)
        world.become(self.model)
        for number, before in enumerate(use_case.before):
            self._bring_about(before, number)
        if isinstance(use_case.trigger, TextTrigger):
            text = self._text(use_case.trigger.said, "this")
            self.text = replace(text, arrived=text.arrived - use_case.arrived_before)
            if use_case.delivered_before:
                self._play(self.text)
        elif isinstance(use_case.trigger, Request):
            self.asked = self._asked(use_case.trigger)
            self._event = self._request(self.asked)
            if use_case.delivered_before and (answer := self._call(use_case.trigger)):
                self.answers.append(answer)
            self._committed = self.world.requests_answered()
        elif isinstance(use_case.trigger, Paid | Refunded | Disputed):
            if use_case.delivered_before:
                self._told_of_money(use_case.trigger)
        elif isinstance(use_case.trigger, Changes | Schedule):
            self._event = self._event_of(use_case.trigger)
            if isinstance(use_case.trigger, Schedule):
                director.late = use_case.trigger.later

    def _bring_about(self, before: Before, number: int) -> None:
        match before:
            case Request():
                self._call(before)
            case Question():
                self._ask(before)
            case Paid() | Refunded() | Disputed():
                self._told_of_money(before)
            case PaidUnheard():
                self.world.provider.pay()
                payments.pay_unheard(self.model)
            case Ran(function, then):
                self._made(function, {})
                then(self.model, self.now)
            case Said():
                self._play(self._text(before, f"before {number}"))

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self._director.late

    def _play(self, text: Text) -> None:
        """A delivery to which nothing happens."""
        event = sqs_event(text, receives=1)
        reply = self._workers.invoke("receive_sms", event)
        if not is_done(reply):
            raise RuntimeError(f"{self.use_case.name}: not answered: {text.words}: {reply}")
        self.model.text(text, self.now)

    def _call(self, call: Request) -> Answer | None:
        """A request to which nothing happens."""
        asked = self._asked(call)
        reply = self._workers.invoke(call.function, self._request(asked))
        if not is_done(reply):
            raise RuntimeError(f"{self.use_case.name}: not answered: {call.does}: {reply}")
        answer = answer_of(reply)
        self.secrets |= secrets_in(asked) | (answer.secrets if answer else set())
        ask(self.model, asked, self.now)
        return answer

    def _made(self, function: str, event: Any) -> None:
        reply = self._workers.invoke(function, event)
        if not is_done(reply):
            raise RuntimeError(f"{self.use_case.name}: {function} was not done: {reply}")

    def _ask(self, question: Question) -> None:
        """A question about a VAT ID to which nothing happens."""
        self._made(question.function, question_event(question, receives=1))
        vat.ask(self.model.accounts, question.account, self.now)

    def _told_of_money(self, news: Money) -> None:
        """Stripe's word, to which nothing happens."""
        self._made(news.function, self._told_by_stripe(news))
        self._money(news)

    def _money(self, news: Money) -> None:
        """What the model makes of it."""
        match news:
            case Paid(cents=cents):
                payments.stripe_tells(self.model, self._order_of(news), cents, self.now)
            case Refunded(cents):
                payments.stripe_gave_back(self.model, cents)
            case Disputed():
                payments.bank_disputes(self.model)

    def _order_of(self, paid: Paid) -> str:
        return paid.order.format_map(self.world.shown(self.model))

    def _told_by_stripe(self, news: Money) -> Any:
        match news:
            case Paid(cents=cents):
                return paid_event(self._order_of(news), cents)
            case Refunded(cents):
                return refunded_event(payment_id(0).partition(":")[2], cents)
            case Disputed():
                return dispute_event()

    def _asked(self, call: Request) -> Asked:
        """Its words, with what was mailed, texted or shown."""
        known = self.world.shown(self.model)
        body = {
            name: value.format_map(known) if isinstance(value, str) else value
            for name, value in call.body.items()
        }
        key = call.key and str(uuid5(self._id, call.key))
        does = call.does.format_map(known)
        return Asked(does, body, call.who, call.account, key, call.read, call.stays)

    def _request(self, asked: Asked) -> Any:
        if asked.does == "TOKEN":
            return token_event(self.world.token(asked.who, asked.account))
        principal = self.world.principal(asked.who, asked.account)
        return http_event(asked, principal)

    def _note(self, asked: Asked, reply: Reply) -> None:
        """What the client has got, and what of it nobody else may see."""
        answer = answer_of(reply)
        if answer:
            self.answers.append(answer)
            self.secrets |= answer.secrets
        self.secrets |= secrets_in(asked)
        self.sign_ins += asked.does == "POST /sessions"

    def _text(self, said: Said, name: str) -> Text:
        """The words with the digits that the phone was asked for, if they have any."""
        asked = re.search(r"JA (\d{4})$", self.world.last_text(said.phone))
        right = asked[1] if asked else ""
        wrong = f"{(int(right) + 1) % 10_000:04d}" if right else ""
        return Text(
            id=str(uuid5(NAMESPACE_URL, f"{self.use_case.name}: {name}")),
            phone=said.phone,
            words=said.words.format(right=right, wrong=wrong),
            arrived=self.now,
            queued=self.now,
            digits_are_right="{right}" in said.words,
        )

    def _event_of(self, trigger: Changes | Schedule) -> Any:
        if isinstance(trigger, Changes):
            return {"Records": self.world.changes(trigger.function)}
        now = self.now.astimezone(self.model.zone)
        return {name: value.format(now=now) for name, value in trigger.event.items()}

    # --- deliveries

    def deliver(self, plan: Plan = nothing_happens, *, receives: int = 1) -> bool:
        """One delivery; whether AWS would take it for done."""
        self._director.begin(lambda call: plan(call) or self._is_out_of_order(call))
        done = is_done(self.invoke(receives))
        self._director.check()
        return done

    def _is_out_of_order(self, call: Call) -> str | None:
        broken = call.operation == self.use_case.out_of_order and not self._is_redriven
        return "fails" if broken else None

    @property
    def first_receive(self) -> int:
        """Which delivery is the first that is played."""
        return MOST_RECEIVES if self.use_case.out_of_order else 1

    def invoke(self, receives: int = 1) -> Reply:
        """One delivery, without a new plan: the same one that another worker may have in hand."""
        reply = self._workers.invoke(self.use_case.function, self.event(receives))
        if self.asked:
            self._note(self.asked, reply)
        return reply

    def event(self, receives: int = 1) -> Any:
        """What AWS hands to the function."""
        if isinstance(self.use_case.trigger, TextTrigger):
            return sqs_event(self.text, receives)
        match self.use_case.trigger:
            case Question() as question:
                return question_event(question, receives)
            case Paid() | Refunded() | Disputed() as news:
                return self._told_by_stripe(news)
            case Portion(account):
                return message(PORTION, json.dumps({"shard": self.world.part_of(account)}))
            case Upload(list_):
                return message(UPLOADED, uploaded(list_))
        return self._event

    def happens(self) -> None:
        """The model does what this use case is about."""
        if isinstance(self.use_case.trigger, TextTrigger):
            self.model.text(self.text, self.now)
        elif self.asked:
            self.told = ask(self.model, self.asked, self.now)
            return
        match self.use_case.trigger:
            case Question(account):
                vat.ask(self.model.accounts, account, self.now)
            case Paid() | Refunded() | Disputed() as news:
                self._money(news)
            case Portion(account):
                plants.tell(self.model, account, self.now)
            case Upload(list_):
                plants.import_list(self.model, list_, self.now)
            case Changes() | Schedule():
                self.use_case.then(self.model, self.now.astimezone(self.model.zone))

    def is_committed(self) -> bool:
        """Whether what this is about has been decided and stored."""
        if isinstance(self.use_case.trigger, Request):
            return self.world.requests_answered() > self._committed
        return self.world.has_answer(self.text.id)

    def look(self) -> Seen:
        return self.world.look(beyond_the_table=self.use_case.function in SEEN_BEYOND)

    def later(self, time: timedelta) -> None:
        self._director.late += time

    def redrive(self) -> None:
        """Out of the dead-letter queue and into the queue: a new message with the same text."""
        self.later(REDRIVEN_AFTER)
        self._is_redriven = True
        self.text = replace(self.text, queued=self.now)

    def lock_account(self) -> None:
        """The vendor locks the customer's account until revoked."""
        phones = [number for number, phone in self.model.phones.items() if phone.account == ACCOUNT]
        self.world.lock(ACCOUNT, phones)
        self.model.locks[ACCOUNT] = [None]


def is_done(reply: Reply) -> bool:
    """Whether AWS, or the client, would not bring it again."""
    result = reply.get("result")
    if isinstance(result, dict):
        return not result.get("batchItemFailures") and result.get("statusCode", 200) < SERVER_ERROR
    return "result" in reply


def sqs_event(text: Text, receives: int) -> dict[str, Any]:
    """events/receive_sms.fetch.json as this text's delivery number `receives`."""
    event: dict[str, Any] = json.loads(json.dumps(TEMPLATE))
    (record,) = event["Records"]
    envelope = json.loads(record["body"])
    sms = json.loads(envelope["Message"])
    sms |= {
        "messageBody": text.words,
        "originationNumber": text.phone,
        "inboundMessageId": text.id,
    }
    envelope |= {"Message": json.dumps(sms), "Timestamp": text.arrived.isoformat()}
    record |= {"body": json.dumps(envelope), "messageId": str(uuid4())}
    record["attributes"] |= {
        "SentTimestamp": str(round(text.queued.timestamp() * 1000)),
        "ApproximateReceiveCount": str(receives),
    }
    return event


def message(template: Any, body: str) -> dict[str, Any]:
    """Of a queue, with this body."""
    event: dict[str, Any] = json.loads(json.dumps(template))
    event["Records"][0]["body"] = body
    return event


def uploaded(list_: str) -> str:
    """What S3 tells of the file of this list."""
    told = json.loads(UPLOADED["Records"][0]["body"])
    account = terms.account_of(terms.OF_THE_LIST)
    told["Records"][0]["s3"]["object"]["key"] = f"lists/{account}/{list_}.xlsx"
    return json.dumps(told)


def question_event(question: Question, receives: int) -> dict[str, Any]:
    """events/check_vat.question.json about this account, delivered for the time `receives`."""
    event: dict[str, Any] = json.loads(json.dumps(QUESTION))
    (record,) = event["Records"]
    record["body"] = json.dumps({"account": question.account})
    record["attributes"]["ApproximateReceiveCount"] = str(receives)
    return event
