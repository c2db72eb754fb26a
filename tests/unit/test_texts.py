"""Every sentence fits one segment in GSM 03.38, with the longest things that can stand in it."""

from datetime import date
from string import Formatter

import gsm0338
import pytest

from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.ids import OrderNumber
from freischalt.domain.licence import LicenceNumber, Points
from freischalt.texts import AN_ORDER_HELPS, SENTENCES, text_of
from local.segments import count

LONGEST = Answer(
    code=AnswerCode.HELP,
    type=Points(999_999),
    number=LicenceNumber.of("F" * 16),
    order_number=OrderNumber("2026-123456789"),
    locked_until=date(2026, 12, 31),
)


def longest(code: AnswerCode) -> str:
    answer = Answer(
        code=code,
        type=LONGEST.type,
        number=LONGEST.number,
        order_number=LONGEST.order_number,
        locked_until=LONGEST.locked_until,
    )
    return text_of(answer, secret="FFFF-FFFF-FFFF-FFFF")


def test_every_answer_has_a_sentence() -> None:
    assert set(SENTENCES) == set(AnswerCode)


@pytest.mark.parametrize("code", AnswerCode)
def test_every_sentence_fits_one_segment(code: AnswerCode) -> None:
    text = longest(code)

    assert gsm0338.Codec().decode(gsm0338.Codec().encode(text)[0])[0] == text
    segments = count(text)
    assert (segments.encoding, segments.segments) == ("GSM-7", 1)
    assert segments.units <= 160


@pytest.mark.parametrize("code", AnswerCode)
def test_no_sentence_shows_what_it_was_not_given(code: AnswerCode) -> None:
    assert "None" not in longest(code)


@pytest.mark.parametrize("code", AnswerCode)
def test_no_sentence_asks_for_what_an_answer_does_not_hold(code: AnswerCode) -> None:
    fields = {field for _, field, _, _ in Formatter().parse(SENTENCES[code]) if field}

    assert fields <= {"secret", "type", "number", "order_number", "locked_until"}


def test_the_fourteen_of_the_source_document() -> None:
    said = {SENTENCES[code].format(type="5P") for code in AnswerCode if "{" not in SENTENCES[code]}
    said.add(SENTENCES[AnswerCode.POINTS_NOT_RELEASED].format(type="5P"))

    assert said >= {
        "Ihre Rufnummer ist nicht für den automatisierten Abruf registriert",
        "Der angegebene Befehl ist nicht korrekt",
        "Falsche Anzahl an Parametern",
        "Lizenz-Typ nicht korrekt",
        "Lizenz-Nummer muss 16-stellig sein",
        "Parameter nicht korrekt",
        "Benutzer-Information nicht korrekt",
        "Carat-ID wurde noch nicht freigegeben",
        "Benutzer-Information wurde geändert",
        "5P nicht freigegeben",
        "E-Protokoll nicht freigegeben",
        "Benutzer-Information stimmt nicht überein",
        "Bestellung nicht möglich, Menge bereits freigegeben",
        "Dieser Dienst ist momentan leider nicht erreichbar",
    }


@pytest.mark.parametrize("code", sorted(AN_ORDER_HELPS))
def test_rows_8_to_11_say_how_to_order(code: AnswerCode) -> None:
    assert longest(code).endswith(
        ". Bestellen mit: Ich bestelle verbindlich 999999P FFFFFFFFFFFFFFFF"
    )
