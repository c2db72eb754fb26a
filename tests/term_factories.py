"""Plants, term orders, payments and invoices, valid by default: a test names what it is about."""

from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.correction import Correction
from freischalt.domain.ids import (
    InverterSerial,
    InvoiceId,
    OrderNumber,
    PaymentId,
    PlantId,
    RepairOrderId,
)
from freischalt.domain.invoice import Invoice, InvoiceKind, InvoiceLine
from freischalt.domain.payment import Payment, PaymentProvider
from freischalt.domain.payment_page import PaymentPage
from freischalt.domain.plant import Inverter, Plant, PlantDetails, Site
from freischalt.domain.quote import Quote, QuoteLine
from freischalt.domain.repair_order import Offer, RepairContact, RepairDevice, RepairOrder
from freischalt.domain.setback import Setback, SetbackState
from freischalt.domain.term import Term
from freischalt.domain.term_catalogue import (
    Band,
    InverterType,
    RepairPrice,
    Seller,
    TermCatalogue,
    TermPrices,
    VatRate,
)
from freischalt.domain.term_order import (
    Consent,
    TermOrder,
    begin_of,
    lapses_on,
    last_day_to_pay,
)
from freischalt.domain.user import Language
from freischalt.domain.vat_charge import VatCharge, VatRule
from tests.account_factories import ANNA, COMPANY, DAY, VERSIONS
from tests.factories import ACCOUNT, NOON

TODAY = date(2026, 11, 22)
VIENNA = ZoneInfo("Europe/Vienna")  # the vendor's calendar
PLANT = PlantId(f"{ACCOUNT}-1")
ORDER = OrderNumber("2026-000001")
SERIAL = InverterSerial("SN-0001")
SMALL, LARGE = "AE 1TL 4.2", "AE 3TL 23"
REVERSE_CHARGE = VatCharge(VatRule.REVERSE_CHARGE, "AT", 0)
GERMAN_VAT = VatCharge(VatRule.DOMESTIC, "DE", 1900)

CONSUMER = Registrant(
    kind=CustomerKind.PERSON,
    name="Anna Huber",
    address=Address("Beispielweg 2", "10115", "Berlin", "DE"),
)

SELLER = Seller(
    name="Solar Beispiel GmbH",
    street="Musterstraße 1",
    postal_code="72555",
    city="Metzingen",
    country="DE",
    vat_id="DE136695976",
    email="rechnung@example.com",
    lines=("Amtsgericht Stuttgart, HRB 000000",),
    iban="DE02120300000000202051",
    bic="BYLADEM1001",
)
TERMS = TermCatalogue(
    currency="EUR",
    prices=TermPrices(
        bands=(
            Band(10_000, {365: 4_900, 730: 8_900}),
            Band(30_000, {365: 9_900, 730: 17_900}),
            Band(None, {365: 29_900, 730: 53_900}),
        )
    ),
    inverter_types={
        SMALL: InverterType(name=SMALL, power_w=4_200, least_firmware="1.4"),
        LARGE: InverterType(name=LARGE, power_w=23_000, least_firmware="2.0"),
    },
    vat_rates={
        "DE": (VatRate(date(2007, 1, 1), 1900), VatRate(date(2021, 1, 1), 1900)),
        "AT": (VatRate(date(1984, 1, 1), 2000),),
    },
    seller=SELLER,
    repair_categories={"new": {"de": "Neugeräte", "en": "New devices"}},
    repair_prices=(RepairPrice(name={"de": "Pauschale", "en": "Flat rate"}, net_cents=25_000),),
    holidays=frozenset(
        {date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1), date(2027, 1, 6)}
    ),
)


def details(**changes: Any) -> PlantDetails:
    site = Site(
        country="DE",
        postal_code="72555",
        city="Metzingen",
        latitude=Decimal("48.5376"),
        longitude=Decimal("9.2833"),
    )
    fields = {
        "name": "Dach Süd",
        "site": site,
        "temperature_coefficient": Decimal("-0.38"),
        "azimuth": 180,
        "tilt": 30,
        "module_area": Decimal("61.5"),
        "feed_in_tariff": Decimal("8.11"),
    }
    return PlantDetails(**{**fields, **changes})


def a_plant(**changes: Any) -> Plant:
    """One with an inverter of 4,200 W, its trial begun today."""
    id_ = changes.get("id", PLANT)
    fields = {
        "id": id_,
        "public_id": sha256(id_.encode()).hexdigest()[:16],
        "details": details(),
        "created_at": NOON,
        "inverters": 1,
        "power_w": 4_200,
        "trial_from": TODAY,
        "version": 1,
    }
    return Plant(**{**fields, **changes})


def an_inverter(**changes: Any) -> Inverter:
    fields = {
        "serial": SERIAL,
        "plant": PLANT,
        "type": SMALL,
        "power_w": 4_200,
        "activated_at": NOON,
        "version": 1,
    }
    return Inverter(**{**fields, **changes})


def a_term(**changes: Any) -> Term:
    fields = {"order": ORDER, "after": TODAY, "days": 365, "power_w": 4_200, "net_cents": 4_900}
    return Term(**{**fields, **changes})


