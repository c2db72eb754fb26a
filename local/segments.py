"""How many segments a text takes, by GSM 03.38 and 23.040.

A text of the GSM alphabet is sent in 7-bit units: 160 alone, 153 a part once it is split. Its ten
extension characters take two units. One character outside that alphabet drops the whole text to
UTF-16 units: 70 alone, 67 a part. A part never ends between the two units of one character. An
empty text has no segment.

>>> count("HILFE")
Segments(encoding='GSM-7', units=5, segments=1)
>>> count("5 €")
Segments(encoding='GSM-7', units=4, segments=1)
>>> count("„OK“")
Segments(encoding='UCS-2', units=4, segments=1)
>>> count("x" * 161).segments
2
>>> count("x" * 152 + "€" + "x" * 152)  # 306 units, but the euro sign does not fit part one
Segments(encoding='GSM-7', units=306, segments=3)

`phone_page/segments.js` says the same to the page; the browser test holds them together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Segments:
    """Units are septets (GSM-7) or 16-bit words (UCS-2)."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int


def count(text: str) -> Segments:
    """Count a text as it would be sent. Any text at all, lone surrogates included."""
    if all(char in BASIC or char in EXTENSION for char in text):
        widths = [2 if char in EXTENSION else 1 for char in text]
        return Segments("GSM-7", sum(widths), _parts(widths, alone=160, part=153))
    widths = [2 if ord(char) > 0xFFFF else 1 for char in text]  # noqa: PLR2004, the end of the BMP
    return Segments("UCS-2", sum(widths), _parts(widths, alone=70, part=67))


def _parts(widths: Iterable[int], *, alone: int, part: int) -> int:
    widths = list(widths)
    if sum(widths) <= alone:
        return min(1, len(widths))
    parts, room = 1, part
    for width in widths:
        if width > room:
            parts, room = parts + 1, part
        room -= width
    return parts
