"""What an account's owner may ask for: all that is kept of it, and that its personal data goes.

Erasing keeps what accounting needs, under the number alone: orders, retrievals, releases, locks,
the trail, and for ten years the evidence of VAT checks, which is about a company. Keys and plants
(`erasing_plants`) go first, then everything else in one transaction: a crash in between leaves an
account without them, and the request can be repeated. Repair orders go before it, and once more
after it: one may have come in between. If a crash leaves that one behind, the same request again
takes it away.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from freischalt.account_ports import Change, ChangePhone, Delete, Lists, Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry
from freischalt.domain.conversation import Sender
from freischalt.domain.ids import AccountNumber
from freischalt.domain.licence import CaratId
from freischalt.domain.locks import LockReason, LockRecord
from freischalt.domain.phone_check import PhoneCheck
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.sign_in import ApiKey
from freischalt.domain.vat_record import VatDue, VatRecord
from freischalt.errors import LostRace
from freischalt.use_cases import licences
from freischalt.use_cases.erasing_plants import exported_plants, forget_plants, owes_terms
from freischalt.use_cases.office import (
    Decided,
    Decision,
    Office,
    Result,
    all_of,
    decide,
    found,
    users_of,
)
from freischalt.use_cases.repairs import exported_repair, forget_repairs, repairs_of

ERASED = "(gelöscht)"
A_PAGE = 50


def erase(number: AccountNumber, office: Office, request: Request) -> Result | Refusal:
    """Personal data goes, unless something is still owed. There is no way back."""
    ref, due_ref = Ref(Account, (number,)), Ref(VatDue, (number,))

    def once(seen: Seen) -> Decision:
        account, due = seen[ref], seen[due_ref]
        if account is None:
            return Refusal(RefusalCode.NO_ACCOUNT)
        if account.erased:
            forget_repairs(number, office)
            return Refusal(RefusalCode.NO_ACCOUNT)
        if _owes(number, office, request) or owes_terms(number, office, office.today(request.at)):
            return Refusal(RefusalCode.OPEN_OBLIGATIONS)
        _delete_all(ApiKey, number, office)
        _delete_all(PhoneCheck, number, office)
        forget_plants(number, office)
        forget_repairs(number, office)
        changes = (*_phones_released(account, office, request), *_users_gone(account, office))
        empty = replace(
            account,
            company=ERASED,
            registrant=None,
            phones=(),
            users=(),
            vat=None,
            erased=True,
            changed_by=request.actor,
        )
        not_asked = (Delete(due),) if due else ()
        return Decided({"account": number}, (Put(empty), *changes, *not_asked))

    done = decide(office, request, (ref, due_ref), once)
    if not isinstance(done, Refusal):
        forget_repairs(number, office)
    return done


def _owes(number: AccountNumber, office: Office, request: Request) -> bool:
    """A lock for terms that are not met holds, on the account or on one of its licences."""
    today = office.today(request.at)
    locks = all_of(lambda after: office.records.page(LockRecord, number, after=after, limit=A_PAGE))
    return any(lock.reason is LockReason.CONTRACT and lock.holds(today) for lock in locks)


def _delete_all(kind: type[Any], number: AccountNumber, office: Office) -> None:
    """Whatever is used or changed meanwhile is read and deleted again."""
    while page := office.records.page(kind, number, after=None, limit=A_PAGE).things:
        for thing in page:
            with suppress(LostRace):
                office.records.write(Delete(thing))


def _phones_released(account: Account, office: Office, request: Request) -> Iterator[Change]:
    for phone in found(office, [Ref(Sender, (number,)) for number in account.phones]):
        if phone.account == account.number:
            yield ChangePhone.to_nobody(phone, request.at)


def _users_gone(account: Account, office: Office) -> Iterator[Change]:
    for user in users_of(account, office):
        others = tuple(number for number in user.accounts if number != account.number)
        left = replace(user, accounts=others, epoch=user.epoch + 1)
        yield Put(left) if others else Delete(user)


def exported(account: Account, office: Office, lists: Lists) -> dict[str, Any]:
    """All that is kept of this account, as one JSON object; secrets and hashes are not."""
    number = account.number
    dongles = list(
        dict.fromkeys(all_of(lambda after: lists.licences(number, after=after, limit=A_PAGE)))
    )
    return {
        "account": {
            "number": number,
            "name": account.company,
            "createdAt": account.created_at.isoformat(),
            "registrant": _registrant(account),
            "phones": list(account.phones),
        },
        "users": [
            {
                "name": user.name,
                "email": user.email,
                "language": user.language.value,
                "accepted": dict(user.accepted),
            }
            for user in users_of(account, office)
        ],
        "licences": dongles,
        "orders": [
            {
                "number": order.number,
                "kind": order.kind.value,
                "type": str(order.type),
                "licenceNumber": str(order.licence_number),
                "netCents": order.net_cents,
                "currency": order.currency,
                "placedAt": order.placed_at.isoformat(),
            }
            for order in all_of(
                lambda after: licences.orders(number, office, lists, after=after, limit=A_PAGE)
            )
        ],
        "locks": [
            {
                "id": lock.id,
                "licence": lock.licence,
                "reason": lock.reason.value,
                "note": lock.note,
                "until": lock.until and lock.until.isoformat(),
                "setAt": lock.set_at.isoformat(),
            }
            for lock in all_of(
                lambda after: office.records.page(LockRecord, number, after=after, limit=A_PAGE)
            )
        ],
        "vatChecks": [
            _check(record)
            for record in all_of(
                lambda after: office.records.page(VatRecord, number, after=after, limit=A_PAGE)
            )
        ],
        **exported_plants(number, office),
        "repairOrders": [exported_repair(order) for order in repairs_of(number, office)],
        "auditTrail": [
            _line(entry)
            for entry in all_of(lambda after: lists.trail(number, after=after, limit=A_PAGE))
        ],
        "licenceTrails": {
            carat_id: [_line(entry) for entry in _history(carat_id, number, lists)]
            for carat_id in dongles
        },
    }


def _history(carat_id: CaratId, account: AccountNumber, lists: Lists) -> Iterator[AuditEntry]:
    """What happened to the account's own release; a dongle may have others'."""
    entries = all_of(lambda after: lists.history(carat_id, after=after, limit=A_PAGE))
    return (entry for entry in entries if entry.account == account)


def _check(record: VatRecord) -> dict[str, object]:
    exchange = record.exchange
    return {
        "id": record.id,
        "at": record.at.isoformat(),
        "state": record.state.value,
        "request": exchange.request if exchange else None,
        "response": exchange.response if exchange else None,
    }


def _line(entry: AuditEntry) -> dict[str, object]:
    return {
        "at": entry.at.isoformat(),
        "event": entry.event.value,
        "actor": entry.actor,
        "details": dict(entry.details),
    }


def _registrant(account: Account) -> dict[str, object] | None:
    registrant = account.registrant
    if registrant is None:
        return None
    address, latin = registrant.address, registrant.latin
    return {
        "kind": registrant.kind.value,
        "street": address.street,
        "postalCode": address.postal_code,
        "city": address.city,
        "country": address.country,
        "vatId": registrant.vat_id,
        "nameLatin": latin.name if latin else None,
        "streetLatin": latin.street if latin else None,
        "cityLatin": latin.city if latin else None,
    }
