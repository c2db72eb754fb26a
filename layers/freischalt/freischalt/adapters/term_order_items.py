"""The stored shape of term orders, payments, invoices and repair orders."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.items import millis, moment
from freischalt.adapters.plant_items import day
from freischalt.adapters.vendor_items import registrant_of, registrant_values
from freischalt.domain.ids import (
    AccountNumber,
    InvoiceId,
    OrderNumber,
    PaymentId,
    PlantId,
    RepairOrderId,
    UserId,
)
from freischalt.domain.invoice import Invoice, InvoiceKind, InvoiceLine, InvoiceNumbers
from freischalt.domain.payment import Mismatch, Payment, PaymentProvider
from freischalt.domain.quote import Quote, QuoteLine
from freischalt.domain.repair_order import (
    Offer,
    RepairContact,
    RepairDevice,
    RepairOrder,
    RepairState,
)
from freischalt.domain.term_order import (
    Consent,
    TermOrder,
    TermOrderState,
    WhoseOrder,
    Withdrawal,
    WithdrawalOutcome,
)
from freischalt.domain.user import Language
from freischalt.domain.vat_charge import VatCharge, VatRule

YEARS_KEPT = 10
"""Books are kept ten years from the end of the year (§ 147 AO)."""


def _moment(value: int | None) -> datetime | None:
    return None if value is None else moment(value)


def kept_until(at: datetime) -> int:
    """As TTL wants it: ten years from the end of the year."""
    return int(datetime(at.year + YEARS_KEPT + 1, 1, 2, tzinfo=UTC).timestamp())


def _charge_values(vat: VatCharge) -> dict[str, object]:
    return {"rule": vat.rule.value, "country": vat.country, "basis_points": vat.basis_points}


def _charge_of(read: Mapping[str, Any]) -> VatCharge:
    return VatCharge(VatRule(read["rule"]), read["country"], read["basis_points"])


# --- orders


def _quote_values(quote: Quote) -> dict[str, object]:
    return {
        "lines": [
            {
                "plant": line.plant,
                "name": line.name,
                "power_w": line.power_w,
                "unknown_inverters": line.unknown_inverters,
                "days": line.days,
                "list_cents": line.list_cents,
                "credit_cents": line.credit_cents,
                "after": line.after.isoformat(),
            }
            for line in quote.lines
        ],
        "vat": _charge_values(quote.vat),
        "currency": quote.currency,
        "on": quote.on.isoformat(),
    }


def _quote_of(read: Mapping[str, Any]) -> Quote:
    return Quote(
        lines=tuple(
            QuoteLine(
                plant=PlantId(line["plant"]),
                name=line["name"],
                power_w=line["power_w"],
                unknown_inverters=line["unknown_inverters"],
                days=line["days"],
                list_cents=line["list_cents"],
                credit_cents=line["credit_cents"],
                after=date.fromisoformat(line["after"]),
            )
            for line in read["lines"]
        ),
        vat=_charge_of(read["vat"]),
        currency=read["currency"],
        on=date.fromisoformat(read["on"]),
    )


def term_order_item(order: TermOrder, *, version: int) -> Wire:
    item: dict[str, object] = {
        "number": order.number,
        "account": order.account,
        "quote": _quote_values(order.quote),
        "buyer": registrant_values(order.buyer),
        "buyer_vat_id": order.buyer_vat_id,
        "documents": dict(order.consent.documents),
        "immediate_start": order.consent.immediate_start or None,
        "language": order.language.value,
        "placed_by": order.placed_by,
        "placed_at": millis(order.placed_at),
        "outbox_id": order.outbox_id,
        "state": order.state.value,
        "paid_cents": order.paid_cents or None,
        "payments": order.payments or None,
        "activated_at": order.activated_at and millis(order.activated_at),
        "confirmed_at": order.confirmed_at and millis(order.confirmed_at),
        "ended_at": order.ended_at and millis(order.ended_at),
        "invoice": order.invoice,
        "corrected_w": dict(order.corrected_w) or None,
        "correction_reason": order.correction_reason or None,
        "changed_by": order.changed_by,
        "version": version,
        "expires_at": kept_until(order.placed_at),
    }
    if order.state is TermOrderState.OPEN:
        item |= {"due": keys.due_unpaid(order.number), "due_at": millis(order.lapses_at)}
    return keys.term_order(order.account, order.number) | to_item(item)


def term_order_of(item: Mapping[str, Any]) -> TermOrder:
    read = from_item(item)
    return TermOrder(
        number=OrderNumber(read["number"]),
        account=AccountNumber(read["account"]),
        quote=_quote_of(read["quote"]),
        buyer=registrant_of(read["buyer"]),
        buyer_vat_id=read.get("buyer_vat_id"),
        consent=Consent(
            documents=read["documents"], immediate_start=read.get("immediate_start", False)
        ),
        language=Language(read["language"]),
        placed_by=UserId(read["placed_by"]),
        placed_at=moment(read["placed_at"]),
        outbox_id=read["outbox_id"],
        state=TermOrderState(read["state"]),
        paid_cents=read.get("paid_cents", 0),
        payments=tuple(PaymentId(id_) for id_ in read.get("payments", ())),
        activated_at=_moment(read.get("activated_at")),
        confirmed_at=_moment(read.get("confirmed_at")),
        ended_at=_moment(read.get("ended_at")),
        invoice=InvoiceId(read["invoice"]) if "invoice" in read else None,
        corrected_w={PlantId(plant): watts for plant, watts in read.get("corrected_w", {}).items()},
        correction_reason=read.get("correction_reason", ""),
        changed_by=read.get("changed_by"),
        version=read["version"],
    )


def whose_order_item(whose: WhoseOrder, *, version: int) -> Wire:
    return keys.whose_order(whose.order) | to_item({"account": whose.account, "version": version})


def whose_order_of(number: str, item: Mapping[str, Any]) -> WhoseOrder:
    read = from_item(item)
    return WhoseOrder(
        order=OrderNumber(number), account=AccountNumber(read["account"]), version=read["version"]
    )


def withdrawal_item(withdrawal: Withdrawal, *, version: int) -> Wire:
    item: dict[str, object] = {
        "order": withdrawal.order,
        "name": withdrawal.name,
        "email": withdrawal.email,
        "at": millis(withdrawal.at),
        "outcome": withdrawal.outcome.value,
        "account": withdrawal.account,
        "refund_cents": withdrawal.refund_cents or None,
        "settled_at": withdrawal.settled_at and millis(withdrawal.settled_at),
        "settled_by": withdrawal.settled_by,
        "note": withdrawal.note or None,
        "version": version,
        "expires_at": kept_until(withdrawal.at),
    }
    if not withdrawal.settled_at:
        item |= {"due": keys.due_withdrawal(withdrawal.id), "due_at": millis(withdrawal.at)}
    return keys.withdrawal(withdrawal.id) | to_item(item)


def withdrawal_of(item: Mapping[str, Any]) -> Withdrawal:
    read = from_item(item)
    account = read.get("account")
    return Withdrawal(
        id=item["PK"]["S"].partition("#")[2],
        order=read["order"],
        name=read["name"],
        email=read["email"],
        at=moment(read["at"]),
        outcome=WithdrawalOutcome(read["outcome"]),
        account=None if account is None else AccountNumber(account),
        refund_cents=read.get("refund_cents", 0),
        settled_at=_moment(read.get("settled_at")),
        settled_by=read.get("settled_by"),
        note=read.get("note", ""),
        version=read["version"],
    )


# --- money


def payment_item(payment: Payment, *, version: int) -> Wire:
    item: dict[str, object] = {
        "provider": payment.provider.value,
        "reference": payment.reference,
        "amount_cents": payment.amount_cents,
        "currency": payment.currency,
        "received_at": millis(payment.received_at),
        "recorded_at": millis(payment.recorded_at),
        "order": payment.order,
        "account": payment.account,
        "mismatch": payment.mismatch and payment.mismatch.value,
        "recorded_by": payment.recorded_by,
        "settled_at": payment.settled_at and millis(payment.settled_at),
        "settled_by": payment.settled_by,
        "note": payment.note or None,
        "refunded_cents": payment.refunded_cents or None,
        "told_at": payment.told_at and millis(payment.told_at),
        "version": version,
        "expires_at": kept_until(payment.recorded_at),
    }
    if payment.mismatch and not payment.settled_at:
        item |= {"due": keys.due_aside(payment.id), "due_at": millis(payment.recorded_at)}
    return keys.payment(payment.id) | to_item(item)


def payment_of(item: Mapping[str, Any]) -> Payment:
    read = from_item(item)
    mismatch, order, account = read.get("mismatch"), read.get("order"), read.get("account")
    return Payment(
        id=PaymentId(item["PK"]["S"].partition("#")[2]),
        provider=PaymentProvider(read["provider"]),
        reference=read["reference"],
        amount_cents=read["amount_cents"],
        currency=read["currency"],
        received_at=moment(read["received_at"]),
        recorded_at=moment(read["recorded_at"]),
        order=None if order is None else OrderNumber(order),
        account=None if account is None else AccountNumber(account),
        mismatch=None if mismatch is None else Mismatch(mismatch),
        recorded_by=read.get("recorded_by"),
        settled_at=_moment(read.get("settled_at")),
        settled_by=read.get("settled_by"),
        note=read.get("note", ""),
        refunded_cents=read.get("refunded_cents", 0),
        told_at=_moment(read.get("told_at")),
        version=read["version"],
    )


# --- invoices


def invoice_item(invoice: Invoice, *, version: int) -> Wire:
    item: dict[str, object] = {
        "id": invoice.id,
        "kind": invoice.kind.value,
        "account": invoice.account,
        "order": invoice.order,
        "buyer": registrant_values(invoice.buyer),
        "buyer_vat_id": invoice.buyer_vat_id,
        "language": invoice.language.value,
        "lines": [
            {
                "text": line.text,
                "net_cents": line.net_cents,
                "begins": line.begins and line.begins.isoformat(),
                "ends": line.ends and line.ends.isoformat(),
            }
            for line in invoice.lines
        ],
        "vat": _charge_values(invoice.vat),
        "currency": invoice.currency,
        "wanted_at": millis(invoice.wanted_at),
        "supplied_on": invoice.supplied_on.isoformat(),
        "unpaid": None if invoice.paid else True,
        "number": invoice.number,
        "issued_on": invoice.issued_on and invoice.issued_on.isoformat(),
        "filed_at": invoice.filed_at and millis(invoice.filed_at),
        "of": invoice.of,
        "version": version,
        "expires_at": kept_until(invoice.wanted_at),
    }
    if invoice.issued_on:
        item["month"] = keys.invoice_month(invoice.id, invoice.issued_on)
        item["placed_at"] = millis(invoice.wanted_at)  # the index sorts by it, as orders have it
    if not invoice.filed_at:
        item |= {"due": keys.DUE_INVOICES, "due_at": millis(invoice.wanted_at)}
    return keys.invoice(invoice.account, invoice.id) | to_item(item)


def invoice_of(item: Mapping[str, Any]) -> Invoice:
    read = from_item(item)
    return Invoice(
        id=InvoiceId(read["id"]),
        kind=InvoiceKind(read["kind"]),
        account=AccountNumber(read["account"]),
        order=OrderNumber(read["order"]),
        buyer=registrant_of(read["buyer"]),
        buyer_vat_id=read.get("buyer_vat_id"),
        language=Language(read["language"]),
        lines=tuple(
            InvoiceLine(
                text=line["text"],
                net_cents=line["net_cents"],
                begins=day(line.get("begins")),
                ends=day(line.get("ends")),
            )
            for line in read["lines"]
        ),
        vat=_charge_of(read["vat"]),
        currency=read["currency"],
        wanted_at=moment(read["wanted_at"]),
        supplied_on=date.fromisoformat(read["supplied_on"]),
        paid=not read.get("unpaid", False),
        number=read.get("number"),
        issued_on=day(read.get("issued_on")),
        filed_at=_moment(read.get("filed_at")),
        of=InvoiceId(read["of"]) if "of" in read else None,
        version=read["version"],
    )


def invoice_numbers_item(numbers: InvoiceNumbers, *, version: int) -> Wire:
    return keys.invoice_numbers(numbers.year) | to_item({"last": numbers.last, "version": version})


def invoice_numbers_of(year: str, item: Mapping[str, Any] | None) -> InvoiceNumbers:
    read = from_item(item or {})
    return InvoiceNumbers(year=int(year), last=read.get("last", 0), version=read.get("version", 0))


# --- repairs


def repair_order_item(order: RepairOrder, *, version: int) -> Wire:
    device, offer = order.device, order.offer
    item: dict[str, object] = {
        "id": order.id,
        "account": order.account,
        "requested_by": order.requested_by,
        "requested_at": millis(order.requested_at),
        "contact": {
            "name": order.contact.name,
            "email": order.contact.email,
            "phone": order.contact.phone or None,
        },
        "device": {
            "category": device.category,
            "type": device.type,
            "serial": device.serial,
            "installed_on": device.installed_on and device.installed_on.isoformat(),
        },
        "remote_monitoring": order.remote_monitoring,
        "fault": order.fault,
        "special_settings": order.special_settings or None,
        "language": order.language.value,
        "state": order.state.value,
        "offer": offer
        and {
            "items": [{"text": text, "net_cents": cents} for text, cents in offer.items],
            "text": offer.text,
            "valid_until": offer.valid_until.isoformat(),
            "by": offer.by,
            "at": millis(offer.at),
            "vat": _charge_values(offer.vat),
            "currency": offer.currency,
        },
        "answered_at": order.answered_at and millis(order.answered_at),
        "changed_by": order.changed_by,
        "version": version,
    }
    if order.state is RepairState.REQUESTED:
        item |= {"due": keys.due_repair(order.id), "due_at": millis(order.requested_at)}
    return keys.repair_order(order.account, order.id) | to_item(item)


def repair_order_of(item: Mapping[str, Any]) -> RepairOrder:
    read = from_item(item)
    contact, device, offer = read["contact"], read["device"], read.get("offer")
    return RepairOrder(
        id=RepairOrderId(read["id"]),
        account=AccountNumber(read["account"]),
        requested_by=UserId(read["requested_by"]),
        requested_at=moment(read["requested_at"]),
        contact=RepairContact(
            name=contact["name"], email=contact["email"], phone=contact.get("phone", "")
        ),
        device=RepairDevice(
            category=device["category"],
            type=device["type"],
            serial=device["serial"],
            installed_on=day(device.get("installed_on")),
        ),
        remote_monitoring=read["remote_monitoring"],
        fault=read["fault"],
        special_settings=read.get("special_settings", ""),
        language=Language(read["language"]),
        state=RepairState(read["state"]),
        offer=_offer_of(offer) if offer else None,
        answered_at=_moment(read.get("answered_at")),
        changed_by=read.get("changed_by"),
        version=read["version"],
    )


def _offer_of(read: Mapping[str, Any]) -> Offer:
    return Offer(
        items=tuple((item["text"], item["net_cents"]) for item in read["items"]),
        text=read["text"],
        valid_until=date.fromisoformat(read["valid_until"]),
        by=read["by"],
        at=moment(read["at"]),
        vat=_charge_of(read["vat"]),
        currency=read["currency"],
    )
