"""What telling of the ends of terms needs from the world, beside `account_ports`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from freischalt.account_ports import Page
from freischalt.domain.plant import Plant


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """The due plants of one partition, from the place `after` on."""

    shard: int
    after: str | None = None


class DueTerms(Protocol):
    """Plants of which something is to be told, until it was told."""

    def portions(self, *, now: datetime) -> Iterable[Portion]:
        """Where something is due; reads one item of each, whatever is there."""

    def page(self, portion: Portion, *, now: datetime) -> Page[Plant]:
        """Some of it, what has waited longest first; a second or so behind."""


class TermQueue(Protocol):
    """What is handed out to be told."""

    def put(self, portion: Portion) -> None: ...
