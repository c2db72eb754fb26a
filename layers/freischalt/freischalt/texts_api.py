"""Every sentence that a client can read over HTTP, German and English."""

from collections.abc import Mapping
from datetime import date

from freischalt.domain.answer import AnswerCode
from freischalt.domain.password import PasswordRule
from freischalt.domain.refusal import FieldRule, RefusalCode
from freischalt.domain.user import Language
from freischalt.domain.validation import Verdict

REFUSALS: dict[RefusalCode, tuple[str, str]] = {
    RefusalCode.VALIDATION_FAILED: (
        "Die Anfrage enthält ungültige Felder.",
        "The request has fields that are not valid.",
    ),
    RefusalCode.MALFORMED_REQUEST: (
        "Die Anfrage ist nicht lesbar.",
        "The request cannot be read.",
    ),
    RefusalCode.BODY_TOO_LARGE: (
        "Die Anfrage ist größer als 64 KiB.",
        "The request is larger than 64 KiB.",
    ),
    RefusalCode.NOT_JSON: (
        "Die Anfrage muss application/json sein.",
        "The request must be application/json.",
    ),
    RefusalCode.NO_SUCH_ROUTE: ("Diese Adresse gibt es nicht.", "There is no such address."),
    RefusalCode.METHOD_NOT_ALLOWED: (
        "Diese Methode gibt es hier nicht.",
        "There is no such method here.",
    ),
    RefusalCode.IDEMPOTENCY_KEY_REUSED: (
        "Dieser Idempotency-Key gehört zu einer anderen Anfrage.",
        "This Idempotency-Key belongs to another request.",
    ),
    RefusalCode.INTERNAL: (
        "Interner Fehler. Bitte versuchen Sie es erneut.",
        "Internal error. Please try again.",
    ),
    RefusalCode.BUSY: (
        "Zu viele gleichzeitige Änderungen. Bitte versuchen Sie es erneut.",
        "Too many changes at once. Please try again.",
    ),
    RefusalCode.USER_NAME_TAKEN: (
        "Dieser Benutzername ist vergeben.",
        "This user name is taken.",
    ),
    RefusalCode.DOCUMENTS_NOT_ACCEPTED: (
        "Bitte akzeptieren Sie zuerst die genannten Dokumente in ihrer aktuellen Fassung.",
        "Please accept the documents named here first, in their current version.",
    ),
    RefusalCode.DOCUMENT_VERSION_UNKNOWN: (
        "Das ist nicht die aktuelle Fassung des Dokuments.",
        "This is not the current version of the document.",
    ),
    RefusalCode.LINK_NOT_VALID: (
        "Dieser Link ist ungültig, abgelaufen oder schon benutzt.",
        "This link is not valid, has expired or was used already.",
    ),
    RefusalCode.WRONG_CREDENTIALS: (
        (
            "Die Angaben sind nicht korrekt. Nach einer Registrierung muss zuerst der Link in der "
            "E-Mail geöffnet werden."
        ),
        (
            "The credentials are not correct. After a registration the link in the e-mail has to "
            "be opened first."
        ),
    ),
    RefusalCode.SIGN_IN_LOCKED: (
        "Nach 5 fehlgeschlagenen Versuchen ist die Anmeldung für 15 Minuten gesperrt.",
        "After 5 failed attempts signing in is locked for 15 minutes.",
    ),
    RefusalCode.PASSWORD_RULES: (
        "Das neue Passwort erfüllt die Passwortrichtlinie nicht.",
        "The new password breaks the password policy.",
    ),
    RefusalCode.PASSWORD_CHANGE_REQUIRED: (
        "Bitte ändern Sie zuerst Ihr Passwort (PUT /password).",
        "Please change your password first (PUT /password).",
    ),
    RefusalCode.NOT_FOR_MACHINES: (
        "Das ist nur für angemeldete Benutzer möglich, nicht mit einem API-Schlüssel.",
        "This is for signed-in users only, not for API keys.",
    ),
    RefusalCode.NO_ACCOUNT: ("Das Kundenkonto gibt es nicht.", "There is no such account."),
    RefusalCode.NOT_FOUND: ("Nicht gefunden.", "Not found."),
    RefusalCode.CHANGED_MEANWHILE: (
        "Der Datensatz wurde inzwischen geändert. Bitte neu lesen.",
        "It was changed meanwhile. Please read it again.",
    ),
    RefusalCode.PRECONDITION_REQUIRED: (
        "Bitte senden Sie das gelesene ETag als If-Match.",
        "Please send the ETag that you read as If-Match.",
    ),
    RefusalCode.PHONE_TAKEN: (
        "Diese Rufnummer ist für ein anderes Kundenkonto registriert.",
        "This phone number is registered to another account.",
    ),
    RefusalCode.PHONE_NOT_MOBILE: (
        "Das ist keine Mobilfunknummer.",
        "This is no mobile number.",
    ),
    RefusalCode.PHONE_CODE_WRONG: (
        "Der Code ist nicht korrekt oder abgelaufen.",
        "The code is not correct or has expired.",
    ),
    RefusalCode.TOO_MANY_PHONES: (
        "Mehr Rufnummern sind nicht möglich.",
        "No more phone numbers are possible.",
    ),
    RefusalCode.TOO_MANY_USERS: (
        "Mehr Benutzer sind nicht möglich.",
        "No more users are possible.",
    ),
    RefusalCode.TOO_MANY_API_KEYS: (
        "Mehr API-Schlüssel sind nicht möglich.",
        "No more API keys are possible.",
    ),
    RefusalCode.TOO_MANY_LOCKS: (
        "Mehr gleichzeitige Sperrungen sind nicht möglich.",
        "No more locks at once are possible.",
    ),
    RefusalCode.LOCK_OVER: (
        "Diese Sperrung ist schon aufgehoben oder beendet.",
        "This lock was lifted or has ended already.",
    ),
    RefusalCode.LOCK_END_IN_THE_PAST: (
        "Das geplante Ende einer Sperrung liegt in der Zukunft.",
        "The planned end of a lock is in the future.",
    ),
    RefusalCode.OPEN_OBLIGATIONS: (
        "Das Kundenkonto hat noch offene Verpflichtungen.",
        "The account still has open obligations.",
    ),
    RefusalCode.ORDER_NOT_TO_BE_PAID: (
        "Diese Bestellung ist nicht (mehr) zu bezahlen.",
        "This order is not to be paid (any more).",
    ),
    RefusalCode.PAYMENT_UNDER_WAY: (
        "Ihre Zahlung ist unterwegs. Bitte zahlen Sie nicht noch einmal.",
        "Your payment is under way. Please do not pay again.",
    ),
    RefusalCode.TOO_LITTLE_FOR_A_PAGE: (
        (
            "Beträge unter 0,50 € können nicht online bezahlt werden. Bitte überweisen Sie den "
            "Betrag mit der Bestellnummer als Verwendungszweck."
        ),
        (
            "Amounts below €0.50 cannot be paid online. Please pay by bank transfer, with the "
            "order's number as its reference."
        ),
    ),
    RefusalCode.PAYMENT_PAGE_UNAVAILABLE: (
        (
            "Die Zahlungsseite ist gerade nicht erreichbar. Bitte versuchen Sie es erneut oder "
            "überweisen Sie den Betrag."
        ),
        ("The payment page cannot be reached just now. Please try again, or pay by bank transfer."),
    ),
    RefusalCode.PAYMENT_REFERENCE_USED: (
        "Unter dieser Referenz ist schon eine andere Zahlung verbucht.",
        "Another payment is recorded under this reference already.",
    ),
    RefusalCode.PAYMENT_SETTLED: (
        "Diese Zahlung ist nicht (mehr) zu klären.",
        "This payment is not to be settled (any more).",
    ),
    RefusalCode.WITHDRAWAL_DOES_NOT_FIT: (
        "Diese Bestellung ist beendet, verbraucht, oder sie kostet weniger, als einbehalten wird.",
        "This order is over or used up, or it costs less than what is to be withheld.",
    ),
    RefusalCode.PAYMENT_DOES_NOT_FIT: (
        "Diese Zahlung passt nicht zu dieser Bestellung oder Rechnung.",
        "This payment does not fit this order or invoice.",
    ),
    RefusalCode.VAT_ID_MALFORMED: (
        "Das ist keine USt-IdNr. des angegebenen Landes.",
        "This is no VAT ID of the country given.",
    ),
    RefusalCode.NOT_LATIN: (
        (
            "Für die Prüfung der USt-IdNr. werden Name und Anschrift in lateinischen Buchstaben "
            "ohne Umlaute gebraucht. Bitte bestätigen oder berichtigen Sie den Vorschlag."
        ),
        (
            "Checking the VAT ID takes name and address in Latin letters without umlauts. "
            "Please confirm or correct what is suggested."
        ),
    ),
    RefusalCode.VAT_NOT_CHECKED: (
        "Für dieses Kundenkonto gibt es keine USt-IdNr. zu prüfen.",
        "For this account there is no VAT ID to be checked.",
    ),
    RefusalCode.COMPANY_STAYS_ONE: (
        "Ein Unternehmen kann nur unser Service in ein Privatkonto umwandeln.",
        "Only our service can turn a company into a private customer.",
    ),
    RefusalCode.VAT_ID_MISSING: (
        "Unternehmen in der EU kaufen mit USt-IdNr. Bitte tragen Sie Ihre ein.",
        "Companies in the EU buy with a VAT ID. Please enter yours.",
    ),
    RefusalCode.VAT_ID_INVALID: (
        "Die Prüfung hat ergeben: Die USt-IdNr. ist ungültig.",
        "The check has found: the VAT ID is not valid.",
    ),
    RefusalCode.VAT_DATA_DIFFERS: (
        "Name oder Anschrift stimmen nicht mit dem überein, was zu der USt-IdNr. eingetragen ist.",
        "Name or address differ from what is registered with the VAT ID.",
    ),
    RefusalCode.VAT_CHECK_RUNNING: (
        "Die USt-IdNr. wird gerade geprüft. Bitte versuchen Sie es gleich noch einmal.",
        "The VAT ID is being checked. Please try again in a moment.",
    ),
    RefusalCode.VAT_CHECK_PENDING: (
        (
            "Die USt-IdNr. konnte noch nicht geprüft werden: Der Prüfdienst antwortet zurzeit "
            "nicht. Wir versuchen es weiter."
        ),
        (
            "The VAT ID could not be checked yet: the service does not answer at the moment. "
            "We keep trying."
        ),
    ),
    RefusalCode.VAT_CHECK_GIVEN_UP: (
        "Die USt-IdNr. konnte 14 Tage lang nicht geprüft werden. Bitte wenden Sie sich an uns.",
        "For 14 days the VAT ID could not be checked. Please turn to us.",
    ),
    RefusalCode.REPAIR_NOT_OFFERED: (
        "Zu diesem Reparaturauftrag gibt es noch kein Angebot.",
        "There is no offer for this repair order yet.",
    ),
    RefusalCode.REPAIR_ANSWERED: (
        "Das Angebot ist bereits angenommen oder abgelehnt.",
        "The offer has been accepted or declined already.",
    ),
    RefusalCode.REPAIR_OFFER_EXPIRED: (
        "Das Angebot ist abgelaufen. Bitte lassen Sie sich ein neues machen.",
        "The offer has expired. Please ask us for another one.",
    ),
    RefusalCode.REPAIR_NOT_ACCEPTED: (
        "Das Angebot zu diesem Reparaturauftrag ist nicht angenommen.",
        "The offer for this repair order has not been accepted.",
    ),
    RefusalCode.MONITORING_NOT_SOLD: (
        ("Wir bieten diesen Dienst Unternehmen an, und Verbrauchern mit Anschrift in Deutschland."),
        "We offer this service to companies, and to consumers with an address in Germany.",
    ),
    RefusalCode.TOO_MANY_PLANTS: (
        "Mehr Anlagen sind nicht möglich.",
        "No more plants are possible.",
    ),
    RefusalCode.TOO_MANY_GUESTS: (
        "Mehr Gäste sind nicht möglich.",
        "No more guests are possible.",
    ),
    RefusalCode.TOO_MANY_LISTS: (
        "Mehr Wechselrichterlisten gleichzeitig sind nicht möglich.",
        "No more lists of inverters at once are possible.",
    ),
    RefusalCode.TOO_MANY_REPAIRS: (
        "Bitte warten Sie erst auf ein Angebot zu Ihren bisherigen Aufträgen.",
        "Please wait for an offer for one of your earlier repair orders first.",
    ),
    RefusalCode.PLANT_ENDED: (
        "Die Lizenz dieser Anlage ist beendet; sie lässt sich nicht mehr ändern.",
        "The licence of this plant has ended; it cannot be changed any more.",
    ),
    RefusalCode.PLANT_HAS_OPEN_ORDER: (
        "Für diese Anlage gibt es eine Bestellung, die noch nicht bezahlt ist.",
        "For this plant there is an order that is not paid yet.",
    ),
    RefusalCode.ENDING_NOT_CONFIRMED: (
        (
            "Die Lizenz dieser Anlage ist für weitere Tage bezahlt. Wenn sie jetzt enden soll, "
            "senden Sie confirm=true: Der Restwert wird nicht erstattet."
        ),
        (
            "The licence of this plant is paid for some more days. To end it now, send "
            "confirm=true: what is left of it is not paid back."
        ),
    ),
    RefusalCode.ERASING_NOT_CONFIRMED: (
        (
            "Für eine Ihrer Anlagen gibt es noch ein Guthaben. Wenn das Kundenkonto trotzdem "
            "gelöscht werden soll, senden Sie confirm=true: Das Guthaben verfällt."
        ),
        (
            "One of your plants still has credit. To erase the account all the same, send "
            "confirm=true: the credit is given up."
        ),
    ),
    RefusalCode.ACTIVATION_WRONG: (
        "Seriennummer und Aktivierungscode passen nicht zusammen.",
        "Serial number and activation code do not match.",
    ),
    RefusalCode.ACTIVATION_USED: (
        "Dieser Aktivierungscode ist schon benutzt. Bitte wenden Sie sich an uns.",
        "This activation code was used already. Please turn to us.",
    ),
    RefusalCode.INVERTER_IN_USE: (
        "Dieser Wechselrichter gehört noch zu einer Anlage.",
        "This inverter still belongs to a plant.",
    ),
    RefusalCode.GROWTH_NOT_ACCEPTED: (
        (
            "Die Anlage hätte dann mehr Leistung, als lizenziert oder bestellt ist: Jede Lizenz, "
            "die das nicht deckt, endet sofort, eine bestellte mit ihrer Bezahlung; der Restwert "
            "wird auf eine neue angerechnet. endsOn ist der erste Tag ohne Nutzungsrecht. Senden "
            "Sie acceptGrowth=true, wenn Sie das möchten."
        ),
        (
            "The plant would have more power than is licensed or ordered: each licence that does "
            "not cover it ends at once, an ordered one as soon as it is paid, and what is left is "
            "credited on a new one. endsOn is the first day without the right to use. Send "
            "acceptGrowth=true if you want that."
        ),
    ),
    RefusalCode.ACCOUNT_LOCKED: (
        "Das Kundenkonto ist gesperrt; bestellen ist nicht möglich.",
        "The account is locked; ordering is not possible.",
    ),
    RefusalCode.ADDRESS_MISSING: (
        "Für die Rechnung fehlen Name und Anschrift. Bitte tragen Sie sie im Kundenkonto ein.",
        "The invoice takes a name and an address. Please enter them in your account.",
    ),
    RefusalCode.NO_INVERTERS: (
        "Diese Anlage hat noch keinen Wechselrichter: Ihr Preis steht noch nicht fest.",
        "This plant has no inverter yet: its price is not known.",
    ),
    RefusalCode.NOT_YET_RENEWABLE: (
        "Diese Lizenz kann erst ab 40 Tage vor ihrem Ende erneuert werden.",
        "This licence can be renewed from 40 days before its end on.",
    ),
    RefusalCode.ORDER_OPEN: (
        "Für diese Anlage ist noch eine Bestellung offen.",
        "For this plant there is an order that is still open.",
    ),
    RefusalCode.PRICE_CHANGED: (
        "Der Gesamtpreis hat sich geändert. Bitte prüfen Sie das neue Angebot.",
        "The total price has changed. Please look at the new quote.",
    ),
    RefusalCode.CONTRACT_NOT_ACCEPTED: (
        "Bitte akzeptieren Sie zuerst unsere Vertragsbedingungen in ihrer aktuellen Fassung.",
        "Please accept our contract terms first, in their current version.",
    ),
    RefusalCode.ORDER_NOT_OPEN: (
        "Diese Bestellung ist nicht mehr offen.",
        "This order is no longer open.",
    ),
    RefusalCode.ORDER_PARTLY_PAID: (
        "Für diese Bestellung ist schon Geld eingegangen. Bitte wenden Sie sich an uns.",
        "Money has come in for this order already. Please turn to us.",
    ),
    RefusalCode.NOTHING_TO_CHARGE: (
        "Dafür ist nichts nachzuberechnen.",
        "There is nothing to be charged for that.",
    ),
}

