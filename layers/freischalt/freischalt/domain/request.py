"""A request that asks for something to be done, and the record that it was.

With an `Idempotency-Key` a request can be repeated for a day: the same answer, the effect once.
The record holds ids alone; what is secret in an answer is derived again from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

REPEATABLE_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who asks, when, and which request it is.

    `id` is the same for a repeated request if it is `repeatable`, else no other request has it.
    `nonce` is never the same: whatever must not be foreseen, or made twice, is made of it.
    `fingerprint` is a digest of what is asked for, passwords left out. `actor` is `user:<id>`,
    `key:<id>`, `operator:<id>` or `nobody`.
    """

    id: str
    nonce: str
    fingerprint: str
    repeatable: bool
    actor: str
    at: datetime

    @classmethod
    def by_schedule(cls, cause: str, at: datetime) -> Self:
        """What falls due by itself: the same `cause` makes the same things, whoever finds it."""
        return cls(id=cause, nonce=cause, fingerprint="", repeatable=False, actor="schedule", at=at)

    @property
    def sortable_id(self) -> str:
        """For what the request makes: later ones sort after earlier ones."""
        return f"{int(self.at.timestamp() * 1000):013d}-{self.nonce[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledRequest:
    """What came of a repeatable request: ids."""

    id: str
    fingerprint: str
    result: Mapping[str, str]
    at: datetime
    version: int = 0
