"""An account's licences and orders: what is released, and what stands in its way."""

from dataclasses import dataclass
from datetime import datetime

from freischalt.account_ports import Lists, Page, Records, Ref
from freischalt.domain.account import Account
from freischalt.domain.conversation import Service
from freischalt.domain.dongle import Dongle, Release
from freischalt.domain.ids import AccountNumber, OrderNumber
from freischalt.domain.licence import CaratId
from freischalt.domain.locks import Held, held
from freischalt.domain.order import Order
from freischalt.domain.validation import Validation, validate
from freischalt.use_cases.office import Office, found


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """One dongle as one account sees it; `held` is what all locks together say."""

    carat_id: CaratId
    release: Release
    held: Held | None
    validation: Validation
    version: int


def licences(
    account_number: AccountNumber,
    office: Office,
    lists: Lists,
    *,
    after: str | None,
    limit: int,
    now: datetime,
) -> Page[Licence]:
    """A page of them; a dongle whose release is gone is not among them."""
    page = lists.licences(account_number, after=after, limit=limit)
    found = _look_up(account_number, tuple(dict.fromkeys(page.things)), office, now)
    return Page([one for one in found if one], page.next)


def licence(
    account: AccountNumber, carat_id: CaratId, office: Office, *, now: datetime
) -> Licence | None:
    """None if the account has no release for it: somebody else's looks the same."""
    (found,) = _look_up(account, (carat_id,), office, now)
    return found


def validation(
    account_number: AccountNumber, carat_id: CaratId, office: Office, *, now: datetime
) -> Validation:
    found = licence(account_number, carat_id, office, now=now)
    return found.validation if found else validate(None, account_locks=(), today=office.today(now))


def _look_up(
    account_number: AccountNumber, carat_ids: tuple[CaratId, ...], office: Office, now: datetime
) -> list[Licence | None]:
    account, service, dongles = _read(office.records, account_number, carat_ids)
    today = office.today(now)
    found: list[Licence | None] = []
    for stored in dongles:
        dongle = stored.folded(service.unpublished)
        release = dongle.releases.get(account_number)
        if account is None or release is None:
            found.append(None)
            continue
        found.append(
            Licence(
                carat_id=dongle.carat_id,
                release=release,
                held=held(account.locks + release.locks, today, spares_this=release.is_in_use),
                validation=validate(release, account_locks=account.locks, today=today),
                version=stored.version,
            )
        )
    return found


def _read(
    records: Records, account: AccountNumber, carat_ids: tuple[CaratId, ...]
) -> tuple[Account | None, Service, list[Dongle]]:
    account_ref, service_ref = Ref(Account, (account,)), Ref(Service)
    refs = [Ref(Dongle, (carat_id,)) for carat_id in carat_ids]
    seen = records.read(account_ref, service_ref, *refs)
    dongles = [seen[ref] or Dongle(carat_id=CaratId(ref.id[0])) for ref in refs]
    return seen[account_ref], seen[service_ref] or Service(), dongles


def orders(
    account: AccountNumber, office: Office, lists: Lists, *, after: str | None, limit: int
) -> Page[Order]:
    page = lists.orders(account, after=after, limit=limit)
    return Page(found(office, [Ref(Order, (number,)) for number in page.things]), page.next)


def order(account: AccountNumber, number: OrderNumber, office: Office) -> Order | None:
    """None if it is not the account's: somebody else's looks the same."""
    ref = Ref(Order, (number,))
    found = office.records.read(ref)[ref]
    return found if found and found.account == account else None
