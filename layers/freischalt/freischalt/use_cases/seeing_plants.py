"""What the owner of a plant sees of it, and a guest; with the locks of the account, at read."""

from dataclasses import dataclass

from freischalt.account_ports import Page, Ref
from freischalt.domain.account import Account
from freischalt.domain.ids import AccountNumber, InverterSerial, PlantId, account_of
from freischalt.domain.locks import Lock
from freischalt.domain.plant import Inverter, Plant
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.shared_plant import SharedPlant
from freischalt.domain.term import Rights
from freischalt.use_cases.office import Office, found


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPlant:
    """`by_guest`: what was paid and who else may see it is the owner's alone."""

    plant: Plant
    account_locks: tuple[Lock, ...] = ()
    by_guest: bool = False

    @property
    def rights(self) -> Rights:
        return self.plant.rights(self.account_locks)


def plant_for(id_: PlantId, viewer: AccountNumber, office: Office) -> SeenPlant | Refusal:
    """For its owner or a guest, in one read; for others it is not there."""
    refs = Ref(Plant, (id_,)), Ref(Account, (account_of(id_),))
    seen = office.records.read(*refs)
    plant, account = seen[refs[0]], seen[refs[1]]
    if plant is None or account is None or not plant.is_open_to(viewer):
        return Refusal(RefusalCode.NOT_FOUND)
    return SeenPlant(plant=plant, account_locks=account.locks, by_guest=viewer != account.number)


def plants_of(
    number: AccountNumber, office: Office, *, after: str | None, limit: int
) -> Page[SeenPlant]:
    """The account's own, newest first; ended ones among them."""
    page = office.records.page(Plant, number, after=after, limit=limit)
    ref = Ref(Account, (number,))
    account = office.records.read(ref)[ref] if page.things else None
    locks = account.locks if account else ()
    return Page([SeenPlant(plant=plant, account_locks=locks) for plant in page.things], page.next)


def plants_shared_with(
    number: AccountNumber, office: Office, *, after: str | None, limit: int
) -> Page[SeenPlant]:
    """Others' that the account may see; a page has less than `limit` where one has just gone."""
    page = office.records.page(SharedPlant, number, after=after, limit=limit)
    plants = found(office, [Ref(Plant, (shared.plant,)) for shared in page.things])
    owners = {plant.account for plant in plants}
    locks = {
        account.number: account.locks
        for account in found(office, [Ref(Account, (owner,)) for owner in sorted(owners)])
    }
    seen = [
        SeenPlant(plant=plant, account_locks=locks[plant.account], by_guest=True)
        for plant in plants
        if plant.is_open_to(number) and plant.account in locks
    ]
    return Page(seen, page.next)


def inverters_of(plant: Plant, office: Office, *, after: str | None, limit: int) -> Page[Inverter]:
    """By their serials; a page may have less than `limit` where a list is being added."""
    page = office.records.inverters(plant.id, after=after, limit=limit)
    return Page([inverter for inverter in page.things if inverter.counts(plant)], page.next)


def inverter_of(
    id_: PlantId, serial: InverterSerial, viewer: AccountNumber, office: Office
) -> Inverter | Refusal:
    """One of the plant's, for whoever may see that."""
    refs = Ref(Plant, (id_,)), Ref(Inverter, (id_, serial))
    seen = office.records.read(*refs)
    plant, inverter = seen[refs[0]], seen[refs[1]]
    if plant is None or inverter is None or not plant.is_open_to(viewer):
        return Refusal(RefusalCode.NOT_FOUND)
    if not inverter.counts(plant):
        return Refusal(RefusalCode.NOT_FOUND)
    return inverter
