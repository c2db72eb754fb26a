"""Planted: a message is marked as answered before its answer is sent."""

from typing import Any

from freischalt.domain.conversation import InboundSms
from freischalt.use_cases import answer_sms
from freischalt.use_cases.desk import Desk, Outcome


def plant() -> None:
    send = answer_sms._send

    def mark_and_send(sms: InboundSms, answer: Any, desk: Desk, **named: Any) -> Outcome:
        desk.messages.mark_answered(sms.id, **named)
        return send(sms, answer, desk, **named)

    answer_sms._send = mark_and_send
