"""Repair orders as they are shown, to customers and operators alike."""

from collections.abc import Iterable
from datetime import date

from freischalt.account_ports import Ref
from freischalt.domain.ids import AccountNumber, RepairOrderId
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.repair_order import Offer, RepairOrder
from freischalt.domain.term_catalogue import TermCatalogue
from freischalt.domain.user import Language
from freischalt.use_cases.office import Office
from freischalt_api.api import Api, further
from freischalt_api.problems import Refused
from freischalt_api.repair_shapes import (
    OfferItemOut,
    OfferOut,
    RepairContactOut,
    RepairDeviceOut,
    RepairOrderOut,
    RepairOrdersOut,
    RepairStateOut,
)


def repair_out(
    order: RepairOrder, today: date, language: Language, catalogue: TermCatalogue
) -> RepairOrderOut:
    device, contact = order.device, order.contact
    expired = order.has_expired(today)
    return RepairOrderOut(
        id=order.id,
        account=order.account,
        state=RepairStateOut.EXPIRED if expired else RepairStateOut(order.state.value),
        requested_at=order.requested_at,
        contact=RepairContactOut(
            name=contact.name, email=contact.email, phone=contact.phone or None
        ),
        device=RepairDeviceOut(
            category=device.category,
            # a category that the vendor has given up is still known by its key
            category_name=catalogue.repair_categories.get(device.category, {}).get(
                language.value, device.category
            ),
            type=device.type,
            serial=device.serial,
            installed_on=device.installed_on,
        ),
        remote_monitoring=order.remote_monitoring,
        fault=order.fault,
        special_settings=order.special_settings,
        offer=_offer_out(order.offer) if order.offer else None,
        answered_at=order.answered_at,
        done_at=order.done_at,
    )


def _offer_out(offer: Offer) -> OfferOut:
    return OfferOut(
        items=[OfferItemOut(text=text, net_cents=cents) for text, cents in offer.items],
        text=offer.text,
        valid_until=offer.valid_until,
        offered_at=offer.at,
        currency=offer.currency,
        net_cents=offer.net_cents,
        vat_rule=offer.vat.rule,
        vat_basis_points=offer.vat.basis_points,
        vat_cents=offer.vat_cents,
        gross_cents=offer.gross_cents,
    )


def repairs_out(
    orders: Iterable[RepairOrder], next_: str | None, app: Api, office: Office
) -> RepairOrdersOut:
    today = office.today(app.moment)
    return RepairOrdersOut(
        repair_orders=[repair_out(order, today, app.language, office.sells) for order in orders],
        next=further(next_),
    )


def known_repair(number: AccountNumber, id_: str, office: Office) -> RepairOrder:
    """Raises Refused: what is another's is as unknown as what is not there."""
    ref = Ref(RepairOrder, (number, RepairOrderId(id_)))
    order = office.records.read(ref)[ref]
    if order is None:
        raise Refused(Refusal(RefusalCode.NOT_FOUND))
    return order
