"""Accounts, users and what belongs to them, valid by default: a test names what it is about."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import Any

from freischalt.account_ports import Put, Records
from freischalt.domain.account import Account
from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.catalogue import Document
from freischalt.domain.ids import AccountNumber, LockId
from freischalt.domain.locks import LockReason, LockRecord, LockScope
from freischalt.domain.notice import Notice, NoticeKind
from freischalt.domain.phone_check import OPEN_FOR, PhoneCheck
from freischalt.domain.request import HandledRequest, Request
from freischalt.domain.sign_in import ApiKey, Session
from freischalt.domain.user import Language, Link, Password, User, user_id
from freischalt.domain.vat import (
    FieldVerdict,
    VatField,
    VatQuestion,
    VatReading,
    VatService,
    VatVerdict,
)
from freischalt.domain.vat_record import VatDue, VatExchange, VatRecord
from freischalt.domain.vat_standing import VatStanding, VatState, VatWaiting, fingerprint
from freischalt.use_cases.registering import Registration
from tests.factories import ACCOUNT, CATALOGUE, NOON, PHONE

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAME, EMAIL, PASSWORD = "anna.huber", "anna@example.org", "geheim-123"
ANNA = user_id(NAME)
VERSIONS = {"terms": "2026-01", "privacy": "2026-02"}
HOTLINE = "Hotline +43 1 234567"
ADVOCATE = "reparatur@example.com"

NONCES = count(1)

DOCUMENTED = replace(
    CATALOGUE,
    documents={kind: Document(version, {}) for kind, version in VERSIONS.items()},
    contacts={"hotline": HOTLINE, "advocate": ADVOCATE},
)
COMPANY = Registrant(
    CustomerKind.COMPANY, "Huber GmbH", Address("Weg 1", "1010", "Wien", "AT"), "ATU13585627"
)


def a_request(id: str = "r1", **changes: Any) -> Request:  # noqa: A002 - the field's name
    """Each has a nonce of its own, as each call over HTTP has; a lock's id has its first twelve."""
    fields = {
        "nonce": f"{next(NONCES):012x}{0:020x}",
        "fingerprint": "f",
        "repeatable": False,
        "actor": "nobody",
        "at": NOON,
    }
    return Request(id=id, **{**fields, **changes})


def repeatable(id: str = "r1", **changes: Any) -> Request:  # noqa: A002
    return a_request(id, repeatable=True, **changes)


def a_registration(**changes: Any) -> Registration:
    fields = {
        "name": NAME,
        "email": EMAIL,
        "language": Language.GERMAN,
        "registrant": COMPANY,
        "accepted": VERSIONS,
    }
    return Registration(**{**fields, **changes})


def an_account(**changes: Any) -> Account:
    fields = {"number": ACCOUNT, "company": "Huber GmbH", "created_at": NOON, "version": 1}
    return Account(**{**fields, **changes})


def a_user(name: str = NAME, **changes: Any) -> User:
    """One who has confirmed the registration, and chosen no password yet."""
    fields = {
        "id": user_id(name),
        "name": name,
        "email": EMAIL,
        "language": Language.GERMAN,
        "created_at": NOON - 30 * DAY,
        "accounts": (ACCOUNT,),
        "accepted": VERSIONS,
        "version": 1,
    }
    return User(**{**fields, **changes})


def a_link(nonce: str = "n1", **changes: Any) -> Link:
    return Link(**{"nonce": nonce, "made_at": NOON, "until": NOON + DAY, **changes})


def a_password(hash_: str = "#0#geheim-123", **changes: Any) -> Password:
    return Password(**{"hash": hash_, "changed_at": NOON - 10 * DAY, **changes})


def a_session(digest: str = "d1", **changes: Any) -> Session:
    fields = {
        "user": ANNA,
        "digest": digest,
        "account": ACCOUNT,
        "epoch": 0,
        "created_at": NOON,
        "used_at": NOON,
        "version": 1,
    }
    return Session(**{**fields, **changes})


def an_api_key(digest: str = "d1", **changes: Any) -> ApiKey:
    fields = {
        "account": ACCOUNT,
        "digest": digest,
        "id": digest[:16],
        "name": "machine",
        "created_by": f"user:{ANNA}",
        "created_at": NOON,
        "version": 1,
    }
    return ApiKey(**{**fields, **changes})


def a_check(phone: str = PHONE, **changes: Any) -> PhoneCheck:
    fields = {"account": ACCOUNT, "nonce": "n1", "until": NOON + OPEN_FOR, "version": 1}
    return PhoneCheck(phone=phone, **{**fields, **changes})


