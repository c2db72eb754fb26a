"""What VIES and eVatR can say, each with the HTTP status that it comes with.

Neither list is promised to be complete, so a scenario may use others, if it says their HTTP status.
"""

from http import HTTPStatus
from typing import NamedTuple

_OK, _BAD, _FORBIDDEN = HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN
_NOT_FOUND, _FAILED = HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR
_RESTING = HTTPStatus.SERVICE_UNAVAILABLE

# The same error comes with 200, too: in the scenario, `http` says so.
VIES_ERRORS: dict[str, int] = {
    "INVALID_INPUT": _BAD,
    "INVALID_REQUESTER_INFO": _BAD,
    "SERVICE_UNAVAILABLE": _FAILED,
    "MS_UNAVAILABLE": _FAILED,
    "TIMEOUT": _FAILED,
    "VAT_BLOCKED": _BAD,
    "IP_BLOCKED": _BAD,
    "GLOBAL_MAX_CONCURRENT_REQ": _FAILED,
    "GLOBAL_MAX_CONCURRENT_REQ_TIME": _FAILED,
    "MS_MAX_CONCURRENT_REQ": _FAILED,
    "MS_MAX_CONCURRENT_REQ_TIME": _FAILED,
    "SERVER_BUSY": _FAILED,
    "VOW-ERR-1": _FAILED,
}

# What `check-vat-test-service` says to each number; 100 is valid, 200 is not.
VIES_TEST_NUMBERS: dict[str, str] = {
    "201": "INVALID_INPUT",
    "202": "INVALID_REQUESTER_INFO",
    "300": "SERVICE_UNAVAILABLE",
    "301": "MS_UNAVAILABLE",
    "302": "TIMEOUT",
    "400": "VAT_BLOCKED",
    "401": "IP_BLOCKED",
    "500": "GLOBAL_MAX_CONCURRENT_REQ",
    "501": "GLOBAL_MAX_CONCURRENT_REQ_TIME",
    "600": "MS_MAX_CONCURRENT_REQ",
    "601": "MS_MAX_CONCURRENT_REQ_TIME",
}


class Status(NamedTuple):
    """A line of `info/statusmeldungen`; `field` is the field at fault."""

    http: int
    kind: str
    field: str | None
    message: str


_LATER = "Zurzeit nicht möglich, bitte später erneut versuchen."
_ASKED, _ASKING = "angefragteUstid", "anfragendeUstid"

EVATR_STATUSES: dict[str, Status] = {
    "evatr-0000": Status(_OK, "Ergebnis", None, "Die angefragte USt-IdNr. ist gültig."),
    "evatr-0002": Status(_BAD, "Hinweis", _ASKED, "Ein Pflichtfeld ist nicht besetzt."),
    "evatr-0003": Status(
        *(_BAD, "Hinweis", "firmenname,ort"),
        "Gültig; ein Pflichtfeld der qualifizierten Anfrage ist nicht besetzt.",
    ),
    "evatr-0004": Status(_BAD, "Fehler", _ASKING, "Die anfragende USt-IdNr. ist falsch gebildet."),
    "evatr-0005": Status(_BAD, "Fehler", _ASKED, "Die angefragte USt-IdNr. ist falsch gebildet."),
    "evatr-0006": Status(_FORBIDDEN, "Hinweis", _ASKING, "Deutsche USt-IdNrn. sind ausgenommen."),
    "evatr-0007": Status(_FORBIDDEN, "Hinweis", None, "Der Aufruf ist fehlerhaft."),
    "evatr-0008": Status(
        *(_FORBIDDEN, "Hinweis", None),
        "Höchstzahl qualifizierter Anfragen erreicht; mit einer einfachen neu beginnen.",
    ),
    "evatr-0011": Status(_RESTING, "Fehler", None, _LATER),
    "evatr-0012": Status(_BAD, "Fehler", _ASKED, "Sie passt nicht ins Erzeugungsschema."),
    "evatr-0013": Status(_RESTING, "Fehler", None, _LATER),
    "evatr-1001": Status(_RESTING, "Fehler", None, _LATER),
    "evatr-1002": Status(_FAILED, "Fehler", None, _LATER),
    "evatr-1003": Status(_FAILED, "Fehler", None, _LATER),
    "evatr-1004": Status(_FAILED, "Fehler", None, _LATER),
    "evatr-2001": Status(_NOT_FOUND, "Hinweis", _ASKED, "Die USt-IdNr. ist nicht vergeben."),
    "evatr-2002": Status(_OK, "Hinweis", _ASKED, "Sie gilt erst ab dem Datum in gueltigAb."),
    "evatr-2003": Status(_BAD, "Fehler", _ASKED, "Das Länderkennzeichen ist ungültig."),
    "evatr-2004": Status(_FAILED, "Fehler", None, _LATER),
    "evatr-2005": Status(_NOT_FOUND, "Fehler", _ASKING, "Die eigene USt-IdNr. ist nicht gültig."),
    "evatr-2006": Status(_OK, "Hinweis", _ASKED, "Sie galt von gueltigAb bis gueltigBis."),
    "evatr-2007": Status(_FAILED, "Fehler", None, "Fehler in den Daten des Mitgliedstaats."),
    "evatr-2008": Status(_OK, "Hinweis", None, "Gültig, mit einer Besonderheit: bitte anfragen."),
    "evatr-2011": Status(_FAILED, "Fehler", None, _LATER),
    "evatr-3011": Status(_FAILED, "Fehler", None, _LATER),
}

# VIES and eVatR call them alike: Greece is EL, Northern Ireland XI.
MEMBER_STATES: dict[str, str] = {
    "AT": "Österreich",
    "BE": "Belgien",
    "BG": "Bulgarien",
    "CY": "Zypern",
    "CZ": "Tschechien",
    "DE": "Deutschland",
    "DK": "Dänemark",
    "EE": "Estland",
    "EL": "Griechenland",
    "ES": "Spanien",
    "FI": "Finnland",
    "FR": "Frankreich",
    "HR": "Kroatien",
    "HU": "Ungarn",
    "IE": "Irland",
    "IT": "Italien",
    "LT": "Litauen",
    "LU": "Luxemburg",
    "LV": "Lettland",
    "MT": "Malta",
    "NL": "Niederlande",
    "PL": "Polen",
    "PT": "Portugal",
    "RO": "Rumänien",
    "SE": "Schweden",
    "SI": "Slowenien",
    "SK": "Slowakei",
    "XI": "Nordirland",
}
