"""Whose VAT IDs begin with what, who needs one, and which service is asked about it.

A number is known by its country: a Mexican one may begin with DE, and is no German one.

>>> service_for("ATU13585627", "DE136695976", country="AT")
<VatService.EVATR: 'evatr'>
>>> service_for("DE811115368", "DE136695976", country="DE")
<VatService.VIES: 'vies'>
>>> service_for("CHE123456788MWST", "DE136695976", country="CH") is None
True
"""

from freischalt.domain.vat import VatService

EU = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
"""The 27 member states by ISO 3166-1."""

TAXED_AS = {"MC": "FR", "IM": "GB"}
"""Countries whose VAT is another's: Monaco's and the Isle of Man's."""

PREFIXES = {"GR": "EL", "GB": "XI"}
"""Where it is not the country: Greece, and Northern Ireland of the United Kingdom."""


def prefix_of(country: str) -> str | None:
    """What a VAT ID that the services know begins with there; None where they know none.

    >>> [prefix_of(country) for country in ("AT", "GR", "MC", "GB", "CH")]
    ['AT', 'EL', 'FR', 'XI', None]
    """
    taxed_as = TAXED_AS.get(country, country)
    return PREFIXES.get(taxed_as, taxed_as if taxed_as in EU else None)


def country_needs_vat_id(country: str) -> bool:
    """Whether a company there buys only with a VAT ID, or by an operator's decision.

    >>> country_needs_vat_id("MC"), country_needs_vat_id("GB")
    (True, False)
    """
    return TAXED_AS.get(country, country) in EU


def is_checked(vat_id: str, country: str) -> bool:
    """Whether a service knows such a number: not a GB one, and none from outside the EU."""
    prefix = prefix_of(country)
    return prefix is not None and vat_id.startswith(prefix)


def service_for(vat_id: str, seller_vat_id: str, *, country: str) -> VatService | None:
    """Whom to ask about a number of a company in `country`; None: nobody.

    Only a German seller may ask eVatR, and only about numbers that are not German.
    """
    if not is_checked(vat_id, country):
        return None
    by_evatr = seller_vat_id.startswith("DE") and not vat_id.startswith("DE")
    return VatService.EVATR if by_evatr else VatService.VIES
