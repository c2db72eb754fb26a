"""How far an order of terms has come."""

from enum import StrEnum


class TermOrderState(StrEnum):
    OPEN = "open"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
