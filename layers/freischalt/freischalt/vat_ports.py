"""What VAT checks need from the world, beside `account_ports`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from freischalt.domain.vat import VatAnswer, VatQuestion
from freischalt.domain.vat_record import VatDue
from freischalt.ports import Clock


class VatRegistry(Protocol):
    """VIES or eVatR."""

    def ask(self, question: VatQuestion, *, now: Clock) -> VatAnswer:
        """Whatever comes of it: what is no verdict is undecided, and no exception."""


class VatDues(Protocol):
    """What is due, until somebody has asked."""

    def pending(self, *, before: datetime) -> Iterable[VatDue]: ...

    def claim(self, due: VatDue, *, by: str, now: datetime, until: datetime) -> bool:
        """Whether it is ours until then; what is still due after that is anybody's."""


class VatQueue(Protocol):
    """Of each service its own, so that each is asked by few at once."""

    def put(self, due: VatDue) -> None: ...
