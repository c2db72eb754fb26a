"""Disputes and failed refunds of the stand-in for Stripe, and their events.

What a bank decides is an order to the stand-in here, and an event at Stripe.
"""

from enum import StrEnum
from typing import Any

from local.stripe_sessions import Session, Sessions, new_id
from local.stripe_wire import Json, StripeError

DAYS_TO_ANSWER = 7 * 24 * 60 * 60  # seconds; banks give one to three weeks


class Move(StrEnum):
    """What a bank does."""

    ASK = "ask"  # an inquiry; no money moves
    DISPUTE = "dispute"
    WIN = "win"  # for the vendor
    LOSE = "lose"


STATUS = {
    Move.ASK: "warning_needs_response",
    Move.DISPUTE: "needs_response",
    Move.WIN: "won",
    Move.LOSE: "lost",
}


def move(sessions: Sessions, intent: str, what: Move) -> list[Json]:
    """The events of it; a payment has one dispute, which an inquiry may become."""
    session = sessions.paid_by(intent)
    is_known = bool(session.disputes)
    if not is_known:
        if what in {Move.WIN, Move.LOSE}:
            raise StripeError(f"{intent} is not disputed.")
        session.disputes.append(new_id("du"))
    about = _dispute(session, STATUS[what], int(sessions.now()))
    if what in {Move.WIN, Move.LOSE}:
        moves = ["funds_reinstated"] if what is Move.WIN else []
        names = ["closed", *moves]
    else:
        moves = ["funds_withdrawn"] if what is Move.DISPUTE else []
        names = [*([] if is_known else ["created"]), *moves]
    return [sessions.event(f"charge.dispute.{name}", about) for name in names]


def fail_refund(sessions: Sessions, refund: str) -> Json:
    """The money of it is back at the vendor, who may give it back again."""
    session = next((each for each in sessions.of.values() if refund in each.refunds), None)
    if session is None:
        raise StripeError(f"No such refund: {refund}", "resource_missing", "id", status=404)
    cents = session.refunds.pop(refund)
    session.refunded -= cents
    return sessions.event(
        "refund.failed",
        {
            "id": refund,
            "object": "refund",
            "amount": cents,
            "charge": session.charge()["id"],
            "currency": session.currency,
            "failure_reason": "expired_or_canceled_card",
            "metadata": {},
            "payment_intent": session.intent,
            "status": "failed",
        },
    )


def _dispute(session: Session, status: str, now: int) -> dict[str, Any]:
    """With no metadata of ours: Stripe copies none to a dispute."""
    return {
        "id": session.disputes[-1],
        "object": "dispute",
        "amount": session.amount,
        "charge": session.charge()["id"],
        "currency": session.currency,
        "evidence_details": {"due_by": now + DAYS_TO_ANSWER, "has_evidence": False},
        "is_charge_refundable": status.startswith("warning"),
        "metadata": {},
        "payment_intent": session.intent,
        "reason": "fraudulent",
        "status": status,
    }
