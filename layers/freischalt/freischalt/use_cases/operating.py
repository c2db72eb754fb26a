"""What the vendor's operators do over HTTP: find accounts, release, register phones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from freischalt.account_ports import ChangePhone, Lists, Page, Put, Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.audit import AuditEntry, Event
from freischalt.domain.conversation import Sender, Service
from freischalt.domain.dongle import Dongle, Grant, granted
from freischalt.domain.ids import AccountNumber
from freischalt.domain.licence import CaratId
from freischalt.domain.phone_check import MOST_PHONES
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.ports import CodeMaker
from freischalt.use_cases.office import SERVICE, Decided, Decision, Office, Result, decide, found


def accounts_by(
    office: Office, lists: Lists, *, name: str, after: str | None, limit: int
) -> Page[Account]:
    """Those whose name begins so."""
    page = lists.named(name, after=after, limit=limit)
    return Page(_known(page.things, office), page.next)


def account_of_phone(phone: str, office: Office) -> list[Account]:
    owners = [owner.account for owner in found(office, [Ref(Sender, (phone,))]) if owner.account]
    return _known(owners, office)


def accounts_of_dongle(carat_id: CaratId, office: Office) -> list[Account]:
    """All with a release for it."""
    ref = Ref(Dongle, (carat_id,))
    seen = office.records.read(ref, SERVICE)
    dongle, service = seen[ref], seen[SERVICE] or Service()
    releases = dongle.folded(service.unpublished).releases if dongle else {}
    return _known(sorted(releases), office)


def account_by_number(number: AccountNumber, office: Office) -> list[Account]:
    return _known([number], office)


def _known(numbers: Sequence[AccountNumber], office: Office) -> list[Account]:
    return found(office, [Ref(Account, (number,)) for number in numbers])


@dataclass(frozen=True, slots=True)
class NewRelease:
    account: AccountNumber
    carat_id: CaratId
    grant: Grant


def release(
    new: NewRelease, office: Office, codes: CodeMaker, request: Request
) -> Result | Refusal:
    """Grant at least so much; the new dongle's key is fixed now."""
    number = new.account
    refs = Ref(Account, (number,)), Ref(Dongle, (new.carat_id,)), SERVICE

    def once(seen: Seen) -> Decision:
        account, stored, service = seen[refs[0]], seen[refs[1]], seen[refs[2]]
        if account is None or account.erased or stored is None or service is None:
            return Refusal(RefusalCode.NO_ACCOUNT)
        dongle = stored.folded(service.unpublished)
        after = granted(dongle.releases.get(number), new.grant)
        changed = replace(
            dongle.with_release(number, after),
            key_id=dongle.key_id or codes.key_for_new_dongles(),
        )
        return Decided({"carat_id": new.carat_id}, (Put(changed), Put(_granted(new, request))))

    return decide(office, request, refs, once)


def _granted(new: NewRelease, request: Request) -> AuditEntry:
    return AuditEntry(
        carat_id=new.carat_id,
        at=request.at,
        id=request.id,
        event=Event.GRANTED,
        actor=request.actor,
        account=new.account,
        details=new.grant.details,
    )


def register_phone(
    phone: str, number: AccountNumber, office: Office, request: Request
) -> Result | Refusal:
    """The vendor knows whose it is: no code is sent."""
    refs = Ref(Account, (number,)), Ref(Sender, (phone,))

    def once(seen: Seen) -> Decision:
        account, owner = seen[refs[0]], seen[refs[1]]
        if account is None or account.erased or owner is None:
            return Refusal(RefusalCode.NO_ACCOUNT)
        if owner.account == number:
            return Decided({"phone": phone})
        if owner.account is not None:
            return Refusal(RefusalCode.PHONE_TAKEN)
        if len(account.phones) >= MOST_PHONES:
            return Refusal(RefusalCode.TOO_MANY_PHONES)
        more = replace(account, phones=(*account.phones, phone), changed_by=request.actor)
        return Decided({"phone": phone}, (Put(more), ChangePhone.to(account, owner)))

    return decide(office, request, refs, once)
