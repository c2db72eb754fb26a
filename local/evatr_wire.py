"""eVatR's REST interface: what is asked and answered, by the scenario's register.

VAT IDs may have any case and separators. A qualified question is one with any of the four fields
about the company; an empty field counts as none.
"""

import re
import secrets
import time
from datetime import date, datetime
from http import HTTPStatus

from stdnum.eu import vat
from stdnum.exceptions import InvalidChecksum, ValidationError

from local.vat_answer import Service
from local.vat_codes import EVATR_STATUSES, MEMBER_STATES
from local.vat_register import BERLIN, Company, same
from local.vat_scenario import Scenario
from local.vat_wire import Json, Reply, text

OWN = re.compile("DE[0-9]{9}")  # the check digit is not looked at
# what is asked, what is answered, and the same in the register
COMPARED = (
    ("firmenname", "ergFirmenname", "name"),
    ("strasse", "ergStrasse", "street"),
    ("plz", "ergPlz", "postal_code"),
    ("ort", "ergOrt", "city"),
)
MATCHES, DIFFERS, NOT_ASKED, NOT_DISCLOSED = "ABCD"
LETTERS_GO_WITH = frozenset({"evatr-0000", "evatr-2008"})


class Evatr:
    """`POST abfrage`."""

    service = Service.EVATR

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def vat_id(self, given: Json | None) -> str:
        return _bare(text(given, "angefragteUstid"))

    def refusal(self, given: Json | None) -> str | None:
        if given is None:
            return "evatr-0007"
        own, asked = _bare(text(given, "anfragendeUstid")), self.vat_id(given)
        if not own or not asked:
            return "evatr-0002"
        if not OWN.fullmatch(own):
            return "evatr-0004"
        if asked.startswith("DE"):
            return "evatr-0006"
        if asked[:2] not in MEMBER_STATES:
            return "evatr-2003"
        return _malformed(asked) or ("evatr-2005" if own not in self._scenario.vendors else None)

    def by_register(self, given: Json) -> Reply:
        company = self._scenario.company(self.vat_id(given))
        if company is None:
            return self.by_code("evatr-2001", given)
        if company.is_to_come():
            since = {"gueltigAb": _date(company.valid_from, company)}
            return _with(self.by_code("evatr-2002", given), since)
        if company.is_over() and company.valid_until:
            since = {"gueltigAb": _date(company.valid_from, company)}
            until = {"gueltigBis": _date(company.valid_until, company)}
            return _with(self.by_code("evatr-2006", given), since | until)
        if _is_qualified(given) and not (text(given, "firmenname") and text(given, "ort")):
            return self.by_code("evatr-0003", given)
        return self.by_code("evatr-0000", given)

    def by_code(self, code: str, given: Json | None) -> Reply:
        http = EVATR_STATUSES[code].http if code in EVATR_STATUSES else HTTPStatus.OK
        reply = Reply(
            http, {"id": secrets.token_hex(8), "anfrageZeitpunkt": _now(), "status": code}
        )
        company = self._scenario.company(self.vat_id(given))
        if code in LETTERS_GO_WITH and company and given and _is_qualified(given):
            return _with(reply, self._letters(given, company))
        return reply

    def _letters(self, given: Json, company: Company) -> Json:
        hidden = self._scenario.disclosed(self.vat_id(given)) == "nothing"
        return {
            answered: NOT_DISCLOSED
            if hidden and text(given, asked)
            else _letter(text(given, asked), getattr(company, registered))
            for asked, answered, registered in COMPARED
        }


def messages() -> list[Json]:
    """`GET info/statusmeldungen`."""
    return [
        {
            "status": code,
            "kategorie": status.kind,
            "httpcode": int(status.http),
            "feld": status.field,
            "meldung": status.message,
        }
        for code, status in EVATR_STATUSES.items()
    ]


def member_states() -> list[Json]:
    """`GET info/eu_mitgliedstaaten`: those that can be asked about."""
    return [
        {"alpha2": state, "name": name, "verfuegbar": True}
        for state, name in MEMBER_STATES.items()
        if state != "DE"
    ]


def _bare(vat_id: str) -> str:
    return re.sub("[^A-Z0-9]", "", vat_id.upper())


def _malformed(asked: str) -> str | None:
    try:
        vat.validate(asked)
    except InvalidChecksum:
        return "evatr-0012"
    except ValidationError:
        return "evatr-0005"
    return None


def _is_qualified(given: Json) -> bool:
    return any(text(given, asked) for asked, _, _ in COMPARED)


def _letter(asked: str, registered: str) -> str:
    if not asked:
        return NOT_ASKED
    return MATCHES if same(registered, asked) else DIFFERS


def _with(reply: Reply, fields: Json) -> Reply:
    return Reply(reply.http, reply.body | fields)


def _date(day: date, company: Company) -> str:
    return f"{day:%d.%m.%Y}" if company.dates == "german" else day.isoformat()


def _now() -> str:
    """German time with nine fraction digits, which no datetime has."""
    nanoseconds = time.time_ns()
    now = datetime.fromtimestamp(nanoseconds // 10**9, BERLIN).isoformat()
    return f"{now[:19]}.{nanoseconds % 10**9:09d}{now[19:]}"
