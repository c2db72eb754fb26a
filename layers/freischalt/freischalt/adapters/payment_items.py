"""The stored shape of payments."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from freischalt.adapters import keys
from freischalt.adapters.attribute_values import Wire, from_item, to_item
from freischalt.adapters.items import kept_until, millis, moment, moment_or_none
from freischalt.domain.ids import (
    AccountNumber,
    OrderNumber,
    PaymentId,
)
from freischalt.domain.payment import Mismatch, Payment, PaymentProvider

if TYPE_CHECKING:
    from freischalt.domain.setback import Setback


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
        "setbacks": [_setback_values(one) for one in payment.setbacks] or None,
        "version": version,
        "expires_at": kept_until(payment.recorded_at),
    }
    if payment.waits:
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
        settled_at=moment_or_none(read.get("settled_at")),
        settled_by=read.get("settled_by"),
        note=read.get("note", ""),
        refunded_cents=read.get("refunded_cents", 0),
        told_at=moment_or_none(read.get("told_at")),
        setbacks=_setbacks_of(read["setbacks"]) if "setbacks" in read else (),
        version=read["version"],
    )


def _setback_values(setback: "Setback") -> dict[str, object]:
    values: dict[str, object] = {
        "id": setback.id,
        "state": setback.state.value,
        "amount_cents": setback.amount_cents,
        "currency": setback.currency,
        "at": millis(setback.at),
        "reason": setback.reason or None,
        "answer_by": setback.answer_by and millis(setback.answer_by),
        "settled_at": setback.settled_at and millis(setback.settled_at),
        "settled_by": setback.settled_by,
        "note": setback.note or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _setbacks_of(read: Sequence[Mapping[str, Any]]) -> "tuple[Setback, ...]":
    from freischalt.domain.setback import Setback, SetbackState  # noqa: PLC0415 - few have one

    return tuple(
        Setback(
            id=one["id"],
            state=SetbackState(one["state"]),
            amount_cents=one["amount_cents"],
            currency=one["currency"],
            at=moment(one["at"]),
            reason=one.get("reason", ""),
            answer_by=moment_or_none(one.get("answer_by")),
            settled_at=moment_or_none(one.get("settled_at")),
            settled_by=one.get("settled_by"),
            note=one.get("note", ""),
        )
        for one in read
    )
