"""What goes against money that was there: its payer's bank disputes it, or a refund comes back.

    inquiry ──▶ disputed ──▶ lost
       │           │  ▲        │
       └──▶ over ◀─┘  └────────┘ (an appeal)

A provider's word about it is as old as its event: whatever is older than what is known is late. No
licence ends by it: an operator decides, and settles it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from freischalt.domain.ids import PaymentId


class SetbackState(StrEnum):
    """How it stands; of two that are told of the same second, the later one here holds."""

    INQUIRY = "inquiry"  # the bank asks; the money is still there
    DISPUTED = "disputed"  # the bank has taken it back, until it has decided
    LOST = "lost"  # taken back for good
    OVER = "over"  # won, given up by the bank, or prevented
    REFUND_FAILED = "refund_failed"  # what was to be given back did not arrive


AGES = tuple(SetbackState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """`id` is the provider's of the dispute or refund, `reason` its word for why.

    `at` is of the last that was told, `answer_by` until when the bank takes an answer. `settled_at`
    is when an operator has seen to how it stands; `note` says how.
    """

    id: str
    state: SetbackState
    amount_cents: int
    currency: str
    at: datetime
    reason: str = ""
    answer_by: datetime | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    note: str = ""

    @property
    def has_taken(self) -> bool:
        """Whether the payer's bank has the money; what an operator makes of it brings none back."""
        return self.state in (SetbackState.DISPUTED, SetbackState.LOST)

    @property
    def is_open(self) -> bool:
        """Whether an operator has yet to look."""
        return self.settled_at is None

    def is_later_than(self, known: "Setback | None") -> bool:
        if known is None:
            return True
        return (self.at, AGES.index(self.state)) > (known.at, AGES.index(known.state))


@dataclass(frozen=True, slots=True)
class SetbackNews:
    """How it stands by now, as the provider tells it."""

    payment: PaymentId
    setback: Setback


def told_of(news: Setback, known: Setback | None, by: str) -> Setback:
    """What is kept of it. Another state than what an operator has seen to is to be looked at anew.

    What is over needs nobody.
    """
    same = known is not None and known.state is news.state
    kept = replace(
        news,
        settled_at=known.settled_at if known and same else None,
        settled_by=known.settled_by if known and same else None,
        note=known.note if known else "",
    )
    if kept.state is SetbackState.OVER and kept.is_open:
        return replace(kept, settled_at=news.at, settled_by=by)
    return kept