FIELD_RULES: dict[FieldRule, tuple[str, str]] = {
    FieldRule.VAT_ID_CHARACTERS: (
        "enthält Zeichen, die in keiner USt-IdNr. vorkommen: {characters}",
        "has characters that no VAT ID has: {characters}",
    ),
    FieldRule.VAT_ID_COUNTRY: (
        "beginnt nicht mit den Buchstaben des Landes der Anschrift",
        "does not begin with the letters of the address's country",
    ),
    FieldRule.VAT_ID_FORMAT: (
        "ist nicht so aufgebaut wie eine USt-IdNr. dieses Landes",
        "is not built as a VAT ID of this country is",
    ),
    FieldRule.VAT_ID_LENGTH: ("hat zu wenige oder zu viele Stellen", "is too short or too long"),
    FieldRule.VAT_ID_CHECKSUM: (
        "hat eine falsche Prüfziffer: Bitte auf Tippfehler prüfen",
        "has a wrong check digit: please look for a typing error",
    ),
    FieldRule.VAT_ID_MISSING: ("fehlt", "is missing"),
    FieldRule.VAT_ID_INVALID: ("ist ungültig", "is not valid"),
    FieldRule.NOT_LATIN: (
        "enthält Zeichen, die für die Prüfung nicht erlaubt sind: {characters}",
        "has characters that the check does not take: {characters}",
    ),
    FieldRule.DIFFERS: (
        "stimmt nicht mit dem Eintrag zu der USt-IdNr. überein",
        "differs from what is registered with the VAT ID",
    ),
    FieldRule.COUNTRY: (
        "ist kein Land nach ISO 3166-1, wie DE; Griechenland ist GR",
        "is no country of ISO 3166-1, as DE; Greece is GR",
    ),
    FieldRule.POSTAL_CODE: (
        "ist keine Postleitzahl dieses Landes",
        "is no postal code of this country",
    ),
    FieldRule.SERIAL_NUMBER: (
        "hat 4 bis 32 Buchstaben, Ziffern und Bindestriche",
        "has 4 to 32 letters, digits and hyphens",
    ),
    FieldRule.SAME_INVERTER: (
        "ist die Seriennummer des Wechselrichters, der getauscht wird",
        "is the serial number of the inverter that is exchanged",
    ),
    FieldRule.INVERTER_TYPE: (
        "ist keiner der Typen unter /inverter-types, und nicht `unknown`",
        "is none of the types at /inverter-types, and not `unknown`",
    ),
    FieldRule.ACTIVATION_WRONG: (
        "ist nicht der Aktivierungscode zu dieser Seriennummer",
        "is not the activation code for this serial number",
    ),
    FieldRule.ACTIVATION_USED: ("wurde schon benutzt", "was used already"),
    FieldRule.OWN_ACCOUNT: ("ist das eigene Kundenkonto", "is the account of your own"),
    FieldRule.IN_THE_FUTURE: ("liegt in der Zukunft", "is in the future"),
    FieldRule.LESS_THAN_THE_DAY: (
        "ist weniger als die Energie des Tages",
        "is less than the day's energy",
    ),
}

