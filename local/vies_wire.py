"""VIES's REST interface: what is asked and answered, by the scenario's register.

A name that the interface does not know counts for nothing, as there: who sends SOAP's
`requesterCountryCode` gets no `requestIdentifier`, and who sends `traderPostcode` no comparison.
"""

import re
import secrets
import string
from datetime import UTC, datetime
from typing import Any

from local.timestamps import iso
from local.vat_answer import Service
from local.vat_codes import MEMBER_STATES, VIES_ERRORS, VIES_TEST_NUMBERS
from local.vat_register import Company, same
from local.vat_scenario import Scenario
from local.vat_wire import Json, Reply, text

NOTHING = "---"
NUMBER = re.compile(r"[0-9A-Za-z+*.]{2,12}")
FIELDS = ("countryCode", "vatNumber", "requesterMemberStateCode", "requesterNumber")
TRADER = ("Name", "Street", "PostalCode", "City", "CompanyType")
LETTERS = string.ascii_letters + string.digits


class Vies:
    """`POST check-vat-number`."""

    service = Service.VIES

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def vat_id(self, given: Json | None) -> str:
        return (text(given, "countryCode") + text(given, "vatNumber")).upper()

    def refusal(self, given: Json | None) -> str | None:
        if given is None:
            return "VOW-ERR-1"
        if any(not isinstance(given.get(name, ""), str) for name in FIELDS):
            return "INVALID_INPUT"
        is_state = text(given, "countryCode").upper() in MEMBER_STATES
        if not is_state or not NUMBER.fullmatch(text(given, "vatNumber")):
            return "INVALID_INPUT"
        requester = _requester(given)
        if requester and requester not in self._scenario.vendors:
            return "INVALID_REQUESTER_INFO"
        return None

    def by_register(self, given: Json) -> Reply:
        vat_id = self.vat_id(given)
        company = self._scenario.company(vat_id)
        if company is None or not company.is_valid_today():
            return _verdict(given, valid=False)
        disclosed = self._scenario.disclosed(vat_id)
        seen = disclosed == "all"
        return _verdict(
            given,
            valid=True,
            name=company.name if seen else NOTHING,
            address=_address(company) if seen else NOTHING,
            compared=None if disclosed == "nothing" else company,
        )

    def by_code(self, code: str, _given: Json | None) -> Reply:
        wrapper = {"error": code, "message": f"the stand-in's words for {code}"}
        body = {"actionSucceed": False, "errorWrappers": [wrapper]}
        return Reply(VIES_ERRORS.get(code, 200), body)


class ViesTestService(Vies):
    """`POST check-vat-test-service`: any state, and a number that stands for the answer."""

    def refusal(self, given: Json | None) -> str | None:
        return "VOW-ERR-1" if given is None else None

    def by_register(self, given: Json) -> Reply:
        match text(given, "vatNumber"):
            case "100":
                address = "123 Main St, Anytown, UK"
                return _verdict(given, valid=True, name="John Doe", address=address)
            case "200":
                return _verdict(given, valid=False)
            case number:
                return self.by_code(VIES_TEST_NUMBERS.get(number, "SERVICE_UNAVAILABLE"), given)


def status() -> Json:
    """`GET check-status`."""
    states = [{"countryCode": state, "availability": "Available"} for state in MEMBER_STATES]
    return {"vow": {"available": True}, "countries": states}


def _requester(given: Json) -> str:
    """Both fields, or it does not count."""
    state, number = text(given, "requesterMemberStateCode"), text(given, "requesterNumber")
    return (state + number).upper() if state and number else ""


def _verdict(
    given: Json,
    *,
    valid: bool,
    name: str = NOTHING,
    address: str = NOTHING,
    compared: Company | None = None,
) -> Reply:
    body: dict[str, Any] = {
        "countryCode": given.get("countryCode", ""),
        "vatNumber": given.get("vatNumber", ""),
        "requestDate": iso(datetime.now(UTC)),
        "valid": valid,
        "requestIdentifier": _identifier() if valid and _requester(given) else "",
        "name": name,
        "address": address,
    }
    registered = _registered(compared)
    for field in (f"trader{part}" for part in TRADER):
        body[field] = text(given, field) or NOTHING
        body[f"{field}Match"] = _match(text(given, field), registered.get(field))
    return Reply(200, body)


def _registered(company: Company | None) -> dict[str, str]:
    """No member state compares the legal form apart from the name."""
    if company is None:
        return {}
    values = (company.name, company.street, company.postal_code, company.city)
    return dict(zip((f"trader{part}" for part in TRADER), values, strict=False))


def _match(asked: str, registered: str | None) -> str:
    if not asked or registered is None:
        return "NOT_PROCESSED"
    return "VALID" if same(registered, asked) else "INVALID"


def _address(company: Company) -> str:
    return f"{company.street}\n{company.postal_code} {company.city}"


def _identifier() -> str:
    return "WAPI" + "".join(secrets.choice(LETTERS) for _ in range(12))
