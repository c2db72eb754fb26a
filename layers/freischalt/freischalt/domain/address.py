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

LISTED = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(LISTED.split())
"""ISO 3166-1's two letters."""


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
    def in_latin(self) -> LatinCompany:
        """What registries are asked about: as entered, where no other form was."""
        address = self.address
        entered = LatinCompany(name=self.name, street=address.street, city=address.city)
        return self.latin or entered

    @property
    def may_buy_monitoring(self) -> bool:
        """Consumers with an address in Germany, companies anywhere (source 004, 8)."""
        return self.kind is CustomerKind.COMPANY or self.address.country == "DE"
