"""Plants, terms and their money as the table has them: filled from the model, and read back."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from hashlib import sha256
from typing import Any

from freischalt.adapters.inverter_list_items import inverter_list_item
from freischalt.adapters.invoice_items import invoice_item, invoice_numbers_item
from freischalt.adapters.payment_items import payment_item
from freischalt.adapters.payment_page_items import payment_page_item
from freischalt.adapters.plant_items import inverter_item, plant_item, used_activation_item
from freischalt.adapters.repair_order_items import repair_order_item
from freischalt.adapters.term_order_items import term_order_item, whose_order_item
from freischalt.domain.address import CustomerKind, Registrant
from freischalt.domain.ids import (
    AccountNumber,
    InverterSerial,
    InvoiceId,
    OrderNumber,
    PaymentId,
    PlantId,
    RepairOrderId,
)
from freischalt.domain.inverter_list import InverterList
from freischalt.domain.invoice import InvoiceNumbers, invoice_number
from freischalt.domain.invoicing import invoice_of_order
from freischalt.domain.payment import Mismatch, Payment, PaymentProvider
from freischalt.domain.payment_page import PageState, PaymentPage
from freischalt.domain.plant import Inverter, Plant, PlantDetails, Site, Told, UsedActivation
from freischalt.domain.quote import Quote, QuoteLine
from freischalt.domain.repair_order import (
    Offer,
    RepairContact,
    RepairDevice,
    RepairOrder,
    RepairState,
)
from freischalt.domain.term import Term
from freischalt.domain.term_order import (
    Consent,
    TermOrder,
    WhoseOrder,
    begin_of,
    last_day_to_pay,
)
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language, user_id
from freischalt.domain.vat_charge import VatCharge, VatRule
from tests.proof import terms as model_of
from tests.proof.terms import CONTACT, NEW, Terms, owner_of, watts

A_YEAR_AGO = timedelta(days=300)
ANNA = user_id("anna.huber")
SEEDED = "-9"
"""So begin the running numbers of orders that were there before."""

REPAIR = "1795348800000-abcdef012345"
DETAILS = PlantDetails(
    name="Dach Süd",
    site=Site(
        country="AT",
        postal_code="1010",
        city="Wien",
        latitude=Decimal("48.2"),
        longitude=Decimal("16.4"),
    ),
    temperature_coefficient=Decimal("-0.38"),
    azimuth=180,
    tilt=30,
    module_area=Decimal("61.5"),
    feed_in_tariff=Decimal("8.11"),
)
CONTRACT = {"terms": "2026-11", "privacy": "2026-11"}

type Item = dict[str, Any]


@dataclass
class TermPapers:
    """`buyers` are registrants by account."""

    terms: Terms
    zone: tzinfo
    buyers: Mapping[str, Registrant | None]

    # --- filling the table

    def items(self) -> Iterator[Item]:
        terms, now = self.terms, datetime.now(UTC)
        for id_, plant in terms.plants.items():
            yield plant_item(self._plant(id_, plant, now), self.zone, version=1)
        for serial, inverter in terms.inverters.items():
            yield inverter_item(self._inverter(serial, inverter, now), version=1)
        for serial in terms.used:
            used = UsedActivation(
                serial=InverterSerial(serial),
                plant=PlantId(terms.inverters[serial].plant),
                at=now - A_YEAR_AGO,
                by=f"user:{ANNA}",
            )
            yield used_activation_item(used, version=1)
        for name in terms.orders:
            yield from self._of_order(name, now)
        for payment in terms.payments:
            yield payment_item(_payment(payment, now), version=1)
        yield from self._invoices(now)
        for repair in terms.repairs:
            yield repair_order_item(_repair(repair, now), version=1)
        for id_ in terms.lists:
            waiting = InverterList(
                id=id_,
                plant=PlantId(model_of.OF_THE_LIST),
                by=f"user:{ANNA}",
                created_at=now,
            )
            yield inverter_list_item(waiting, version=1)

    def _plant(self, id_: str, plant: model_of.Plant, now: datetime) -> Plant:
        told = plant.told
        return Plant(
            id=PlantId(id_),
            public_id=sha256(id_.encode()).hexdigest()[:16],
            details=DETAILS,
            created_at=now - A_YEAR_AGO,
            inverters=sum(one.plant == id_ for one in self.terms.inverters.values()),
            power_w=self.terms.power(id_),
            trial_from=plant.trial,
            terms=tuple(map(_term, plant.terms)),
            credit_cents=plant.credit,
            extended_on=plant.extended,
            open_order=OrderNumber(plant.order) if plant.order else None,
            ordered_w=self.terms.ordered_power(id_),
            told=Told(end=told[0], days=told[1]) if told else None,
            ended_at=now if plant.ended else None,
            changed_by=f"user:{ANNA}",
            revision=1,
        )

    def _inverter(self, serial: str, inverter: model_of.Inverter, now: datetime) -> Inverter:
        return Inverter(
            serial=InverterSerial(serial),
            plant=PlantId(inverter.plant),
            type=inverter.kind,
            power_w=watts(inverter.kind),
            activated_at=now - A_YEAR_AGO,
        )

    def _of_order(self, name: str, now: datetime) -> Iterator[Item]:
        told = self.terms.orders[name]
        order = self._order(name, told)
        yield term_order_item(order, self.zone, version=1)
        yield whose_order_item(WhoseOrder(order=order.number, account=order.account), version=1)
        if told.page:
            page = PaymentPage(
                order=order.number,
                account=order.account,
                session=_session(name),
                url="https://checkout.stripe.example/page",
                amount_cents=order.gross_cents,
                expires_at=now + timedelta(hours=20),
                state=PageState(told.page),
            )
            yield payment_page_item(page, version=1)

    def _order(self, name: str, told: model_of.Order) -> TermOrder:
        account = owner_of(told)
        buyer = self.buyers[account]
        if buyer is None:
            raise LookupError("an order needs somebody with an address")
        if told.by_a_person:
            buyer = Registrant(CustomerKind.PERSON, "Anna Huber", buyer.address)
        rule = VatRule.DOMESTIC if told.vat else VatRule.REVERSE_CHARGE
        is_invoiced = name in self.terms.invoices
        placed_on = told.placed.astimezone(self.zone).date()
        return TermOrder(
            number=OrderNumber(name),
            account=AccountNumber(account),
            quote=Quote(
                lines=tuple(
                    QuoteLine(
                        plant=PlantId(id_),
                        name=DETAILS.name,
                        power_w=line.power,
                        unknown_inverters=0,
                        days=told.days,
                        list_cents=line.cents,
                        credit_cents=line.credit,
                        after=placed_on,
                    )
                    for id_, line in told.lines.items()
                ),
                vat=VatCharge(rule, "DE" if told.vat else "AT", told.vat),
                currency="EUR",
                on=placed_on,
            ),
            buyer=buyer,
            buyer_vat_id=buyer.vat_id,
            consent=Consent(documents=CONTRACT),
            language=Language.GERMAN,
            placed_by=ANNA,
            placed_at=told.placed,
            pay_before=begin_of(last_day_to_pay(placed_on) + timedelta(days=1), self.zone),
            lapses_at=begin_of(model_of.lapses_on(placed_on), self.zone),
            page=_session(name) if told.page else None,
            under_way=(_session(name),) if told.page == PageState.UNDER_WAY else (),
            outbox_id=f"placed-{name}",
            state=TermOrderState(told.state),
            paid_cents=told.paid,
            activated_at=told.placed if is_invoiced else None,
            confirmed_at=told.confirmed,
            invoice=InvoiceId(name) if is_invoiced else None,
            changed_by=f"user:{ANNA}",
        )

    def _invoices(self, now: datetime) -> Iterator[Item]:
        """Those that were filed have the first numbers of the year."""
        last, today = 0, now.astimezone(self.zone).date()
        for name, told in self.terms.invoices.items():
            order = self._order(told.order, self.terms.orders[told.order])
            bought = {
                PlantId(id_): _term(term)
                for id_, plant in self.terms.plants.items()
                for term in plant.terms
                if term.order == told.order
            }
            invoice = invoice_of_order(order, bought, at=now, today=today)
            item = invoice_item(invoice, version=1)
            if told.filed:
                last += 1
                item = _filed(item, invoice_number(today.year, last), today)
            yield item | {"id": {"S": name}}
        if last:
            yield invoice_numbers_item(InvoiceNumbers(year=today.year, last=last), version=1)

    def files(self) -> list[str]:
        year = datetime.now(self.zone).year
        filed = sum(invoice.filed for invoice in self.terms.invoices.values())
        return [f"{year}/{invoice_number(year, last)}.pdf" for last in range(1, filed + 1)]


def _session(order: str) -> str:
    """Of the page on which it is paid."""
    return f"cs_test_{order}"


def _filed(item: Item, number: str, today: date) -> Item:
    kept = {name: value for name, value in item.items() if name not in {"due", "due_at"}}
    return kept | {
        "number": {"S": number},
        "issued_on": {"S": today.isoformat()},
        "filed_at": item["wanted_at"],
    }


def _term(told: model_of.Term) -> Term:
    return Term(
        order=OrderNumber(told.order),
        after=told.after,
        days=told.days,
        power_w=told.power,
        net_cents=told.cents,
        ended=told.ended,
    )


def _payment(told: model_of.Payment, now: datetime) -> Payment:
    at = told.recorded or now
    return Payment(
        id=PaymentId(f"{told.provider}:pi_before"),
        provider=PaymentProvider(told.provider),
        reference="pi_before",
        amount_cents=told.cents,
        currency="EUR",
        received_at=at,
        recorded_at=at,
        order=OrderNumber(told.order) if told.order else None,
        mismatch=Mismatch(told.why) if told.why else None,
        told_at=at if told.told else None,
    )


def _repair(told: model_of.Repair, now: datetime) -> RepairOrder:
    offer = Offer(
        items=(("Fehlerdiagnose", told.cents),),
        text="Wir sehen uns das Gerät an.",
        valid_until=now.date() + timedelta(days=20),
        by="operator:demo",
        at=now,
        vat=VatCharge(VatRule.REVERSE_CHARGE, "AT", 0),
        currency="EUR",
    )
    return RepairOrder(
        id=RepairOrderId(REPAIR),
        account=AccountNumber("10001"),
        requested_by=ANNA,
        requested_at=now,
        contact=RepairContact(name="Werkstatt", email=CONTACT),
        device=RepairDevice(category="new", type="AE 3TL 23", serial="SN-7"),
        remote_monitoring="keine",
        fault="Er speist nicht ein.",
        state=RepairState(told.state),
        offer=offer if told.cents else None,
        answered_at=now if told.state == "accepted" else None,
        changed_by=f"user:{ANNA}",
    )


# --- reading it back


def picture_of(kinds: Mapping[str, list[Item]]) -> dict[str, Any]:
    """What there is, in the model's words: see `terms.picture`. `kinds` are items by sort key."""

    def of(kind: str) -> list[Item]:
        return kinds.get(kind, [])

    numbers = [item for item in of("NUMBERS") if item["PK"].startswith("INVOICES#")]
    return {
        "plants": {item["id"]: _plant_in(item) for item in of("PLANT#")},
        "numbers of plants": {
            item["PK"].partition("#")[2]: (item["plants"], item.get("ended_plants", 0))
            for item in of("ACCOUNT")
            if item.get("plants")
        },
        "inverters": {item["serial"]: (item["plant"], item["type"]) for item in of("INVERTER#")},
        "used codes": {item["PK"].partition("#")[2] for item in of("SERIAL")},
        "orders of terms": {
            order_name(item["number"]): (
                item["state"],
                sorted(line["plant"] for line in item["quote"]["lines"]),
                _gross(item["quote"]),
                item.get("paid_cents", 0),
                "confirmed_at" in item,
            )
            for item in of("TERM_ORDER#")
        },
        "payment pages": {order_name(item["order"]): item["state"] for item in of("PAGE#")},
        "payments": Counter(
            (
                item["provider"],
                item["amount_cents"],
                order_name(item.get("order", "")),
                item.get("mismatch"),
                "told_at" in item,
            )
            for item in of("PAYMENT")
        ),
        "invoices": {
            _invoice_name(item): (item["kind"], order_name(item["order"]), "filed_at" in item)
            for item in of("INVOICE#")
        },
        "numbers of invoices": (
            sorted(int(item["number"][-6:]) for item in of("INVOICE#") if "number" in item),
            sum(item["last"] for item in numbers),
        ),
        "events for billing": Counter(
            (item["kind"], _about(item, of("INVOICE#")), "due" not in item) for item in of("EVENT")
        ),
        "repairs": Counter((item["state"], _offered(item)) for item in of("REPAIR#")),
        "withdrawals": Counter(
            (order_name(item["order"]), item["outcome"], item.get("refund_cents", 0))
            for item in of("WITHDRAWAL#")
        ),
        "lists of inverters": {item["id"]: item["state"] for item in of("LIST#")},
    }


