"""The stored shape of invoices and of their numbers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.book_items import charge_of, charge_values, day
from freischalt.adapters.items import kept_until, millis, moment, moment_or_none
from freischalt.adapters.vendor_items import registrant_of, registrant_values
from freischalt.domain.ids import (
    AccountNumber,
    InvoiceId,
    OrderNumber,
)
from freischalt.domain.invoice import Invoice, InvoiceKind, InvoiceLine, InvoiceNumbers
from freischalt.domain.user import Language


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
        "vat": charge_values(invoice.vat),
        "currency": invoice.currency,
        "wanted_at": millis(invoice.wanted_at),
        "supplied_on": invoice.supplied_on.isoformat(),
        "unpaid": None if invoice.paid else True,
        "number": invoice.number,
        "issued_on": invoice.issued_on and invoice.issued_on.isoformat(),
        "filed_at": invoice.filed_at and millis(invoice.filed_at),
        "of": invoice.of,
        "of_number": invoice.of_number,
        "version": version,
        "expires_at": kept_until(invoice.issued_on or invoice.wanted_at),
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
        vat=charge_of(read["vat"]),
        currency=read["currency"],
        wanted_at=moment(read["wanted_at"]),
        supplied_on=date.fromisoformat(read["supplied_on"]),
        paid=not read.get("unpaid", False),
        number=read.get("number"),
        issued_on=day(read.get("issued_on")),
        filed_at=moment_or_none(read.get("filed_at")),
        of=InvoiceId(read["of"]) if "of" in read else None,
        of_number=read.get("of_number"),
        version=read["version"],
    )


def invoice_numbers_item(numbers: InvoiceNumbers, *, version: int) -> Wire:
    return keys.invoice_numbers(numbers.year) | to_item({"last": numbers.last, "version": version})


def invoice_numbers_of(year: str, item: Mapping[str, Any] | None) -> InvoiceNumbers:
    read = from_item(item or {})
    return InvoiceNumbers(year=int(year), last=read.get("last", 0), version=read.get("version", 0))
