"""What answering a text needs, and how the handling of one can end."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from enum import StrEnum
from typing import Self

from freischalt.domain.answer import AnswerCode
from freischalt.domain.catalogue import Catalogue
from freischalt.ports import CodeMaker, Messages, OrderNumbers, Pause, SmsSender


class Ending(StrEnum):
    """How the handling of one delivery ended; a metric each."""

    ANSWERED = "answered"
    UNDELIVERABLE = "undeliverable"
    ANSWERED_BEFORE = "answered_before"
    OPTED_OUT = "opted_out"
    TURNED_AWAY_BEFORE = "turned_away_before"
    OVER_THE_LIMIT = "over_the_limit"
    OWN_NUMBER = "own_number"
    COUNTRY_NOT_SERVED = "country_not_served"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`answer` is what was said, if anything was."""

    ending: Ending
    answer: AnswerCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The vendor's choices. Money is whole cents; `confirm_above` None asks nobody."""

    catalogue: Catalogue
    own_numbers: Collection[str]
    served_prefixes: tuple[str, ...]
    replies_an_hour: int
    repeated_order_within: timedelta
    confirm_above: int | None
    in_hand_for: timedelta
    time_zone: tzinfo

    @classmethod
    def of_requests(cls, catalogue: Catalogue, time_zone: tzinfo) -> Self:
        """Over HTTP: whoever is signed in has proved who it is, and is answered at once."""
        return cls(
            catalogue=catalogue,
            own_numbers=(),
            served_prefixes=(),
            replies_an_hour=1,
            repeated_order_within=timedelta(0),
            confirm_above=None,
            in_hand_for=timedelta(0),
            time_zone=time_zone,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The ports and the policy that deciding needs."""

    messages: Messages
    numbers: OrderNumbers
    codes: CodeMaker
    policy: Policy
    pause: Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk(Counter):
    """The counter where texts are answered."""

    sms: SmsSender
