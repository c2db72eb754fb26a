"""VAT IDs by python-stdnum: what is wrong with one is told before any service is asked."""

import re
from string import ascii_lowercase, ascii_uppercase

from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.vat_routing import EU, country_needs_vat_id, is_checked, prefix_of

LONGEST_TYPED = 40
ABROAD = range(2, 21)
UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)
"""ASCII alone: `str.upper` makes letters of what are none, as of a dotless i."""

SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015\u2212]+")
NOT_IN_EU = re.compile(r"[^A-Z0-9+*]")
NOT_PRINTABLE = re.compile(r"[^ -~]")


def vat_id(text: str, country: str) -> str | Refusal:
    """The number as it is stored, and sent to the services, of a company in `country`.

    >>> vat_id("de 136.695.976", "DE"), vat_id("094259216", "GR"), vat_id("u13585627", "AT")
    ('DE136695976', 'EL094259216', 'ATU13585627')
    >>> vat_id("DE136695977", "DE").problems[0].rule
    <FieldRule.VAT_ID_CHECKSUM: 'VAT_ID_CHECKSUM'>

    From outside the EU, and so from Great Britain, it is stored as given:

    >>> vat_id(" che-123.456.788 mwst ", "CH"), vat_id("gb 980 7806 84", "GB")
    ('CHE-123.456.788 MWST', 'GB 980 7806 84')
    """
    if len(text) > LONGEST_TYPED:
        return _no(FieldRule.VAT_ID_LENGTH)
    given = text.strip().translate(UPPER)
    number = SEPARATORS.sub("", given)
    prefix = prefix_of(country)
    if prefix and (country_needs_vat_id(country) or number.startswith(prefix)):
        return _of_services(number, country, prefix)
    return _as_given(given, number)


def _of_services(number: str, country: str, prefix: str) -> str | Refusal:
    if not number:
        return _no(FieldRule.VAT_ID_LENGTH)
    if forbidden := _found(NOT_IN_EU, number):
        return _no(FieldRule.VAT_ID_CHARACTERS, forbidden)
    if country == "GR" and number.startswith(country):
        number = prefix + number.removeprefix(country)
    with_prefix = _validated(prefix + number)
    if isinstance(with_prefix, str):
        return with_prefix
    if number.startswith(prefix):
        return _validated(number)
    return _no(FieldRule.VAT_ID_COUNTRY) if number[:2].isalpha() else with_prefix


def _as_given(given: str, number: str) -> str | Refusal:
    """Where the services know no number, one that they know is somebody else's."""
    if forbidden := _found(NOT_PRINTABLE, given):
        return _no(FieldRule.VAT_ID_CHARACTERS, forbidden)
    if len(given) not in ABROAD:
        return _no(FieldRule.VAT_ID_LENGTH)
    in_eu = any(is_checked(number, country) for country in (*EU, "GB"))
    if in_eu and isinstance(_validated(number), str):
        return _no(FieldRule.VAT_ID_COUNTRY)
    return given


def _validated(number: str) -> str | Refusal:
    """Format, length and check digits of a number with its prefix, as its country writes it."""
    # imported here: it costs a tenth of a cold start, and few calls are about VAT IDs
    from stdnum.eu import vat  # noqa: PLC0415
    from stdnum.exceptions import (  # noqa: PLC0415
        InvalidChecksum,
        InvalidLength,
        ValidationError,
    )

    try:
        return vat.validate(number)
    except InvalidLength:
        return _no(FieldRule.VAT_ID_LENGTH)
    except InvalidChecksum:
        return _no(FieldRule.VAT_ID_CHECKSUM)
    except ValidationError:
        return _no(FieldRule.VAT_ID_FORMAT)


def _found(pattern: re.Pattern[str], text: str) -> str:
    return "".join(dict.fromkeys(pattern.findall(text)))


def _no(rule: FieldRule, characters: str | None = None) -> Refusal:
    problem = FieldProblem("/vatId", rule, characters)
    return Refusal(RefusalCode.VAT_ID_MALFORMED, problems=(problem,))
