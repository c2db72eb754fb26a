"""What people type, and the first rule that it breaks."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from freischalt.domain.answer import AnswerCode
from freischalt.domain.licence import EProtocol, LicenceNumber, LicenceType, Points
from freischalt.domain.sms_grammar import (
    Command,
    Confirm,
    Fetch,
    Help,
    NotUnderstood,
    PlaceOrder,
    Stop,
    normal,
    read,
)

SOLD = frozenset({1, 3, 5, 31})
HEX = "1234567890ABCDEF"
NUMBER = LicenceNumber.of(HEX)


def fetch(asked: LicenceType) -> Command:
    return Fetch(asked, NUMBER)


def order(asked: LicenceType) -> Command:
    return PlaceOrder(asked, NUMBER)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (f"cl.31.{HEX}", fetch(Points(31))),
        (f"CL.31P.{HEX}", fetch(Points(31))),
        (f"cl.31p.{HEX.lower()}", fetch(Points(31))),
        (f"Cl.e.{HEX}", fetch(EProtocol())),
        (f"  cl . 31 . {HEX}\n", fetch(Points(31))),
        (f"cl\u00a0.\t31.{HEX}", fetch(Points(31))),
        (f"Ich bestelle verbindlich 5P {HEX}", order(Points(5))),
        (f"ICH BESTELLE VERBINDLICH 5 {HEX}", order(Points(5))),
        (f"ich   bestelle\nverbindlich  e   {HEX} ", order(EProtocol())),
        (f"Ich bestelle verbindlich 5P für {HEX}", order(Points(5))),
        (f"Ich bestelle verbindlich 5P FÜR {HEX}", order(Points(5))),
        (f"Ich bestelle verbindlich 5P fu\u0308r {HEX}", order(Points(5))),
        (f"Ich bestelle verbindlich 5P fuer {HEX}", order(Points(5))),
        (f"Ich.bestelle.verbindlich.5P.{HEX}", order(Points(5))),
        (f"Ich bestelle verbindlich. 5P .{HEX}", order(Points(5))),
        ("STOPP", Stop()),
        (" stop ", Stop()),
        ("Hilfe", Help()),
        ("JA 4711", Confirm("4711")),
        ("ja   0042 ", Confirm("0042")),
    ],
)
def test_understood(text: str, command: Command) -> None:
    assert read(text, SOLD) == command


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", AnswerCode.UNKNOWN_COMMAND),
        ("Hallo", AnswerCode.UNKNOWN_COMMAND),
        (f"cl31.{HEX}", AnswerCode.UNKNOWN_COMMAND),
        (f"c1.31.{HEX}", AnswerCode.UNKNOWN_COMMAND),
        (f"Ich bestelle 5P {HEX}", AnswerCode.UNKNOWN_COMMAND),
        ("STOPP bitte", AnswerCode.UNKNOWN_COMMAND),
        ("JA", AnswerCode.UNKNOWN_COMMAND),
        ("JA 47", AnswerCode.UNKNOWN_COMMAND),
        ("JA 4٧11", AnswerCode.UNKNOWN_COMMAND),
        ("cl", AnswerCode.WRONG_PARAMETER_COUNT),
        ("cl.", AnswerCode.WRONG_PARAMETER_COUNT),
        ("cl.31", AnswerCode.WRONG_PARAMETER_COUNT),
        (f"cl 31 {HEX}", AnswerCode.WRONG_PARAMETER_COUNT),
        (f"cl 31.{HEX}", AnswerCode.WRONG_PARAMETER_COUNT),
        (f"cl.31 {HEX}", AnswerCode.WRONG_PARAMETER_COUNT),
        (f"cl..{HEX}", AnswerCode.WRONG_PARAMETER_COUNT),
        (f"cl.31.{HEX}.", AnswerCode.WRONG_PARAMETER_COUNT),
        (f"cl.31.{HEX} danke", AnswerCode.WRONG_PARAMETER_COUNT),
        ("cl.31.1234 5678 90AB CDEF", AnswerCode.WRONG_PARAMETER_COUNT),
        ("Ich bestelle verbindlich", AnswerCode.WRONG_PARAMETER_COUNT),
        (f"Ich bestelle verbindlich {HEX}", AnswerCode.WRONG_PARAMETER_COUNT),
        (f"Ich bestelle verbindlich 5 P {HEX}", AnswerCode.WRONG_PARAMETER_COUNT),
        (f"Ich bestelle verbindlich für 5P {HEX}", AnswerCode.WRONG_PARAMETER_COUNT),
        (f"cl.2.{HEX}", AnswerCode.UNKNOWN_LICENCE_TYPE),
        (f"cl.031.{HEX}", AnswerCode.UNKNOWN_LICENCE_TYPE),
        (f"cl.0P.{HEX}", AnswerCode.UNKNOWN_LICENCE_TYPE),
        (f"cl.-1.{HEX}", AnswerCode.UNKNOWN_LICENCE_TYPE),
        (f"cl.٣١.{HEX}", AnswerCode.UNKNOWN_LICENCE_TYPE),
        (f"cl.３１.{HEX}", AnswerCode.UNKNOWN_LICENCE_TYPE),
        (f"cl.{'9' * 1500}.{HEX}", AnswerCode.UNKNOWN_LICENCE_TYPE),
        ("cl.2.kurz", AnswerCode.UNKNOWN_LICENCE_TYPE),
        ("cl.31.123", AnswerCode.LICENCE_NUMBER_LENGTH),
        ("cl.31.1234-5678-90AB-CDEF", AnswerCode.LICENCE_NUMBER_LENGTH),
        ("cl.31." + "İ" * 15, AnswerCode.LICENCE_NUMBER_LENGTH),
        ("cl.31." + "İ" * 16, AnswerCode.INVALID_PARAMETER),
        ("cl.31." + "١" * 16, AnswerCode.INVALID_PARAMETER),
        ("cl.31.1234567890ABCDEO", AnswerCode.INVALID_PARAMETER),
        ("cl.31.0000000090ABCDEF", AnswerCode.INVALID_PARAMETER),
        ("cl.31.0000000000000000", AnswerCode.INVALID_PARAMETER),
        ("cl.31.1234567800000000", AnswerCode.INVALID_USER_INFORMATION),
    ],
)
def test_the_first_rule_that_is_broken(text: str, why: AnswerCode) -> None:
    assert read(text, SOLD) == NotUnderstood(why)


@given(st.text(max_size=1600))
@example("\ud800")
@example("cl." * 500)
def test_any_text_is_read(text: str) -> None:
    command = read(text, SOLD)

    assert isinstance(command, Fetch | PlaceOrder | Confirm | Help | NotUnderstood | Stop)


near_misses = st.lists(
    st.sampled_from(["cl", ".", " ", "ich", "bestelle", "verbindlich", "5P", "für", "E", HEX, "0"]),
    max_size=12,
).map("".join)


@given(near_misses)
def test_whatever_is_understood_is_understood_in_any_case_and_with_more_space(text: str) -> None:
    command = read(text, SOLD)

    assert read(f"  {text.upper()}\n", SOLD) == command
    assert normal(f" {text.upper()} ") == normal(text)