def a_line(**changes: Any) -> QuoteLine:
    fields = {
        "plant": PLANT,
        "name": "Dach Süd",
        "power_w": 4_200,
        "unknown_inverters": 0,
        "days": 365,
        "list_cents": 4_900,
        "credit_cents": 0,
        "after": TODAY + timedelta(days=40),
    }
    return QuoteLine(**{**fields, **changes})


def a_quote(*lines: QuoteLine, **changes: Any) -> Quote:
    fields = {"lines": lines or (a_line(),), "vat": GERMAN_VAT, "currency": "EUR", "on": TODAY}
    return Quote(**{**fields, **changes})


def a_term_order(**changes: Any) -> TermOrder:
    """One that waits for its money: 58,31 €."""
    placed_on = changes.get("placed_at", NOON).astimezone(VIENNA).date()
    fields = {
        "number": ORDER,
        "account": ACCOUNT,
        "quote": a_quote(),
        "buyer": COMPANY,
        "buyer_vat_id": COMPANY.vat_id,
        "consent": Consent(documents=VERSIONS),
        "language": Language.GERMAN,
        "placed_by": ANNA,
        "placed_at": NOON,
        "pay_before": begin_of(last_day_to_pay(placed_on) + DAY, VIENNA),
        "lapses_at": begin_of(lapses_on(placed_on, TERMS.holidays), VIENNA),
        "outbox_id": "o1",
        "version": 1,
    }
    return TermOrder(**{**fields, **changes})


def a_payment_page(**changes: Any) -> PaymentPage:
    fields = {
        "order": ORDER,
        "account": ACCOUNT,
        "session": "cs_1",
        "url": "https://pay.example/cs_1",
        "amount_cents": 5_831,
        "expires_at": NOON + DAY,
        "version": 1,
    }
    return PaymentPage(**{**fields, **changes})


def a_payment(**changes: Any) -> Payment:
    fields = {
        "id": PaymentId("stripe:cs_1"),
        "provider": PaymentProvider.STRIPE,
        "reference": "cs_1",
        "amount_cents": 5_831,
        "currency": "EUR",
        "received_at": NOON,
        "recorded_at": NOON,
        "order": ORDER,
        "account": ACCOUNT,
        "version": 1,
    }
    return Payment(**{**fields, **changes})


def a_setback(id_: str = "du_1", **changes: Any) -> Setback:
    """A dispute of all of `a_payment`, of which nothing more was told yet."""
    fields = {
        "id": id_,
        "state": SetbackState.DISPUTED,
        "amount_cents": 5_831,
        "currency": "EUR",
        "at": NOON,
        "reason": "fraudulent",
        "answer_by": NOON + timedelta(days=10),
    }
    return Setback(**{**fields, **changes})


def an_invoice(**changes: Any) -> Invoice:
    fields = {
        "id": InvoiceId(ORDER),
        "kind": InvoiceKind.INVOICE,
        "account": ACCOUNT,
        "order": ORDER,
        "buyer": COMPANY,
        "buyer_vat_id": None,
        "language": Language.GERMAN,
        "lines": (
            InvoiceLine(
                text="Nutzungslizenz 365 Tage, Dach Süd, 4.200 W",
                net_cents=4_900,
                begins=TODAY + timedelta(days=41),
                ends=TODAY + timedelta(days=405),
            ),
        ),
        "vat": GERMAN_VAT,
        "currency": "EUR",
        "wanted_at": NOON,
        "supplied_on": TODAY,
        "version": 1,
    }
    return Invoice(**{**fields, **changes})


def a_correction(**changes: Any) -> Correction:
    """Of 12,000 W instead of 4,200, still to be paid."""
    fields = {
        "invoice": InvoiceId(f"{ORDER}-correction-1-12000"),
        "plant": PLANT,
        "power_w": 12_000,
        "net_cents": 5_000,
        "gross_cents": 5_950,
        "until": TODAY + timedelta(days=365),
        "reason": "Typenschild",
    }
    return Correction(**{**fields, **changes})


def an_offer(**changes: Any) -> Offer:
    """Of 297,50 € with German VAT, until today."""
    fields = {
        "items": (("Pauschale", 25_000),),
        "text": "Wir kommen vorbei.",
        "valid_until": TODAY,
        "by": "operator:o",
        "at": NOON,
        "vat": GERMAN_VAT,
        "currency": "EUR",
    }
    return Offer(**{**fields, **changes})


def a_repair_order(**changes: Any) -> RepairOrder:
    fields = {
        "id": RepairOrderId("1793700000000-abcdef012345"),
        "account": ACCOUNT,
        "requested_by": ANNA,
        "requested_at": NOON,
        "contact": RepairContact(name="Anna Huber", email="anna@example.org"),
        "device": RepairDevice(category="new", type=SMALL, serial="SN-0001"),
        "remote_monitoring": "AE SiteLink",
        "fault": "Läuft nicht an.",
        "version": 1,
    }
    return RepairOrder(**{**fields, **changes})
