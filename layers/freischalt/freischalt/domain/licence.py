"""What is licensed: a type (points or E) for a licence number (Carat-ID and user information).

>>> LicenceNumber.of("1234567890abcdef")
LicenceNumber(carat_id='12345678', user_information='90ABCDEF')
>>> str(LicenceNumber.of("1234567890abcdef"))
'1234567890ABCDEF'
>>> licence_type("31"), licence_type("5p"), licence_type("e")
(Points(quantity=31), Points(quantity=5), EProtocol())
>>> str(Points(5)), str(EProtocol())
('5P', 'E')

Digits of other scripts, leading zeros and anything else are no type: nothing is guessed.

>>> [licence_type(text) for text in ("031", "0P", "٣", "P", "E1", "")]
[None, None, None, None, None, None]
"""

import re
from dataclasses import dataclass
from typing import NewType, Self

CaratId = NewType("CaratId", str)
"""Eight upper-case hex digits, not all zero: the id of one dongle."""

UserInformation = NewType("UserInformation", str)
"""Eight upper-case hex digits that the customer's software derives from its owner's data."""

POINTS = re.compile(r"([1-9][0-9]{0,5})[Pp]?")
SIXTEEN_HEX_DIGITS = re.compile(r"[0-9A-Fa-f]{16}")
NO_DIGITS = "00000000"


@dataclass(frozen=True, slots=True)
class LicenceNumber:
    """The 16 hex digits that the customer's software shows."""

    carat_id: CaratId
    user_information: UserInformation

    @classmethod
    def of(cls, text: str) -> Self:
        """Read 16 hex digits. Raises ValueError for anything else."""
        if not SIXTEEN_HEX_DIGITS.fullmatch(text):
            raise ValueError("a licence number has 16 hex digits")
        upper = text.upper()
        return cls(CaratId(upper[:8]), UserInformation(upper[8:]))

    def __str__(self) -> str:
        return self.carat_id + self.user_information


@dataclass(frozen=True, slots=True)
class Points:
    """A quantity of points, written `5P`."""

    quantity: int

    def __str__(self) -> str:
        return f"{self.quantity}P"


@dataclass(frozen=True, slots=True)
class EProtocol:
    """The E protocol extension, written `E`."""

    def __str__(self) -> str:
        return "E"


type LicenceType = Points | EProtocol


def licence_type(text: str) -> LicenceType | None:
    """Read `31`, `31P` or `E` in any letter case; None for anything else."""
    if text in {"E", "e"}:
        return EProtocol()
    points = POINTS.fullmatch(text)
    return Points(int(points[1])) if points else None
