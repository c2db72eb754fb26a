"""Which VAT a sale bears, and why: § 3a UStG for services, by seller, customer and day.

| customer | rule | rate |
| --- | --- | --- |
| company in the seller's country | domestic | the seller's |
| company in another member state, VAT ID found valid | reverse charge | none |
| company in another member state without one (the operator's word) | domestic | the seller's |
| company outside the EU | outside the EU | none |
| consumer in the EU | consumer | that of the consumer's country |
| consumer outside the EU | outside the EU | none |

Northern Ireland is in the EU for goods alone: a service to Belfast is one to the outside.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from freischalt.domain.address import CustomerKind, Registrant
from freischalt.domain.term_catalogue import TermCatalogue
from freischalt.domain.vat_routing import EU, TAXED_AS


class VatRule(StrEnum):
    DOMESTIC = "domestic"
    REVERSE_CHARGE = "reverse_charge"
    CONSUMER = "consumer"
    OUTSIDE_EU = "outside_eu"


@dataclass(frozen=True, slots=True)
class VatCharge:
    """`basis_points` of 19 % are 1900; `country` is the one whose VAT it is."""

    rule: VatRule
    country: str
    basis_points: int

    def of(self, net_cents: int) -> int:
        """The VAT on it, in cents, rounded half up.

        >>> german = VatCharge(VatRule.DOMESTIC, "DE", 1900)
        >>> german.of(50), german.of(2)
        (10, 0)
        """
        return (net_cents * self.basis_points + 5_000) // 10_000

    def net_within(self, gross_cents: int) -> int:
        """The largest net amount that comes to no more, with its VAT.

        >>> german = VatCharge(VatRule.DOMESTIC, "DE", 1900)
        >>> german.net_within(5831), german.net_within(3), german.of(3)
        (4900, 2, 1)
        """
        net = gross_cents * 10_000 // (10_000 + self.basis_points)
        return net + 1 if net + 1 + self.of(net + 1) <= gross_cents else net

    def on(self, day: date, catalogue: TermCatalogue) -> "VatCharge":
        """The same VAT by the rate of that day."""
        if not self.basis_points:
            return self
        return replace(self, basis_points=catalogue.vat_rate(self.country, day))


def vat_charge(
    customer: Registrant, *, vat_id_is_valid: bool, day: date, catalogue: TermCatalogue
) -> VatCharge:
    """By the customer's data of the day. A member state without a rate is a broken catalogue."""
    home = catalogue.seller.country
    country = TAXED_AS.get(customer.address.country, customer.address.country)
    if country not in EU and country != home:
        return VatCharge(VatRule.OUTSIDE_EU, country, 0)
    if customer.kind is CustomerKind.PERSON and country != home:
        return VatCharge(VatRule.CONSUMER, country, catalogue.vat_rate(country, day))
    if country != home and customer.vat_id and vat_id_is_valid:
        return VatCharge(VatRule.REVERSE_CHARGE, country, 0)
    return VatCharge(VatRule.DOMESTIC, home, catalogue.vat_rate(home, day))
