"""VAT IDs: what is asked of a registry, and what its answer says.

Only a registry's own words are a verdict. Whatever cannot be read as one is undecided, and asked
again later: it neither frees nor blocks anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class VatService(StrEnum):
    """Who is asked: the EU's VIES, or the German BZSt's eVatR."""

    VIES = "vies"
    EVATR = "evatr"


class VatField(StrEnum):
    """What a registry compares, beside the number."""

    NAME = "name"
    STREET = "street"
    POSTAL_CODE = "postal_code"
    CITY = "city"


class FieldVerdict(StrEnum):
    """`NOT_DISCLOSED`: the member state does not tell; that is no difference."""

    MATCHES = "matches"
    DIFFERS = "differs"
    NOT_ASKED = "not_asked"
    NOT_DISCLOSED = "not_disclosed"


class VatVerdict(StrEnum):
    VALID = "valid"
    INVALID = "invalid"
    MISMATCH = "mismatch"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class VatQuestion:
    """`vat_id` has its prefix as the services want it: EL for Greece, XI for Northern Ireland.

    The texts are in Latin letters, as the services want them; an empty one is not asked about.
    """

    service: VatService
    vat_id: str
    name: str = field(repr=False)
    street: str = field(repr=False)
    postal_code: str = field(repr=False)
    city: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VatReading:
    """An answer, read.

    `code` is the service's own status or error (`evatr-2001`, `MS_UNAVAILABLE`), `VALID` or
    `INVALID` of VIES, or one of ours: `NO_ANSWER`, `UNREADABLE`, `OTHER_NUMBER`, `UNKNOWN_STATUS`,
    `CIRCUIT_OPEN` (it was not asked, as it was down a moment ago).
    `service_down`: no use to ask the service about anything else at the moment.
    `alarm`: somebody must mend the configuration or this program.
    `for_a_person`: valid, but with a peculiarity that the vendor should look at.
    """

    verdict: VatVerdict
    code: str
    fields: Mapping[VatField, FieldVerdict] = field(default_factory=dict)
    request_id: str | None = None
    service_down: bool = False
    alarm: bool = False
    for_a_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VatAnswer:
    """One exchange as it was on the wire: evidence for the tax office.

    `request` and `response` are the bodies as sent and received, the response cut at 16 KiB;
    `http_status` is None if nothing came back.
    """

    reading: VatReading
    service: VatService
    asked_at: datetime
    answered_at: datetime
    request: str = field(repr=False)
    response: str = field(repr=False)
    http_status: int | None