PASSWORD_RULES: dict[PasswordRule, tuple[str, str]] = {
    PasswordRule.TOO_SHORT: ("hat mindestens 8 Zeichen", "has at least 8 characters"),
    PasswordRule.TOO_LONG: ("hat höchstens 128 Zeichen", "has at most 128 characters"),
    PasswordRule.NO_LETTER: (
        "enthält mindestens einen Buchstaben (A-Z, a-z)",
        "has at least one letter (A-Z, a-z)",
    ),
    PasswordRule.NO_DIGIT: ("enthält mindestens eine Ziffer", "has at least one digit"),
    PasswordRule.NO_SPECIAL: (
        "enthält mindestens eines von !@#$%^&*_-+=;:|./?()[]{}<>",
        "has at least one of !@#$%^&*_-+=;:|./?()[]{}<>",
    ),
    PasswordRule.TOO_YOUNG: (
        "kann erst 2 Tage nach der letzten Änderung geändert werden",
        "can be changed 2 days after the last change",
    ),
    PasswordRule.USED_BEFORE: (
        "ist keines der 8 vorherigen Passwörter",
        "is none of the 8 previous passwords",
    ),
}

ANSWERS_IN_ENGLISH: dict[AnswerCode, str] = {
    AnswerCode.NOT_RELEASED: "The Carat-ID has not been released yet.",
    AnswerCode.LOCKED: "The licence is locked {until}.",
    AnswerCode.UNKNOWN_LICENCE_TYPE: "The licence type is not correct.",
    AnswerCode.INVALID_USER_INFORMATION: "The user information is not correct.",
    AnswerCode.USER_INFORMATION_CHANGED: "The user information has changed.",
    AnswerCode.POINTS_NOT_RELEASED: "{type} is not released.",
    AnswerCode.E_NOT_RELEASED: "The E protocol is not released.",
    AnswerCode.USER_INFORMATION_MISMATCH: "The user information does not match.",
    AnswerCode.ALREADY_RELEASED: "The order is not possible: the quantity is released already.",
    AnswerCode.UNAVAILABLE: "The service is not available at the moment.",
}

