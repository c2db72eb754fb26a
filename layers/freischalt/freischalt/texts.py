"""Every sentence that a customer can read by SMS, to the letter of the source document.

All of it is GSM 03.38, and every text with its longest parameters fits one segment of 160
characters: a test proves both for each code.
"""

from datetime import date

from freischalt.domain.answer import Answer, AnswerCode

SENTENCES: dict[AnswerCode, str] = {
    AnswerCode.CODE: 'OK: Ihr Freischalt-Code lautet "{secret}"',
    AnswerCode.ORDERED: "OK: Bestellung {order_number}, {type}. Code mit cl.{type}.{number}",
    AnswerCode.CONFIRM: "Bestellung bestätigen mit: JA {secret}",
    AnswerCode.HELP: (
        "Abruf: cl.5P.1234567890ABCDEF Bestellung: Ich bestelle verbindlich 5P 1234567890ABCDEF "
        "(Typ 1P, 3P, 5P usw. oder E, Nummer 16-stellig) Abmelden: STOPP"
    ),
    AnswerCode.PHONE_NOT_REGISTERED: (
        "Ihre Rufnummer ist nicht für den automatisierten Abruf registriert"
    ),
    AnswerCode.UNKNOWN_COMMAND: "Der angegebene Befehl ist nicht korrekt",
    AnswerCode.WRONG_PARAMETER_COUNT: "Falsche Anzahl an Parametern",
    AnswerCode.UNKNOWN_LICENCE_TYPE: "Lizenz-Typ nicht korrekt",
    AnswerCode.LICENCE_NUMBER_LENGTH: "Lizenz-Nummer muss 16-stellig sein",
    AnswerCode.INVALID_PARAMETER: "Parameter nicht korrekt",
    AnswerCode.INVALID_USER_INFORMATION: "Benutzer-Information nicht korrekt",
    AnswerCode.NOT_RELEASED: "Carat-ID wurde noch nicht freigegeben",
    AnswerCode.LOCKED: "Lizenz gesperrt bis {locked_until}",
    AnswerCode.USER_INFORMATION_CHANGED: "Benutzer-Information wurde geändert",
    AnswerCode.POINTS_NOT_RELEASED: "{type} nicht freigegeben",
    AnswerCode.E_NOT_RELEASED: "E-Protokoll nicht freigegeben",
    AnswerCode.USER_INFORMATION_MISMATCH: "Benutzer-Information stimmt nicht überein",
    AnswerCode.ALREADY_RELEASED: "Bestellung nicht möglich, Menge bereits freigegeben",
    AnswerCode.UNAVAILABLE: "Dieser Dienst ist momentan leider nicht erreichbar",
    AnswerCode.ORDER_TOO_OLD: (
        "Ihre Bestellung ist älter als 24 Stunden und wurde nicht ausgeführt. "
        "Bitte neu bestellen: Ich bestelle verbindlich {type} {number}"
    ),
    AnswerCode.NOTHING_TO_CONFIRM: "Keine Bestellung zu bestätigen. Bitte neu bestellen",
    AnswerCode.WRONG_CONFIRMATION: "Bestätigung nicht korrekt. Bestellung wurde nicht ausgeführt",
}

ORDER_INSTRUCTION = ". Bestellen mit: Ich bestelle verbindlich {type} {number}"

AN_ORDER_HELPS = frozenset(
    {
        AnswerCode.NOT_RELEASED,
        AnswerCode.USER_INFORMATION_CHANGED,
        AnswerCode.POINTS_NOT_RELEASED,
        AnswerCode.E_NOT_RELEASED,
    }
)

UNTIL_REVOKED = "auf Widerruf"


def text_of(answer: Answer, *, secret: str = "") -> str:
    """The sentence for `answer`; `secret` is the code that CODE and CONFIRM show."""
    sentence = SENTENCES[answer.code]
    if answer.code in AN_ORDER_HELPS:
        sentence += ORDER_INSTRUCTION
    return sentence.format(
        secret=secret,
        type=answer.type,
        number=answer.number,
        order_number=answer.order_number,
        locked_until=german(answer.locked_until),
    )


def german(day: date | None) -> str:
    """A day as Germans write it, or the words for a hold without an end.

    >>> german(date(2026, 12, 31)), german(None)
    ('31.12.2026', 'auf Widerruf')
    """
    return f"{day:%d.%m.%Y}" if day else UNTIL_REVOKED