def order_name(number: str) -> str:
    """As the model calls it."""
    return number if not number or SEEDED in number else NEW


def _plant_in(item: Item) -> tuple[Any, ...]:
    told = item.get("told")
    return (
        item["inverters"],
        item["power_w"],
        _day(item.get("trial_from")),
        [
            (
                order_name(term["order"]),
                _day(term["after"]),
                term["days"],
                term["power_w"],
                term["net_cents"],
                _day(term.get("ended")),
            )
            for term in item.get("terms", ())
        ],
        item.get("credit_cents", 0),
        _day(item.get("extended_on")),
        order_name(item.get("open_order", "")),
        item.get("ordered_w"),
        (_day(told["end"]), told["days"]) if told else None,
        "ended_at" in item,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _gross(quote: Item) -> int:
    net = sum(line["list_cents"] - line["credit_cents"] for line in quote["lines"])
    return int(net + (net * quote["vat"]["basis_points"] + 5_000) // 10_000)


def _invoice_name(item: Item) -> str:
    return order_name(item["order"]) + str(item["id"]).removeprefix(item["order"])


def _about(event: Item, invoices: list[Item]) -> str:
    """The order that was placed, or the invoice that was issued."""
    if event["kind"] in {"OrderPlaced", "OrderEnded"}:
        return order_name(event["detail"]["order_number"])
    number = event["detail"]["invoice_number"]
    return ", ".join(_invoice_name(one) for one in invoices if one.get("number") == number)


def _offered(item: Item) -> int:
    return sum(each["net_cents"] for each in item.get("offer", {}).get("items", ()))
