"""Whether each text got its one right answer, and each order was placed once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from freischalt.adapters.kms_code_maker import KmsCodeMaker
from freischalt.domain.answer import Answer as Said
from freischalt.domain.answer import AnswerCode
from freischalt.domain.ids import KeyId, OrderNumber
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.licence import CaratId, LicenceNumber, licence_type
from freischalt.ports import CodeMaker
from freischalt.texts import text_of
from reference.check_code import code_of
from tests.e2e.running import Running
from tests.load.answers import Answer
from tests.load.mix import Kind, Text

SAID = {
    Kind.FETCH: AnswerCode.CODE,
    Kind.REPEATED_FETCH: AnswerCode.CODE,
    Kind.ORDER: AnswerCode.ORDERED,
    Kind.NOT_RELEASED: AnswerCode.NOT_RELEASED,
    Kind.HELP: AnswerCode.HELP,
    Kind.UNREGISTERED: AnswerCode.PHONE_NOT_REGISTERED,
}


@dataclass(frozen=True)
class Check:
    """Compares what was said and stored with what the texts asked for."""

    codes: CodeMaker
    key_id: KeyId
    orders: Mapping[str, Sequence[str]]
    """Numbers of the orders, by the message that each was placed by."""
    _dongle_keys: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, desk: Running) -> Self:
        ring = KeyRing.read(desk.outputs["KeyRing"])
        orders: dict[str, list[str]] = {}
        for number, order in desk.items("ORDER").items():
            orders.setdefault(order["message_id"], []).append(number)
        return cls(KmsCodeMaker(desk.kms, ring), ring.active.id, orders)

    def faults(
        self, texts: Iterable[Text], answers: Mapping[str, Sequence[Answer]]
    ) -> dict[str, str]:
        """What is wrong with a text or an order, by its id; nothing for what is right."""
        texts = list(texts)
        found = {text.id: self._fault(text, answers.get(text.id, ())) for text in texts}
        nobodys = {message for message in self.orders if message not in found}
        return {id_: fault for id_, fault in found.items() if fault} | dict.fromkeys(
            nobodys, "an order that no text has asked for"
        )

    def _fault(self, text: Text, answers: Sequence[Answer]) -> str | None:
        orders = self.orders.get(text.id, ())
        if len(orders) != (text.kind is Kind.ORDER):
            return f"{text.kind}: {len(orders)} orders"
        if len(answers) != 1:
            distinct = len({answer.text for answer in answers})
            return f"{text.kind}: {len(answers)} answers, {distinct} of them distinct"
        (answer,) = answers
        if answer.phone != text.sms.origination_number:
            return f"{text.kind}: another phone was answered"
        if answer.text != self._right(text, orders):
            return f"{text.kind}: a wrong answer: {answer.text}"
        return None

    def _right(self, text: Text, orders: Sequence[str]) -> str:
        said = Said(
            code=SAID[text.kind],
            type=licence_type(text.type),
            number=LicenceNumber.of(text.number) if text.number else None,
            order_number=OrderNumber(orders[0]) if orders else None,
        )
        return text_of(said, secret=self._code(text) if said.code is AnswerCode.CODE else "")

    def _code(self, text: Text) -> str:
        """As the reference computes it, with the dongle's key."""
        carat_id = CaratId(text.carat_id)
        if carat_id not in self._dongle_keys:
            self._dongle_keys[carat_id] = self.codes.dongle_key(carat_id, self.key_id)
        digits = code_of(text.number, text.type, self._dongle_keys[carat_id])
        return "-".join(digits[start : start + 4] for start in range(0, len(digits), 4))
