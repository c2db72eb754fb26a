"""A text could not be handled on its last delivery → answer 14, once, to a registered sender.

The message itself goes to the dead-letter queue; a redrive answers it properly.
"""

from datetime import datetime

from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.conversation import InboundSms
from freischalt.domain.limits import free_slot
from freischalt.domain.sms_grammar import Stop, read
from freischalt.errors import LostRace
from freischalt.texts import text_of
from freischalt.use_cases.answer_sms import never_answered
from freischalt.use_cases.desk import Desk


def apologise(sms: InboundSms, desk: Desk, *, now: datetime, attempt: str) -> bool:
    """Whether the apology was sent. It is noted first: rather none than two."""
    stops = isinstance(read(sms.text, desk.policy.catalogue.points.keys()), Stop)
    if stops or never_answered(sms.sender, desk.policy):
        return False
    seen = desk.messages.read(phone=sms.sender, message_id=sms.id, carat_id=None)
    done = seen.message and (seen.message.answered or seen.message.apologised)
    slot = free_slot(
        seen.sender.slots, slots=desk.policy.replies_an_hour, now=now, message_id=sms.id
    )
    if seen.sender.account is None or done or slot is None:
        return False
    try:
        desk.messages.commit_apology(sms, seen, slot=slot, attempt=attempt, now=now)
    except LostRace:
        return False
    text = text_of(Answer(code=AnswerCode.UNAVAILABLE))
    desk.sms.send(to=sms.sender, text=text, outbox_id=f"{sms.id}/14")
    return True
