"""The words that customers send, and how they are read.

    fetch  = "cl" "." type "." number
    order  = "Ich bestelle verbindlich" type ["für" | "fuer"] number    spaces or dots between
    stop   = "STOPP" | "STOP"
    help   = "HILFE"
    yes    = "JA" four digits

>>> sold = frozenset({1, 3, 5, 31})
>>> read("cl.31.1234567890abcdef", sold)                        # doctest: +ELLIPSIS
Fetch(type=Points(quantity=31), number=LicenceNumber(carat_id='12345678', ...))
>>> read("  ich  bestelle VERBINDLICH e für 1234567890ABCDEF ", sold).type
EProtocol()
>>> read("Ich bestelle verbindlich.5P.1234567890ABCDEF", sold).type
Points(quantity=5)
>>> read("stopp", sold), read("Hilfe", sold), read("ja 4711", sold)
(Stop(), Help(), Confirm(digits='4711'))

Anything else is refused by the first rule it breaks; nothing is guessed.

>>> [read(text, sold).why.name for text in ("hallo", "cl.31", "cl 31 1234567890ABCDEF")]
['UNKNOWN_COMMAND', 'WRONG_PARAMETER_COUNT', 'WRONG_PARAMETER_COUNT']
>>> [read(f"cl.{type}.1234567890ABCDEF", sold).why.name for type in ("2", "031", "X")]
['UNKNOWN_LICENCE_TYPE', 'UNKNOWN_LICENCE_TYPE', 'UNKNOWN_LICENCE_TYPE']
>>> read("cl.31.1234-5678-90AB-CDEF", sold).why.name
'LICENCE_NUMBER_LENGTH'
>>> [read(f"cl.31.{number}", sold).why.name for number in ("1234567890ABCDEX", "0" * 16)]
['INVALID_PARAMETER', 'INVALID_PARAMETER']
>>> read("cl.31.1234567800000000", sold).why.name
'INVALID_USER_INFORMATION'
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from freischalt.domain.answer import AnswerCode
from freischalt.domain.licence import (
    NO_DIGITS,
    SIXTEEN_HEX_DIGITS,
    LicenceNumber,
    LicenceType,
    Points,
    licence_type,
)

ORDER_WORDS = ("ich", "bestelle", "verbindlich")
FOR = {"für", "fuer"}
DOT_OR_SPACE = re.compile(r"\s*\.\s*|\s+")
CONFIRMATION = re.compile(r"ja\s+([0-9]{4})")
NUMBER_LENGTH = 16
TYPE_AND_NUMBER = 2


@dataclass(frozen=True, slots=True)
class Fetch:
    """Hand me the unlock code."""

    type: LicenceType
    number: LicenceNumber


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """I order, bindingly."""

    type: LicenceType
    number: LicenceNumber


@dataclass(frozen=True, slots=True)
class Confirm:
    """I confirm the order that I was asked about."""

    digits: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Never write to me again."""


@dataclass(frozen=True, slots=True)
class Help:
    """Tell me what I can write."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """The first rule of the table that the text breaks (rows 2 to 7)."""

    why: AnswerCode


type Question = Fetch | PlaceOrder | Confirm | Help | NotUnderstood
"""What is answered."""

type Command = Question | Stop


def normal(text: str) -> str:
    """Strip the text of what does not matter: letter case, and space around and between words.

    Two texts with the same normal form are the same text.

    >>> normal("  Ich  Bestelle ")
    'ich bestelle'
    """
    return _one_space(text).lower()


def read(text: str, sold: Collection[int]) -> Command:
    """Read one SMS. `sold` are the point quantities of the catalogue."""
    plain = _one_space(text)
    words = DOT_OR_SPACE.split(plain)
    if plain.lower() in {"stopp", "stop"}:
        return Stop()
    if plain.lower() == "hilfe":
        return Help()
    if confirmation := CONFIRMATION.fullmatch(plain.lower()):
        return Confirm(confirmation[1])
    if words[0].lower() == "cl":
        return _read(Fetch, _fetch_parameters(plain), sold)
    if tuple(word.lower() for word in words[:3]) == ORDER_WORDS:
        return _read(PlaceOrder, _order_parameters(words[3:]), sold)
    return NotUnderstood(AnswerCode.UNKNOWN_COMMAND)


def _one_space(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _fetch_parameters(plain: str) -> list[str]:
    """What stands between the dots, none if "cl" itself lacks its dot."""
    command, *parts = plain.split(".")
    return [part.strip() for part in parts] if command.rstrip().lower() == "cl" else []


def _order_parameters(words: list[str]) -> list[str]:
    if len(words) == TYPE_AND_NUMBER + 1 and words[1].lower() in FOR:
        return [words[0], words[2]]
    return words


def _read(
    command: type[Fetch | PlaceOrder], parameters: list[str], sold: Collection[int]
) -> Fetch | PlaceOrder | NotUnderstood:
    if len(parameters) != TYPE_AND_NUMBER or any(len(one.split()) != 1 for one in parameters):
        return NotUnderstood(AnswerCode.WRONG_PARAMETER_COUNT)
    asked, number = licence_type(parameters[0]), parameters[1]
    if asked is None or (isinstance(asked, Points) and asked.quantity not in sold):
        return NotUnderstood(AnswerCode.UNKNOWN_LICENCE_TYPE)
    if len(number) != NUMBER_LENGTH:
        return NotUnderstood(AnswerCode.LICENCE_NUMBER_LENGTH)
    if not SIXTEEN_HEX_DIGITS.fullmatch(number) or number.startswith(NO_DIGITS):
        return NotUnderstood(AnswerCode.INVALID_PARAMETER)
    if number.endswith(NO_DIGITS):
        return NotUnderstood(AnswerCode.INVALID_USER_INFORMATION)
    return command(asked, LicenceNumber.of(number))
