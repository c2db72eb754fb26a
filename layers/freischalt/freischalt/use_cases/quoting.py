"""What terms for some plants of an account would cost, and whether they can be bought now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from freischalt.account_ports import Ref, Seen
from freischalt.domain.account import Account
from freischalt.domain.address import CustomerKind, Registrant
from freischalt.domain.ids import AccountNumber, PlantId, account_of
from freischalt.domain.plant import Plant
from freischalt.domain.quote import Quote, quote
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.term import renewable_from
from freischalt.domain.term_order import first_day_after_withdrawal
from freischalt.domain.vat_charge import VatCharge, vat_charge
from freischalt.domain.vat_standing import VatState
from freischalt.use_cases.office import Office
from freischalt.use_cases.plants import not_sold


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Terms of so many days for these plants; `at_once`: a consumer wants them to begin now."""

    account: AccountNumber
    plants: Sequence[PlantId]
    days: int
    at_once: bool = False

    @property
    def refs(self) -> tuple[Ref[Account], *tuple[Ref[Plant], ...]]:
        """What deciding reads: the account, and those plants that can be its own."""
        own = (plant for plant in self.plants if account_of(plant) == self.account)
        return Ref(Account, (self.account,)), *(Ref(Plant, (plant,)) for plant in own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The quote, for whom it is, and the plants as they were read for it."""

    quote: Quote
    account: Account
    buyer: Registrant
    plants: tuple[Plant, ...]


def quoted(wanted: Wanted, office: Office, now: datetime) -> Offer | Refusal:
    """The price of today: one read, and nothing is kept."""
    return offer(wanted, office.records.read(*wanted.refs), office, office.today(now))


def offer(wanted: Wanted, seen: Seen, office: Office, today: date) -> Offer | Refusal:
    """Whose plants they are comes first: of another's nobody learns anything."""
    account_ref, *plant_refs = wanted.refs
    account = seen[account_ref]
    plants = tuple(plant for ref in plant_refs if (plant := seen[ref]))
    if account is None or account.erased:
        return Refusal(RefusalCode.NO_ACCOUNT)
    if len(plants) != len(wanted.plants):
        return Refusal(RefusalCode.NOT_FOUND)
    buyer = account.registrant
    if buyer is None:
        return Refusal(RefusalCode.ADDRESS_MISSING)
    if refusal := not_sold(account, office):
        return refusal
    for plant in plants:
        if refusal := _not_for(plant, today):
            return refusal
    withdraws = buyer.kind is CustomerKind.PERSON and not wanted.at_once
    found = quote(
        plants,
        wanted.days,
        vat=_charge(account, buyer, today, office),
        today=today,
        catalogue=office.sells,
        not_before=first_day_after_withdrawal(today, office.sells.holidays) if withdraws else None,
    )
    return Offer(quote=found, account=account, buyer=buyer, plants=plants)


def _not_for(plant: Plant, today: date) -> Refusal | None:
    """Why no term can be bought for this plant now."""
    if plant.ended_at:
        return Refusal(RefusalCode.PLANT_ENDED)
    if not plant.inverters:
        return Refusal(RefusalCode.NO_INVERTERS, {"plant": plant.id})
    day = renewable_from(plant.rights())
    if day and day > today and plant.live_terms(today):  # a trial can be cut short at any time
        told = {"plant": plant.id, "day": day.isoformat()}
        return Refusal(RefusalCode.NOT_YET_RENEWABLE, told)
    return None


def _charge(account: Account, buyer: Registrant, today: date, office: Office) -> VatCharge:
    """As it will be charged. A check that still runs is taken to end well: else nothing is sold."""
    vat = account.vat
    refuted = vat is not None and vat.state in {VatState.INVALID, VatState.MISMATCH}
    return vat_charge(buyer, vat_id_is_valid=not refuted, day=today, catalogue=office.sells)
