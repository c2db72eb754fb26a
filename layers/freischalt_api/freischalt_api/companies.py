"""Who a client says it is: a company with its VAT ID, or a person."""

from freischalt.domain.address import COUNTRIES, Address, CustomerKind, Registrant
from freischalt.domain.latin import LatinCompany, forbidden_in
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.vat_routing import is_checked
from freischalt_api.latin_forms import POSTAL_CODE, company_in_latin, transliterated
from freischalt_api.problems import Refused, ok
from freischalt_api.shapes import AccountIn, AddressShape, CompanyIn, RegistrationIn
from freischalt_api.vat_numbers import vat_id


def registrant_of(body: RegistrationIn | AccountIn) -> Registrant:
    """Raises Refused, which says what is wrong with the VAT ID or its letters."""
    if body.kind is CustomerKind.COMPANY:
        return company_of(body)
    if body.vat_id is not None:
        problem = FieldProblem("/vatId", "a person has none")
        raise Refused(Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,)))
    return Registrant(CustomerKind.PERSON, body.name, _address(body.address))


def company_of(body: RegistrationIn | AccountIn | CompanyIn) -> Registrant:
    """Raises Refused."""
    address = _address(body.address)
    number = None if body.vat_id is None else ok(vat_id(body.vat_id, address.country))
    checked = number is not None and is_checked(number, address.country)
    latin = _latin(body) if checked else None
    if checked:
        _plain(address.postal_code)
    return Registrant(CustomerKind.COMPANY, body.name, address, number, latin)


def _plain(postal_code: str) -> None:
    """It has no second form: who needs one writes it as it is written there in Latin letters."""
    if forbidden := forbidden_in(postal_code):
        rule, suggested = FieldRule.NOT_LATIN, transliterated(postal_code) or None
        problem = FieldProblem(POSTAL_CODE, rule, forbidden, suggested)
        raise Refused(Refusal(RefusalCode.NOT_LATIN, problems=(problem,)))


def _latin(body: RegistrationIn | AccountIn | CompanyIn) -> LatinCompany:
    return ok(
        company_in_latin(
            body.name,
            body.address.street,
            body.address.city,
            name_latin=body.name_latin,
            street_latin=body.address.street_latin,
            city_latin=body.address.city_latin,
        )
    )


def _address(shape: AddressShape) -> Address:
    if shape.country not in COUNTRIES:
        rule = "must be a country of ISO 3166-1, as AT; Greece is GR, the United Kingdom GB"
        problem = FieldProblem("/address/country", rule)
        raise Refused(Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,)))
    return Address(shape.street, shape.postal_code, shape.city, shape.country)
