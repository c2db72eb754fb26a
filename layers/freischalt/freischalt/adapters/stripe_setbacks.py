"""Stripe's disputes and refunds that have failed, read into our own terms.

Each event has the whole dispute or refund, with its status: so whichever of them comes tells all.
A refund that was cancelled has not arrived either.
"""

from datetime import UTC, datetime

from freischalt.adapters.stripe_wire import Json, payment_id
from freischalt.domain.setback import Setback, SetbackNews, SetbackState

OF_DISPUTES = {
    "warning_needs_response": SetbackState.INQUIRY,
    "warning_under_review": SetbackState.INQUIRY,
    "warning_closed": SetbackState.OVER,
    "needs_response": SetbackState.DISPUTED,
    "under_review": SetbackState.DISPUTED,
    "appeal_needs_response": SetbackState.DISPUTED,
    "appeal_under_review": SetbackState.DISPUTED,
    "won": SetbackState.OVER,
    "lost": SetbackState.LOST,
    "prevented": SetbackState.OVER,  # given back before it was one: a refund tells of that
}
OF_REFUNDS = {"failed": SetbackState.REFUND_FAILED, "canceled": SetbackState.REFUND_FAILED}


def setback_news(told: Json, at: datetime) -> SetbackNews | None:
    """None: a refund that is on its way, or what had no PaymentIntent: ours always have one.

    A dispute's status that we do not know counts as disputed until the next that we do: an
    operator reads Stripe's word for it in `reason`.
    """
    if told["object"] == "dispute":
        status, reason = told["status"], told["reason"]
        state = OF_DISPUTES.get(status, SetbackState.DISPUTED)
        if status not in OF_DISPUTES:
            reason = f"{reason} ({status})"
    elif told["status"] in OF_REFUNDS:
        state, reason = OF_REFUNDS[told["status"]], told.get("failure_reason")
    else:
        return None
    if not told["payment_intent"]:
        return None
    answer_by = (told.get("evidence_details") or {}).get("due_by")
    setback = Setback(
        id=told["id"],
        state=state,
        amount_cents=told["amount"],
        currency=told["currency"].upper(),
        at=at,
        reason=reason or "",
        answer_by=datetime.fromtimestamp(answer_by, UTC) if answer_by else None,
    )
    return SetbackNews(payment_id(told["payment_intent"]), setback)
