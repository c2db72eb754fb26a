"""A text arrives → it is decided → the effects are committed once → the answer is sent.

What a crash leaves behind, line by line: before the commit nothing has happened, and the queue
brings the message again; after the commit the record holds the answer, and the next delivery
sends it (the same text again, if the crash came between sending and marking); after the mark the
message is done, and every further delivery costs one read.
"""

from datetime import datetime

from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.conversation import HandledMessage, InboundSms
from freischalt.domain.countries import is_served
from freischalt.domain.sms_grammar import Fetch, PlaceOrder, Question, Stop, read
from freischalt.errors import StillInHand
from freischalt.ports import CodeMaker, Sending
from freischalt.texts import text_of
from freischalt.use_cases.deciding import Deciding
from freischalt.use_cases.desk import Desk, Ending, Outcome, Policy
from freischalt.use_cases.races import until_it_holds

RACES = 5


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
    decided = until_it_holds(
        lambda: _decide_and_commit(sms, command, desk, now=now, attempt=attempt),
        desk.pause,
        tries=RACES,
    )
    return decided if isinstance(decided, Outcome) else _send(sms, decided, desk, now=now)


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
    effects = Deciding(sms, seen, desk, now).on(command)
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
    text = text_of(answer, secret=secret_of(answer, desk.codes))
    sending = desk.sms.send(to=sms.sender, text=text, outbox_id=sms.id)
    desk.messages.mark_answered(sms.id, now=now)
    ending = Ending.ANSWERED if sending is Sending.SENT else Ending.UNDELIVERABLE
    return Outcome(ending, answer.code)


def secret_of(answer: Answer, codes: CodeMaker) -> str:
    """The code that this answer shows, derived again; nothing for most."""
    if answer.code is AnswerCode.CODE and answer.number and answer.type and answer.key_id:
        return codes.unlock_code(answer.number, answer.type, answer.key_id)
    if answer.code is AnswerCode.CONFIRM and answer.nonce and answer.key_id:
        return codes.confirmation_code(answer.nonce, answer.key_id)
    return ""
