"""More power for a plant: what its licence does not cover is told with its cost, and then accepted.

Whoever adds inverters, or corrects a type, goes through here: one by one, or by a list.
"""

from dataclasses import replace
from datetime import date

from freischalt.account_ports import Change
from freischalt.domain.account import Account
from freischalt.domain.growth import Growth, growth
from freischalt.domain.notice import NoticeKind
from freischalt.domain.plant import Plant, Power, with_power
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.request import Request
from freischalt.domain.term_catalogue import TermCatalogue
from freischalt.domain.vat_charge import VatCharge, VatRule, vat_charge
from freischalt.domain.vat_standing import VatState, fingerprint
from freischalt.use_cases.office import Office
from freischalt.use_cases.plants import plant_changes
from freischalt.use_cases.telling import Telling, to_each_user


def with_more(
    plant: Plant,
    account: Account,
    more: Power,
    *,
    accepted: bool,
    office: Office,
    request: Request,
) -> tuple[Change, ...] | Refusal:
    """Store the plant with that power.

    The terms that it outgrows end at once, an open order that it outgrows stays, and its users are
    told; unless that is `accepted`, nothing is stored, and the refusal is about the `Growth`.
    """
    today, catalogue = office.today(request.at), office.sells
    found = growth(
        plant, more, vat=charge(account, today, catalogue), today=today, catalogue=catalogue
    )
    if found and not accepted:
        return Refusal(RefusalCode.GROWTH_NOT_ACCEPTED, about=found)
    changed = replace(with_power(plant, more, today), changed_by=request.actor)
    told = _told(changed, found, account, office, request) if found else ()
    return (*plant_changes(plant, changed), *told)


def charge(account: Account, today: date, catalogue: TermCatalogue) -> VatCharge:
    """The VAT on what the account would buy today; of whom nothing is known, the seller's own."""
    customer, vat = account.registrant, account.vat
    if customer is None:
        home = catalogue.seller.country
        return VatCharge(VatRule.DOMESTIC, home, catalogue.vat_rate(home, today))
    valid = vat is not None and vat.state is VatState.VALID and vat.of == fingerprint(customer)
    return vat_charge(customer, vat_id_is_valid=valid, day=today, catalogue=catalogue)


def _told(
    plant: Plant, found: Growth, account: Account, office: Office, request: Request
) -> tuple[Change, ...]:
    last_day = plant.rights().last_day(office.today(request.at))
    details = {
        "plant": plant.id,
        "name": plant.details.name,
        "power_w": str(found.power_w),
        "licensed_w": str(found.licensed_w or ""),
        "ordered_w": str(found.ordered_w or ""),
        "order": plant.open_order or "",
        "last_day": last_day.isoformat() if last_day else "",
        "credit_cents": str(found.credit_cents),
    }
    telling = Telling(
        kind=NoticeKind.PLANT_OUTGROWN, cause=request.nonce, at=request.at, details=details
    )
    return to_each_user(account, telling, office)
