"""What can be bought, and for how much: whole cents, net.

>>> from freischalt.domain.licence import EProtocol
>>> catalogue = Catalogue(currency="EUR", points={1: 4900, 3: 12900, 5: 19900}, e_protocol=9900)
>>> catalogue.price(Points(5)), catalogue.price(EProtocol())
(19900, 9900)

An upgrade costs the difference. What the vendor released by hand counts as the largest quantity
sold that it covers.

>>> catalogue.upgrade_price(Points(5), have=3), catalogue.upgrade_price(Points(5), have=4)
(7000, 7000)
>>> catalogue.upgrade_price(Points(5), have=0)
19900
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from freischalt.domain.licence import LicenceType, Points


@dataclass(frozen=True, slots=True)
class Document:
    """What a user accepts: its current version, and where each language of it can be read."""

    version: str
    urls: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The products: `points` maps each quantity sold to its net price in cents.

    `documents` are those that users accept, by kind; `contract_documents` the versions of those
    that come with a contract beside them. `contacts` are whom customers are sent to, by `hotline`
    and `partner_<country>`; repair orders are mailed to `advocate`.
    """

    currency: str
    points: Mapping[int, int]
    e_protocol: int
    documents: Mapping[str, Document] = field(default_factory=dict)
    contract_documents: Mapping[str, str] = field(default_factory=dict)
    contacts: Mapping[str, str] = field(default_factory=dict)

    @property
    def versions(self) -> dict[str, str]:
        """The current version of each document that users accept."""
        return {kind: document.version for kind, document in self.documents.items()}

    @property
    def all_versions(self) -> dict[str, str]:
        """The current version of each document that there is."""
        return {**self.versions, **self.contract_documents}

    def price(self, asked: LicenceType) -> int:
        return self.points[asked.quantity] if isinstance(asked, Points) else self.e_protocol

    def upgrade_price(self, asked: Points, *, have: int) -> int:
        covered = [price for quantity, price in self.points.items() if quantity <= have]
        return self.price(asked) - max(covered, default=0)
