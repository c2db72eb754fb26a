"""Where plants, term orders, money, invoices and repairs are kept, and how each is written."""

from freischalt.adapters import keys
from freischalt.adapters.billing_event_items import billing_event_item, billing_event_of
from freischalt.adapters.codec import Codec
from freischalt.adapters.inverter_list_items import inverter_list_item, inverter_list_of
from freischalt.adapters.invoice_items import (
    invoice_item,
    invoice_numbers_item,
    invoice_numbers_of,
    invoice_of,
)
from freischalt.adapters.payment_items import payment_item, payment_of
from freischalt.adapters.payment_page_items import payment_page_item, payment_page_of
from freischalt.adapters.plant_items import (
    inverter_item,
    inverter_of,
    plant_item,
    plant_of,
    shared_plant_item,
    shared_plant_of,
    used_activation_item,
    used_activation_of,
)
from freischalt.adapters.public_plant_items import public_plant_item, public_plant_of
from freischalt.adapters.repair_order_items import repair_order_item, repair_order_of
from freischalt.adapters.term_order_items import (
    term_order_item,
    term_order_of,
    whose_order_item,
    whose_order_of,
    withdrawal_item,
    withdrawal_of,
)
from freischalt.domain.billing_event import BillingEvent
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
from freischalt.domain.invoice import Invoice, InvoiceNumbers
from freischalt.domain.payment import Payment
from freischalt.domain.payment_page import PaymentPage
from freischalt.domain.plant import Inverter, Plant, UsedActivation
from freischalt.domain.public_plant import PublicPlant
from freischalt.domain.repair_order import RepairOrder
from freischalt.domain.shared_plant import SharedPlant
from freischalt.domain.term_order import TermOrder, WhoseOrder, Withdrawal

TERM_CODECS: dict[type, Codec] = {
    Plant: Codec(
        lambda id_: keys.plant(PlantId(id_)),
        lambda plant: (plant.id,),
        lambda _, item: plant_of(item) if item else None,
        lambda plant, zone, version: plant_item(plant, zone, version=version),
        prefix=keys.PLANT,
    ),
    Inverter: Codec(
        lambda plant, serial: keys.inverter(PlantId(plant), InverterSerial(serial)),
        lambda inverter: (inverter.plant, inverter.serial),
        lambda _, item: inverter_of(item) if item else None,
        lambda inverter, _, version: inverter_item(inverter, version=version),
        prefix=keys.INVERTER,
    ),
    SharedPlant: Codec(
        lambda guest, plant: keys.shared_plant(AccountNumber(guest), PlantId(plant)),
        lambda shared: (shared.guest, shared.plant),
        lambda id_, item: shared_plant_of(id_[0], id_[1], item) if item else None,
        lambda shared, _, version: shared_plant_item(shared, version=version),
        prefix=keys.GUEST,
    ),
    InverterList: Codec(
        keys.inverter_list,
        lambda list_: (list_.account, list_.id),
        lambda _, item: inverter_list_of(item) if item else None,
        lambda list_, _, version: inverter_list_item(list_, version=version),
        prefix=keys.INVERTER_LIST,
    ),
    UsedActivation: Codec(
        lambda serial: keys.used_activation(InverterSerial(serial)),
        lambda used: (used.serial,),
        lambda id_, item: used_activation_of(id_[0], item) if item else None,
        lambda used, _, version: used_activation_item(used, version=version),
    ),
    PublicPlant: Codec(
        keys.public_plant,
        lambda row: row.id,
        lambda _, item: public_plant_of(item) if item else None,
        lambda row, _, version: public_plant_item(row, version=version),
    ),
    TermOrder: Codec(
        lambda account, number: keys.term_order(AccountNumber(account), OrderNumber(number)),
        lambda order: (order.account, order.number),
        lambda _, item: term_order_of(item) if item else None,
        lambda order, zone, version: term_order_item(order, zone, version=version),
        prefix=keys.TERM_ORDER,
    ),
    WhoseOrder: Codec(
        lambda number: keys.whose_order(OrderNumber(number)),
        lambda whose: (whose.order,),
        lambda id_, item: whose_order_of(id_[0], item) if item else None,
        lambda whose, _, version: whose_order_item(whose, version=version),
    ),
    Payment: Codec(
        lambda id_: keys.payment(PaymentId(id_)),
        lambda payment: (payment.id,),
        lambda _, item: payment_of(item) if item else None,
        lambda payment, _, version: payment_item(payment, version=version),
    ),
    PaymentPage: Codec(
        lambda account, session: keys.payment_page(AccountNumber(account), session),
        lambda page: (page.account, page.session),
        lambda _, item: payment_page_of(item) if item else None,
        lambda page, _, version: payment_page_item(page, version=version),
    ),
    Invoice: Codec(
        lambda account, id_: keys.invoice(AccountNumber(account), InvoiceId(id_)),
        lambda invoice: (invoice.account, invoice.id),
        lambda _, item: invoice_of(item) if item else None,
        lambda invoice, _, version: invoice_item(invoice, version=version),
        prefix=keys.INVOICE,
    ),
    InvoiceNumbers: Codec(
        lambda year: keys.invoice_numbers(int(year)),
        lambda numbers: (str(numbers.year),),
        lambda id_, item: invoice_numbers_of(id_[0], item),
        lambda numbers, _, version: invoice_numbers_item(numbers, version=version),
    ),
    RepairOrder: Codec(
        lambda account, id_: keys.repair_order(AccountNumber(account), RepairOrderId(id_)),
        lambda order: (order.account, order.id),
        lambda _, item: repair_order_of(item) if item else None,
        lambda order, _, version: repair_order_item(order, version=version),
        prefix=keys.REPAIR,
    ),
    Withdrawal: Codec(
        keys.withdrawal,
        lambda withdrawal: (withdrawal.id,),
        lambda _, item: withdrawal_of(item) if item else None,
        lambda withdrawal, _, version: withdrawal_item(withdrawal, version=version),
        prefix=keys.WITHDRAWAL,
    ),
    BillingEvent: Codec(
        keys.event,
        lambda event: (event.id,),
        lambda _, item: billing_event_of(item) if item else None,
        lambda event, _, version: billing_event_item(event, version=version),
    ),
}