VERDICTS: dict[Verdict, tuple[str, str]] = {
    Verdict.NOT_FOUND: ("Lizenz nicht gefunden", "Licence not found"),
    Verdict.ACCOUNT_LOCKED: ("Kundenkonto gesperrt", "The account is locked"),
    Verdict.LICENCE_LOCKED: ("Lizenz gesperrt", "The licence is locked"),
    Verdict.EXPIRED: ("Lizenz abgelaufen", "The licence has expired"),
    Verdict.NOT_ACTIVATED: ("Lizenz nicht aktiviert", "The licence is not activated"),
    Verdict.DEVICE_MISMATCH: ("Falsches Gerät", "It is another device's licence"),
    Verdict.OVERDUE: ("Abgleich überfällig", "The reconciliation is overdue"),
    Verdict.TOO_MANY_USERS: ("Zu viele Benutzer", "Too many users"),
    Verdict.TRIAL_OVER: ("Testzeitraum beendet", "The trial is over"),
    Verdict.VALID: ("Lizenz gültig", "The licence is valid"),
}


WITHDRAWAL: dict[str, tuple[str, str]] = {
    "withdraw": ("Vertrag widerrufen", "Withdraw from the contract"),
    "confirm": ("Widerruf bestätigen", "Confirm the withdrawal"),
    "name": ("Ihr Name", "Your name"),
    "order_number": ("Bestellnummer", "Order number"),
    "email": (
        "E-Mail-Adresse für die Eingangsbestätigung",
        "E-mail address for the confirmation of receipt",
    ),
    "received": (
        "Ihre Widerrufserklärung ist eingegangen. Sie erhalten sofort eine Bestätigung per E-Mail.",
        "Your declaration of withdrawal has come in. A confirmation by e-mail follows at once.",
    ),
}
"""The button's words, to the letter where § 356a BGB has them."""


