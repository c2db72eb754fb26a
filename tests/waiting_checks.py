"""Companies of local/vat_scenario.yaml, and checks of theirs that wait for their next try."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from freischalt.account_ports import Put, Records, Ref
from freischalt.domain.account import Account
from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.vat import VatService
from freischalt.domain.vat_record import VatDue
from freischalt.domain.vat_standing import VatStanding, VatState, VatWaiting, fingerprint

COMPANY = CustomerKind.COMPANY
BERLIN = Address("Beispielgasse 1", "10115", "Berlin", "DE")
GRAZ = Address("Gartenweg 3", "8010", "Graz", "AT")

ASKED_AT_VIES = Registrant(COMPANY, "Musterwerk GmbH", BERLIN, "DE999100018")
ASKED_AT_EVATR = Registrant(COMPANY, "Huber Elektrotechnik KG", GRAZ, "ATU99910007")
WITH_NOBODYS = Registrant(COMPANY, "Musterwerk GmbH", BERLIN, "DE999100034")
"""VIES and eVatR find the others valid; nobody has this VAT ID."""


def let_wait(records: Records, number: AccountNumber, service: VatService, at: datetime) -> None:
    """Let the account's check be tried then, whatever has been."""
    refs = Ref(Account, (number,)), Ref(VatDue, (number,))
    seen = records.read(*refs)
    account, due = seen[refs[0]], seen[refs[1]]
    assert account
    assert account.registrant
    began = datetime.now(UTC)
    standing = VatStanding(
        state=VatState.PENDING,
        of=fingerprint(account.registrant),
        waiting=VatWaiting(
            check_id=f"{int(began.timestamp() * 1000):013d}-{uuid4().hex[:12]}",
            since=began,
            next_try=at,
        ),
    )
    version = due.version if due else 0
    records.write(
        Put(replace(account, vat=standing)),
        Put(VatDue(account=number, service=service, at=at, version=version)),
    )
