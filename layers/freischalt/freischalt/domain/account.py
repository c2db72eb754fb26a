"""A customer: number, company, phones, and what holds for all of them.

What a vendor types is read here; what breaks a rule is a ValueError that names it.

>>> account_number("10001"), phone_number("+436601234567"), company_name(" Müller  GmbH ")
('10001', '+436601234567', 'Müller GmbH')
>>> phone_number("0660 1234567")
Traceback (most recent call last):
ValueError: a phone number is written in E.164: + and 7 to 15 digits, as in +436601234567
"""

import re
from dataclasses import dataclass
from datetime import datetime

from freischalt.domain.address import Registrant
from freischalt.domain.countries import E164
from freischalt.domain.ids import AccountNumber, UserId
from freischalt.domain.locks import Lock
from freischalt.domain.vat_standing import VatStanding

ACCOUNT_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,19}")
LONGEST_COMPANY = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One customer; `version` is 0 while nothing is stored, and rises by one with each write.

    Each phone's item has a copy of `locks` and `confirms_orders`, so that an answer needs no
    second read. `registrant` is what the customer entered, None for one that the vendor created.
    `changed_by` is who wrote it last, None for the vendor's tool: the trail names it. `vat` is what
    its VAT checks came to; `buys_without_vat_id` is the vendor's word to a company in the EU.
    `plants` were ever made, the last one has this number; `ended_plants` of them have ended.
    `lists` are the inverter lists that had not come to their end when the last one was asked for.
    `erasing_since` is there from the decision to erase it until all that goes is gone.
    """

    number: AccountNumber
    company: str
    created_at: datetime
    phones: tuple[str, ...] = ()
    locks: tuple[Lock, ...] = ()
    confirms_orders: bool = False
    registrant: Registrant | None = None
    users: tuple[UserId, ...] = ()
    erased: bool = False
    erasing_since: datetime | None = None
    changed_by: str | None = None
    vat: VatStanding | None = None
    buys_without_vat_id: bool = False
    plants: int = 0
    ended_plants: int = 0
    lists: tuple[str, ...] = ()
    version: int = 0


def account_number(text: str) -> AccountNumber:
    if not ACCOUNT_NUMBER.fullmatch(text):
        raise ValueError("an account number is 1 to 20 letters, digits and hyphens, as in 10001")
    return AccountNumber(text)


def phone_number(text: str) -> str:
    if not E164.fullmatch(text):
        raise ValueError(
            "a phone number is written in E.164: + and 7 to 15 digits, as in +436601234567"
        )
    return text


def company_name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= LONGEST_COMPANY or not name.isprintable():
        raise ValueError(f"a company's name has 1 to {LONGEST_COMPANY} printable characters")
    return name
