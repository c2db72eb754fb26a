"""Who registers: a company or a person, with an address.

>>> Registrant(CustomerKind.PERSON, "Anna Huber", Address("Weg 1", "10115", "Berlin", "DE"))\
.may_buy_monitoring
True
>>> Registrant(CustomerKind.PERSON, "Anna Huber", Address("Weg 1", "1010", "Wien", "AT"))\
.may_buy_monitoring
False
"""

from dataclasses import dataclass
from enum import StrEnum

from freischalt.domain.latin import LatinCompany


class CustomerKind(StrEnum):
    COMPANY = "company"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Address:
    """`country` is ISO 3166-1's two letters."""

    street: str
    postal_code: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Registrant:
    """A company may have a VAT ID, a person has none.

    `latin` is what registries are asked about, where a VAT ID is checked.
    """

    kind: CustomerKind
    name: str
    address: Address
    vat_id: str | None = None
    latin: LatinCompany | None = None

    @property
    def may_buy_monitoring(self) -> bool:
        """Consumers with an address in Germany, companies anywhere (source 004, 8)."""
        return self.kind is CustomerKind.COMPANY or self.address.country == "DE"