def a_lock_record(id: str = "0000000000001-aa", **changes: Any) -> LockRecord:  # noqa: A002
    fields = {
        "account": ACCOUNT,
        "carat_id": None,
        "reason": LockReason.SECURITY,
        "scope": LockScope.ALL,
        "note": "",
        "private_note": "",
        "set_by": "operator:o",
        "set_at": NOON,
        "version": 1,
    }
    return LockRecord(id=LockId(id), **{**fields, **changes})


def a_notice(id: str = "n1", **changes: Any) -> Notice:  # noqa: A002
    fields = {
        "kind": NoticeKind.PASSWORD_CHANGED,
        "to": EMAIL,
        "language": Language.GERMAN,
        "created_at": NOON,
        "details": {"user": ANNA, "name": NAME},
        "version": 1,
    }
    return Notice(id=id, **{**fields, **changes})


def a_handled_request(id: str = "r1", **changes: Any) -> HandledRequest:  # noqa: A002
    fields = {"fingerprint": "f", "result": {"user": ANNA}, "at": NOON, "version": 1}
    return HandledRequest(id=id, **{**fields, **changes})


# --- VAT checks

CHECK = "1795348800000-abcdefabcdef"

VALID = VatReading(verdict=VatVerdict.VALID, code="evatr-0000", request_id="id0000000000001")
INVALID = VatReading(verdict=VatVerdict.INVALID, code="evatr-2001")
DIFFERS = VatReading(
    verdict=VatVerdict.MISMATCH,
    code="evatr-0000",
    fields={
        VatField.NAME: FieldVerdict.DIFFERS,
        VatField.STREET: FieldVerdict.MATCHES,
        VatField.POSTAL_CODE: FieldVerdict.NOT_DISCLOSED,
        VatField.CITY: FieldVerdict.DIFFERS,
    },
)
DOWN = VatReading(verdict=VatVerdict.UNDECIDED, code="evatr-0011", service_down=True)


def a_waiting(**changes: Any) -> VatWaiting:
    return VatWaiting(**{"check_id": CHECK, "since": NOON, "next_try": NOON, **changes})


def a_standing(state: VatState = VatState.VALID, **changes: Any) -> VatStanding:
    """Of the company's data; decided unless it is pending."""
    fields: dict[str, Any] = {"of": fingerprint(COMPANY)}
    if state is VatState.PENDING:
        fields |= {"waiting": a_waiting()}
    else:
        fields |= {"check_id": CHECK, "decided_at": NOON, "code": "evatr-0000"}
    return VatStanding(**{"state": state, **fields, **changes})


def a_company(**changes: Any) -> Account:
    """An account whose VAT ID was found valid, if nothing else is said."""
    fields = {"registrant": COMPANY, "users": (ANNA,), "vat": a_standing()}
    return an_account(**{**fields, **changes})


def a_due(**changes: Any) -> VatDue:
    fields = {"account": ACCOUNT, "service": VatService.EVATR, "at": NOON, "version": 1}
    return VatDue(**{**fields, **changes})


QUESTION = VatQuestion(
    service=VatService.EVATR,
    vat_id="ATU13585627",
    name="Huber GmbH",
    street="Weg 1",
    postal_code="1010",
    city="Wien",
)
EXCHANGE = VatExchange(
    asked_at=NOON,
    answered_at=NOON + timedelta(seconds=2),
    request='{"angefragteUstid": "ATU13585627"}',
    response='{"status": "evatr-0000"}',
    http_status=200,
)


def a_vat_record(id: str = CHECK, **changes: Any) -> VatRecord:  # noqa: A002
    """A check that has found the company's data valid."""
    fields = {
        "account": ACCOUNT,
        "at": NOON,
        "state": VatState.VALID,
        "of": fingerprint(COMPANY),
        "code": "evatr-0000",
        "question": QUESTION,
        "exchange": EXCHANGE,
        "version": 1,
    }
    return VatRecord(id=id, **{**fields, **changes})


NEW_YEAR = date(2027, 1, 1)
"""A planned end that is still to come; midnight in Vienna."""


def keep_many_locks(records: Records, account: AccountNumber) -> int:
    """Locks that are over, with long notes: more than one answer may hold. Their number."""
    over = {"note": "x" * 500, "lifted_at": NOON, "lifted_by": "operator:o", "resolution": "gut"}
    locks = [
        a_lock_record(f"{n:013d}-abcdefabcdef", account=account, version=0, **over)
        for n in range(150)
    ]
    for lock in locks:
        records.write(Put(lock))
    return len(locks)
