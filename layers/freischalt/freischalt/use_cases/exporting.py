"""What an account's owner may have: all that is kept of it, as one JSON object.

Secrets and hashes are not in it, nor what the vendor has noted for itself.
"""

from collections.abc import Iterator
from typing import Any

from freischalt.account_ports import Lists
from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry
from freischalt.domain.ids import AccountNumber
from freischalt.domain.licence import CaratId
from freischalt.domain.locks import LockRecord
from freischalt.domain.vat_record import VatRecord
from freischalt.use_cases import licences
from freischalt.use_cases.exporting_terms import exported_terms
from freischalt.use_cases.office import A_PAGE, Office, all_of, things_of, users_of


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
            for lock in things_of(LockRecord, number, office)
        ],
        "vatChecks": [_check(record) for record in things_of(VatRecord, number, office)],
        **exported_terms(number, office),
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
