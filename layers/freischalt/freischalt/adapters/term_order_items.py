"""The stored shape of term orders and withdrawals."""

from collections.abc import Mapping
from datetime import date, timedelta, tzinfo
from typing import Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.book_items import charge_of, charge_values
from freischalt.adapters.items import kept_until, millis, moment, moment_or_none
from freischalt.adapters.vendor_items import registrant_of, registrant_values
from freischalt.domain.correction import Correction
from freischalt.domain.ids import (
    AccountNumber,
    InvoiceId,
    OrderNumber,
    PaymentId,
    PlantId,
    UserId,
)
from freischalt.domain.quote import Quote, QuoteLine
from freischalt.domain.term_order import (
    Consent,
    TermOrder,
    WhoseOrder,
    Withdrawal,
    WithdrawalOutcome,
)
from freischalt.domain.term_order_state import TermOrderState
from freischalt.domain.user import Language

ANSWERED_KEPT = timedelta(days=90)


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
        "vat": charge_values(quote.vat),
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
        vat=charge_of(read["vat"]),
        currency=read["currency"],
        on=date.fromisoformat(read["on"]),
    )


def _correction_values(correction: Correction) -> dict[str, object]:
    return {
        "invoice": correction.invoice,
        "plant": correction.plant,
        "power_w": correction.power_w,
        "net_cents": correction.net_cents,
        "gross_cents": correction.gross_cents,
        "until": correction.until.isoformat(),
        "reason": correction.reason,
        "paid_cents": correction.paid_cents,
        "payments": correction.payments,
        "waived_cents": correction.waived_cents,
    }


def _correction_of(read: Mapping[str, Any]) -> Correction:
    return Correction(
        invoice=InvoiceId(read["invoice"]),
        plant=PlantId(read["plant"]),
        power_w=read["power_w"],
        net_cents=read["net_cents"],
        gross_cents=read["gross_cents"],
        until=date.fromisoformat(read["until"]),
        reason=read["reason"],
        paid_cents=read["paid_cents"],
        payments=tuple(PaymentId(id_) for id_ in read["payments"]),
        waived_cents=read.get("waived_cents", 0),
    )


def term_order_item(order: TermOrder, time_zone: tzinfo, *, version: int) -> Wire:
    placed = order.placed_at.astimezone(time_zone)
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
        "pay_before": millis(order.pay_before),
        "lapses_at": millis(order.lapses_at),
        "outbox_id": order.outbox_id,
        "month": keys.term_month(order.number, placed),
        "state": order.state.value,
        "paid_cents": order.paid_cents or None,
        "payments": order.payments or None,
        "put_aside": order.put_aside or None,
        "page": order.page,
        "under_way": order.under_way or None,
        "activated_at": order.activated_at and millis(order.activated_at),
        "confirmed_at": order.confirmed_at and millis(order.confirmed_at),
        "ended_at": order.ended_at and millis(order.ended_at),
        "invoice": order.invoice,
        "corrections": [_correction_values(one) for one in order.corrections] or None,
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
        pay_before=moment(read["pay_before"]),
        lapses_at=moment(read["lapses_at"]),
        outbox_id=read["outbox_id"],
        state=TermOrderState(read["state"]),
        paid_cents=read.get("paid_cents", 0),
        payments=tuple(PaymentId(id_) for id_ in read.get("payments", ())),
        put_aside=tuple(PaymentId(id_) for id_ in read.get("put_aside", ())),
        page=read.get("page"),
        under_way=tuple(read.get("under_way", ())),
        activated_at=moment_or_none(read.get("activated_at")),
        confirmed_at=moment_or_none(read.get("confirmed_at")),
        ended_at=moment_or_none(read.get("ended_at")),
        invoice=InvoiceId(read["invoice"]) if "invoice" in read else None,
        corrections=tuple(_correction_of(one) for one in read.get("corrections", ())),
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


def _withdrawal_kept_until(withdrawal: Withdrawal) -> int:
    """As TTL wants it. Once settled, one that has changed nothing is soon of no use to anybody."""
    if withdrawal.settled_at and withdrawal.outcome is not WithdrawalOutcome.WITHDRAWN:
        return int((withdrawal.settled_at + ANSWERED_KEPT).timestamp())
    return kept_until(withdrawal.at)


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
        "told_at": withdrawal.told_at and millis(withdrawal.told_at),
        "version": version,
        "expires_at": _withdrawal_kept_until(withdrawal),
    }
    if not withdrawal.settled_at:
        item |= {"due": keys.due_withdrawal(withdrawal.id), "due_at": millis(withdrawal.at)}
    return keys.withdrawal(withdrawal.id) | to_item(item)


def withdrawal_of(item: Mapping[str, Any]) -> Withdrawal:
    read = from_item(item)
    account = read.get("account")
    return Withdrawal(
        id=next(key for part in ("SK", "PK") if (key := item[part]["S"].partition("#")[2])),
        order=read["order"],
        name=read["name"],
        email=read["email"],
        at=moment(read["at"]),
        outcome=WithdrawalOutcome(read["outcome"]),
        account=None if account is None else AccountNumber(account),
        refund_cents=read.get("refund_cents", 0),
        settled_at=moment_or_none(read.get("settled_at")),
        settled_by=read.get("settled_by"),
        note=read.get("note", ""),
        told_at=moment_or_none(read.get("told_at")),
        version=read["version"],
    )
