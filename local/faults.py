"""Faults that a test orders in advance, each for the next so many calls.

| kind | what the next call meets |
| --- | --- |
| throttle | ThrottlingException |
| internal | InternalServerException; nothing was sent |
| hang | no answer until the client gives up; nothing was sent |
| lost_reply | the call has its effect, then the connection is cut |
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What goes wrong."""

    THROTTLE = "throttle"
    INTERNAL = "internal"
    HANG = "hang"
    LOST_REPLY = "lost_reply"


@dataclass(slots=True)
class Fault:
    """`phone` None means any. `times` counts down; a fault at 0 is over."""

    operation: str
    kind: Kind
    phone: str | None = None
    times: int = 1


class Faults:
    """The faults still to come, oldest first. In memory: a restart forgets them."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, operation: str, phone: str | None) -> Kind | None:
        """Use up one fault that fits this call, if there is any."""
        for fault in self._faults:
            if fault.operation == operation and fault.phone in (None, phone):
                fault.times -= 1
                self._faults = [left for left in self._faults if left.times > 0]
                return fault.kind
        return None
