"""Plants, terms and their money as the model has them, written into the table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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
from freischalt.adapters.term_order_items import (
    term_order_item,
    whose_order_item,
    withdrawal_item,
)
from freischalt.domain.address import CustomerKind, Registrant
from freischalt.domain.correction import Correction
from freischalt.domain.ids import (
    AccountNumber,
    InverterSerial,
    InvoiceId,
    OrderNumber,
    PaymentId,
    PlantId,
    RepairOrderId,
)
from freischalt.domain.inverter_list import InverterList, ListState
from freischalt.domain.invoice import Invoice, InvoiceNumbers, invoice_number
from freischalt.domain.invoicing import Recharge, correction_of, invoice_of_order
from freischalt.domain.payment import Mismatch, Payment, PaymentProvider
from freischalt.domain.payment_page import PageState, PaymentPage
from freischalt.domain.plant import (
    Inverter,
    Plant,
    PlantDetails,
    Power,
    Site,
    Told,
    UsedActivation,
)
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
    Withdrawal,
    WithdrawalOutcome,
    begin_of,
    last_day_to_pay,
)
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language, user_id
from freischalt.domain.vat_charge import VatCharge, VatRule
from tests.proof import terms as model_of
from tests.proof.repairs import CONTACT
from tests.proof.terms import LISTED, OF_THE_LIST, Terms, owner_of, watts

A_YEAR_AGO = timedelta(days=300)
ANNA = user_id("anna.huber")
REPAIR = "1795348800000-abcdef012345"
WITHDRAWAL = "10001-1795348800000-abcdef012345"
A_DAY = timedelta(days=1)
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
    """`buyers` are registrants by account; `nonce` is the scene's, so that no two are alike."""

    terms: Terms
    zone: tzinfo
    buyers: Mapping[str, Registrant | None]
    nonce: str

    # --- filling the table

    def items(self) -> Iterator[Item]:
        terms, now = self.terms, datetime.now(UTC)
        for id_, plant in terms.plants.items():
            yield plant_item(self._plant(id_, plant, now), self.zone, version=1)
        for serial, inverter in terms.inverters.items():
            yield inverter_item(self._inverter(serial, inverter, now), version=1)
        for serial in terms.used:
            yield used_activation_item(
                self._used(serial, terms.inverters[serial].plant, now), version=1
            )
        for name in terms.orders:
            yield from self._of_order(name, now)
        for payment in terms.payments:
            yield payment_item(self._payment(payment, now), version=1)
        for withdrawal in terms.withdrawals:
            yield withdrawal_item(_withdrawal(withdrawal, now), version=1)
        yield from self._invoices(now)
        for repair in terms.repairs:
            yield repair_order_item(_repair(repair, now), version=1)
        for id_, uploaded in terms.lists.items():
            yield from self._of_list(id_, uploaded, now)

    def _used(self, serial: str, plant: str, now: datetime, *, by: str = "") -> UsedActivation:
        """By a list, if one is named."""
        return UsedActivation(
            serial=InverterSerial(serial),
            plant=PlantId(plant),
            at=now - A_YEAR_AGO,
            by=f"user:{ANNA}",
            import_id=by or None,
        )

    def _of_list(self, id_: str, told: model_of.UploadedList, now: datetime) -> Iterator[Item]:
        """With what is staged of it; one that is checked has been for more than a day."""
        is_begun = told.state == "checking"
        inverter = model_of.Inverter(OF_THE_LIST, LISTED)
        staged = [
            replace(self._inverter(serial, inverter, now), import_id=id_)
            for serial in told.serials[: told.staged]
        ]
        list_ = InverterList(
            id=id_,
            plant=PlantId(OF_THE_LIST),
            by=f"user:{ANNA}",
            created_at=now - A_DAY - A_DAY if is_begun else now,
            state=ListState(told.state),
            begun_at=now - A_DAY - A_DAY if is_begun else None,
            digest="of the file" if is_begun else None,
            rows=len(told.serials) if is_begun else 0,
            staged=told.staged,
            power=sum(map(Power.of, staged), Power()),
            on_plant=is_begun,
        )
        yield inverter_list_item(list_, version=1)
        for one in staged:
            yield inverter_item(one, version=1)
            yield used_activation_item(self._used(one.serial, OF_THE_LIST, now, by=id_), version=1)

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
            imports=tuple(self.terms.unpublished(id_)),
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
            outbox_id=f"placed-{name}-{self.nonce}",
            state=TermOrderState(told.state),
            paid_cents=told.paid,
            payments=self._ids(told.parts),
            corrections=tuple(
                self._correction(name, charge, told) for charge in told.charges.values()
            ),
            activated_at=told.placed if is_invoiced else None,
            confirmed_at=told.confirmed,
            invoice=InvoiceId(name) if is_invoiced else None,
            changed_by=f"user:{ANNA}",
        )

    def _correction(self, name: str, told: model_of.Charge, order: model_of.Order) -> Correction:
        (term,) = (one for one in self.terms.plants[told.plant].terms if one.order == name)
        return Correction(
            invoice=InvoiceId(model_of.charge_name(name, told.plant, told.power)),
            plant=PlantId(told.plant),
            power_w=told.power,
            net_cents=told.net,
            gross_cents=order.with_vat(told.net),
            until=_term(term).last_day,
            paid_cents=told.paid,
            payments=self._ids(told.parts),
        )

    def _invoices(self, now: datetime) -> Iterator[Item]:
        """Those that were filed have the first numbers of the year."""
        last, today = 0, now.astimezone(self.zone).date()
        for name, told in self.terms.invoices.items():
            item = invoice_item(self._invoice(name, told, now, today), version=1)
            if told.filed:
                last += 1
                item = _filed(item, invoice_number(today.year, last), today)
            yield item
        if last:
            yield invoice_numbers_item(InvoiceNumbers(year=today.year, last=last), version=1)

    def _invoice(self, name: str, told: model_of.Invoice, now: datetime, today: date) -> Invoice:
        told_order = self.terms.orders[told.order]
        order = self._order(told.order, told_order)
        bought = {
            PlantId(id_): _term(term)
            for id_, plant in self.terms.plants.items()
            for term in plant.terms
            if term.order == told.order
        }
        invoice = invoice_of_order(order, bought, at=now, today=today)
        if told.kind == "invoice":
            return invoice
        charge = told_order.charges[name]
        recharge = Recharge(
            line=next(line for line in order.lines if line.plant == charge.plant),
            term=bought[PlantId(charge.plant)],
            power_w=charge.power,
            net_cents=charge.net,
        )
        cause = name.removeprefix(f"{told.order}-correction-")
        later = correction_of(invoice, recharge, cause=cause, at=now, today=today)
        return replace(later, paid=told.paid)

    def _ids(self, payments: Iterable[model_of.Payment]) -> tuple[PaymentId, ...]:
        places = {id(payment): place for place, payment in enumerate(self.terms.payments)}
        return tuple(payment_id(places[id(payment)]) for payment in payments)

    def _payment(self, told: model_of.Payment, now: datetime) -> Payment:
        at, (id_,) = told.recorded or now, self._ids([told])
        order = self.terms.orders.get(told.order)
        return Payment(
            id=id_,
            provider=PaymentProvider(told.provider),
            reference=id_.partition(":")[2],
            amount_cents=told.cents,
            currency="EUR",
            received_at=at,
            recorded_at=at,
            order=OrderNumber(told.order) if told.order else None,
            account=AccountNumber(owner_of(order)) if order else None,
            mismatch=Mismatch(told.why) if told.why else None,
        )

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


def payment_id(place: int) -> PaymentId:
    """Of one that was there before."""
    return PaymentId(f"stripe:pi_before{place}")


def _withdrawal(told: model_of.Withdrawal, now: datetime) -> Withdrawal:
    return Withdrawal(
        id=WITHDRAWAL,
        order=told.order,
        name="Anna Huber",
        email="anna@kunde.example",
        at=told.at or now,
        outcome=WithdrawalOutcome(told.outcome),
        account=AccountNumber("10001"),
        refund_cents=told.refund,
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
