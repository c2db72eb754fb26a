"""What everybody may see of a public plant, and what decides whether it is shown: § 9 of the FAQ.

Its row is written with the plant, in the same transaction, and is found without it. A right to use
comes and goes by the calendar: so the row has the days, and whoever reads it decides.

>>> from freischalt.domain.term import trial_end
>>> begun = date(2026, 11, 22)
>>> row = PublicPlant(plant=PlantId("10001-1"), public_id="9f2c", country="DE",
...     postal_code="72555", city="Metzingen", ac_power_w=4_200,
...     spans=((begun, trial_end(begun)),))
>>> row.is_shown(begun), row.is_shown(trial_end(begun)), row.next_change(begun)
(True, False, datetime.date(2027, 1, 2))
>>> row.is_shown(begun, account_locks=(Lock(until=None),))
False
"""

from dataclasses import dataclass
from datetime import date

from freischalt.domain.ids import PlantId
from freischalt.domain.locks import Lock, held
from freischalt.domain.plant import Plant, Production
from freischalt.domain.term import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPlant:
    """`spans` are the rights that hold, held or will hold; `locks` the plant's own.

    `ac_power_w` is the sum of the inverters' nominal powers, `generator_power_w` the modules' peak
    power. Its name, owner and exact place are nobody's business.
    """

    plant: PlantId
    public_id: str
    country: str
    postal_code: str
    city: str
    ac_power_w: int
    generator_power_w: int | None = None
    production: Production | None = None
    spans: tuple[Span, ...] = ()
    locks: tuple[Lock, ...] = ()
    version: int = 0

    @property
    def id(self) -> tuple[str, str, str]:
        """Where it is kept: a place in the list tells nobody whose plant it is."""
        return self.country, self.postal_code, self.public_id

    def is_shown(self, today: date, account_locks: tuple[Lock, ...] = ()) -> bool:
        """Only plants with a valid licence or trial, whose owner is not locked either."""
        if held(self.locks + account_locks, today, spares_this=True):
            return False
        return any(first <= today < after_last for first, after_last in self.spans)

    def next_change(self, today: date, account_locks: tuple[Lock, ...] = ()) -> date | None:
        """The next day on which `is_shown` may say something else, if nobody changes anything."""
        ends = [lock.until for lock in self.locks + account_locks if lock.until]
        days = [*ends, *(day for span in self.spans for day in span)]
        return min((day for day in days if day > today), default=None)


def public_plant(plant: Plant) -> PublicPlant | None:
    """Its row, as version `plant.public_version`; None: the owner shows it to nobody."""
    if not plant.details.is_public or plant.ended_at:
        return None
    site = plant.details.site
    return PublicPlant(
        plant=plant.id,
        public_id=plant.public_id,
        country=site.country,
        postal_code=site.postal_code,
        city=site.city,
        ac_power_w=plant.power_w,
        generator_power_w=plant.details.generator_power_w,
        production=plant.production,
        spans=tuple(plant.rights().spans()),
        locks=plant.locks,
        version=plant.public_version,
    )
