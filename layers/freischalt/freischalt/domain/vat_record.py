"""What is kept of VAT checks: what is still to be asked, and what was found.

A record is evidence for the tax office: written once, never changed, kept for ten years.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from freischalt.domain.ids import AccountNumber
from freischalt.domain.vat import FieldVerdict, VatField, VatQuestion, VatService
from freischalt.domain.vat_standing import VatState


@dataclass(frozen=True, slots=True, kw_only=True)
class VatDue:
    """One account's next question to a registry, due at `at`. There is at most one."""

    account: AccountNumber
    service: VatService
    at: datetime
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VatExchange:
    """One question and its answer as they were on the wire; see `VatAnswer`."""

    asked_at: datetime
    answered_at: datetime
    request: str = field(repr=False)
    response: str = field(repr=False)
    http_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VatRecord:
    """How one check ended: by an answer, by giving up, or by an operator's word.

    `question` and `exchange` are None for what nobody was asked; `about` is the company as it was
    entered, and `of` the fingerprint of that. `counts` is False for an answer that came after the
    data had changed.
    """

    account: AccountNumber
    id: str
    at: datetime
    state: VatState
    of: str
    code: str | None = None
    fields: Mapping[VatField, FieldVerdict] = field(default_factory=dict)
    request_id: str | None = None
    for_a_person: bool = False
    about: Mapping[str, str] = field(default_factory=dict, repr=False)
    question: VatQuestion | None = None
    exchange: VatExchange | None = None
    counts: bool = True
    by: str | None = None
    reason: str | None = None
    version: int = 0