def in_language(sentences: tuple[str, str], language: Language) -> str:
    return sentences[language is Language.ENGLISH]


def detail(
    code: RefusalCode, language: Language, parameters: Mapping[str, str] | None = None
) -> str:
    return in_language(REFUSALS[code], language).format(**(parameters or {}))


def locked_until(day: date | None, language: Language) -> str:
    """How a hold is shown.

    >>> locked_until(date(2026, 12, 31), Language.GERMAN), locked_until(None, Language.GERMAN)
    ('gesperrt bis 31.12.2026', 'gesperrt bis auf Widerruf')
    >>> locked_until(None, Language.ENGLISH)
    'locked until revoked'
    """
    if language is Language.ENGLISH:
        return f"locked until {day.isoformat() if day else 'revoked'}"
    return f"gesperrt bis {f'{day:%d.%m.%Y}' if day else 'auf Widerruf'}"


def unknown_inverters(plant: str, count: int, language: Language) -> str:
    """Why a plant's power may not be what its owner thinks (source 004, 11)."""
    if language is Language.ENGLISH:
        return (
            f"Plant {plant}: the type of {count} inverter(s) is unknown. They count with an "
            "assumed nominal power until they have sent their configuration again."
        )
    return (
        f"Anlage {plant}: Bei {count} Wechselrichter(n) ist der Typ unbekannt. Sie zählen mit "
        "einer angenommenen Nennleistung, bis sie ihre Konfigurationsdaten erneut gesendet haben."
    )
