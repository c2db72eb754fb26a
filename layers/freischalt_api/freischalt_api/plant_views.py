"""Plants as their owners enter and see them."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal

from freischalt.domain.address import COUNTRIES
from freischalt.domain.growth import Growth
from freischalt.domain.ids import InverterSerial
from freischalt.domain.locks import held
from freischalt.domain.plant import UNKNOWN, Inverter, Plant, PlantDetails, Site
from freischalt.domain.postal_codes import is_postal_code
from freischalt.domain.quote import Quote
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.term import Rights, is_renewable, may_use, next_change, state
from freischalt.domain.term_catalogue import TermCatalogue
from freischalt.domain.user import Language
from freischalt.texts_api import locked_until
from freischalt.use_cases.inverters import InverterData, NewInverter
from freischalt.use_cases.seeing_plants import SeenPlant
from freischalt_api.plant_shapes import (
    InverterIn,
    InverterOut,
    NewInverterIn,
    PlantIn,
    PlantOut,
    ProductionShape,
    SiteShape,
    Warnings,
)
from freischalt_api.problems import Refused
from freischalt_api.shapes import GrowthOfferOut, GrowthOut


def details_of(body: PlantIn) -> PlantDetails:
    """Raises Refused."""
    site = body.site
    if site.country not in COUNTRIES:
        raise _wrong("/site/country", FieldRule.COUNTRY)
    if not is_postal_code(site.postal_code, site.country):
        raise _wrong("/site/postalCode", FieldRule.POSTAL_CODE)
    return PlantDetails(
        name=body.name,
        site=Site(
            country=site.country,
            postal_code=site.postal_code,
            city=site.city,
            latitude=_decimal(site.latitude, 6),
            longitude=_decimal(site.longitude, 6),
        ),
        temperature_coefficient=_decimal(body.temperature_coefficient, 4),
        azimuth=body.azimuth,
        tilt=body.tilt,
        module_area=_decimal(body.module_area, 2),
        feed_in_tariff=_decimal(body.feed_in_tariff, 4),
        generator_power_w=body.generator_power_w,
        description=body.description,
        module_label=body.module_label,
        kind=body.kind,
        is_public=body.public,
    )


def _decimal(number: float, places: int) -> Decimal:
    """Rounded half to even, without zeros at its end.

    >>> _decimal(48.53761234, 6), _decimal(60.0, 2), _decimal(-0.0, 2), _decimal(100.0, 2)
    (Decimal('48.537612'), Decimal('60'), Decimal('0'), Decimal('100'))
    """
    rounded = Decimal(repr(number)).quantize(Decimal(1).scaleb(-places))
    return Decimal(f"{rounded + 0:f}".rstrip("0").rstrip("."))


def _wrong(pointer: str, rule: FieldRule) -> Refused:
    problem = FieldProblem(pointer, rule)
    return Refused(Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,)))


def plant_out(seen: SeenPlant, today: date, language: Language) -> PlantOut:
    """Without a licence it has no data: only those of licensed plants can be fetched."""
    plant, rights = seen.plant, seen.rights
    details, production = plant.details, plant.production
    if not may_use(rights, today):
        production = None
    return PlantOut(
        id=plant.id,
        name=details.name,
        description=details.description,
        site=_site_out(details.site),
        kind=details.kind,
        temperature_coefficient=float(details.temperature_coefficient),
        azimuth=details.azimuth,
        tilt=details.tilt,
        module_area=float(details.module_area),
        module_label=details.module_label,
        feed_in_tariff=float(details.feed_in_tariff),
        generator_power_w=details.generator_power_w,
        public=details.is_public,
        state=state(rights, today),
        locked=_locked(rights, today, language),
        end=None if rights.ended else rights.end(today),
        renewable=is_renewable(rights, today),
        next_change=None if rights.ended else next_change(rights, today),
        inverters=plant.inverters,
        unknown_inverters=plant.unknown_inverters,
        power_w=plant.power_w,
        licensed_power_w=plant.licensed_on(today),
        warnings=list(_warnings(plant)),
        production=ProductionShape(**asdict(production)) if production else None,
        by_guest=seen.by_guest,
        credit_cents=None if seen.by_guest else plant.credit_cents,
        open_order=None if seen.by_guest else plant.open_order,
        guests=[] if seen.by_guest else [*plant.guests],
        created_at=plant.created_at,
        ended_at=plant.ended_at,
    )


def _locked(rights: Rights, today: date, language: Language) -> str | None:
    hold = None if rights.ended else held(rights.locks, today, spares_this=True)
    return locked_until(hold.until, language) if hold else None


def _site_out(site: Site) -> SiteShape:
    return SiteShape(
        country=site.country,
        postal_code=site.postal_code,
        city=site.city,
        latitude=float(site.latitude),
        longitude=float(site.longitude),
    )


def _warnings(plant: Plant) -> Iterator[Warnings]:
    if plant.unsupported_inverters:
        yield Warnings.FIRMWARE_UNSUPPORTED
    if plant.unknown_inverters:
        yield Warnings.UNKNOWN_INVERTER
    if plant.extended_on or plant.has_outgrown_order:
        yield Warnings.OUTGROWN


# --- inverters


def data_of(body: InverterIn) -> InverterData:
    return InverterData(type=body.type, name=body.name.strip(), firmware=body.firmware)


def new_of(body: NewInverterIn) -> NewInverter:
    return NewInverter(
        serial=InverterSerial(body.serial.upper()), code=body.activation_code, data=data_of(body)
    )


def inverter_out(inverter: Inverter, catalogue: TermCatalogue) -> InverterOut:
    """Its warnings are by the catalogue of today."""
    warnings = {
        Warnings.FIRMWARE_UNSUPPORTED: not catalogue.supports(inverter.type, inverter.firmware),
        Warnings.UNKNOWN_INVERTER: inverter.type == UNKNOWN,
    }
    return InverterOut(
        serial=inverter.serial,
        type=inverter.type,
        power_w=inverter.power_w,
        name=inverter.name,
        firmware=inverter.firmware,
        warnings=[warning for warning, applies in warnings.items() if applies],
        activated_at=inverter.activated_at,
    )


def growth_out(growth: Growth) -> GrowthOut:
    return GrowthOut(
        licensed_power_w=growth.licensed_w,
        ordered_power_w=growth.ordered_w,
        power_w=growth.power_w,
        unknown_inverters=growth.unknown_inverters,
        credit_cents=growth.credit_cents,
        currency=growth.offers[0].currency,
        ends_on=growth.end or growth.offers[0].on,
        offers=[_offer_out(offer) for offer in growth.offers],
    )


def _offer_out(offer: Quote) -> GrowthOfferOut:
    (line,) = offer.lines
    return GrowthOfferOut(
        days=line.days,
        list_cents=line.list_cents,
        credit_cents=line.credit_cents,
        net_cents=offer.net_cents,
        vat_rule=offer.vat.rule,
        vat_basis_points=offer.vat.basis_points,
        vat_cents=offer.vat_cents,
        gross_cents=offer.gross_cents,
        first_day=line.after + timedelta(days=1),
        last_day=line.after + timedelta(days=line.days),
    )
