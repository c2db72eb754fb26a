"""A fetch or an order over HTTP: decided as by SMS, answered at once.

The request's record is committed with the effects, and holds the answer: a repeated request gets
it again, its code derived anew. Before the commit nothing has happened; after it all has.
"""

from collections.abc import Callable
from dataclasses import dataclass

from freischalt.domain.account import Account
from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.conversation import Effects, InboundSms
from freischalt.domain.ids import AccountNumber
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.sms_grammar import Fetch, PlaceOrder
from freischalt.texts import text_of
from freischalt.use_cases.answer_sms import RACES, secret_of
from freischalt.use_cases.deciding import Deciding
from freischalt.use_cases.desk import Counter
from freischalt.use_cases.races import until_it_holds

type May = Callable[[Account], Refusal | None]


def everybody_may(_: Account) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer as data, its German sentence, and the code if there is one."""

    answer: Answer
    text: str
    secret: str = ""


def answer_request(
    command: Fetch | PlaceOrder,
    account: AccountNumber,
    desk: Counter,
    request: Request,
    *,
    may: May = everybody_may,
) -> Answered | Refusal:
    """Decide it, and commit it unless nothing has changed and nobody may ask again.

    `may` is asked about the account as it was read; the commit holds on to that.
    """
    asked = InboundSms(
        id=f"{request.actor}/{request.id}",
        sender=account,
        text=request.fingerprint if request.repeatable else request.id,
        arrived_at=request.at,
        queued_at=request.at,
    )
    return until_it_holds(
        lambda: _once(command, asked, desk, request, may), desk.pause, tries=RACES
    )


def _once(
    command: Fetch | PlaceOrder, asked: InboundSms, desk: Counter, request: Request, may: May
) -> Answered | Refusal:
    seen = desk.messages.read(
        phone=asked.sender, message_id=asked.id, carat_id=command.number.carat_id
    )
    if seen.sender.account is None:
        return Refusal(RefusalCode.NO_ACCOUNT)
    if seen.message and seen.message.answer:
        if seen.message.fingerprint != asked.text:
            return Refusal(RefusalCode.IDEMPOTENCY_KEY_REUSED)
        return _answered(seen.message.answer, desk)
    if refusal := may(seen.account) if seen.account else None:
        return refusal
    effects = Deciding(asked, seen, desk, request.at).on(command)
    if not isinstance(effects, Effects):
        raise TypeError("a request over HTTP is always answered")
    keeps = effects.changed or effects.answer.code is AnswerCode.CODE or request.repeatable
    if keeps and effects.answer.code is not AnswerCode.UNAVAILABLE:
        desk.messages.commit(asked, seen, effects, attempt=request.id, now=request.at)
    return _answered(effects.answer, desk)


def _answered(answer: Answer, desk: Counter) -> Answered:
    secret = secret_of(answer, desk.codes)
    return Answered(answer, text_of(answer, secret=secret), secret)
