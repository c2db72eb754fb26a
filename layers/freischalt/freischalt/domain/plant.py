"""A plant: a solar plant with its inverters, the subject of a term licence."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self

from freischalt.domain.ids import (
    AccountNumber,
    InverterSerial,
    OrderNumber,
    PlantId,
    account_of,
)
from freischalt.domain.locks import Lock
from freischalt.domain.term import Rights, Term

PLANT_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,19}-[1-9][0-9]{0,4}")
UNKNOWN = "unknown"
"""The type of an inverter whose real one is not known yet (AE SiteLink calls it "Unkown")."""


LONGEST_NAME = 80
"""Of an inverter, however it comes."""


class PlantKind(StrEnum):
    PV = "pv"
    PV_THERMAL = "pv-thermal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a plant is. `country` is ISO 3166-1's two letters, coordinates are WGS 84 degrees."""

    country: str
    postal_code: str
    city: str
    latitude: Decimal
    longitude: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantDetails:
    """What the owner enters.

    `temperature_coefficient` is in % per kelvin (-0.38), `azimuth` in degrees from north (180 is
    south), `tilt` in degrees from the horizontal, `module_area` in m², `feed_in_tariff` in cents
    per kWh, `generator_power_w` is the modules' peak power in watts.
    """

    name: str
    site: Site
    temperature_coefficient: Decimal
    azimuth: int
    tilt: int
    module_area: Decimal
    feed_in_tariff: Decimal
    generator_power_w: int | None = None
    description: str = ""
    module_label: str = ""
    kind: PlantKind = PlantKind.PV
    is_public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """What was reported last, in watt-hours: of the day `on`, and all that was ever produced."""

    on: date
    day_wh: int
    total_wh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The last notice about an end: `days` before the first day without the right."""

    end: date
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """`version` is 0 while nothing is stored, and rises by one with each write.

    `power_w` is the sum of its inverters' nominal powers. `imports` are lists of inverters that
    are staged, but not published: their inverters do not count. `credit_cents` is what terms that
    ended before their time were still worth, and no order has used, paid or open. `extended_on` is
    when the power rose beyond what was licensed; a new term counts from there. `open_order` waits
    for its payment: there is one at a time; `ordered_w` is what that licenses then. `guests` are
    accounts that may see it. `revision` rises by one with each change of `details`, and
    `public_version` is that of its row among the public plants (0: there is none).
    `unsupported_inverters` have a firmware that is too old.
    """

    id: PlantId
    details: PlantDetails
    created_at: datetime
    inverters: int = 0
    unknown_inverters: int = 0
    unsupported_inverters: int = 0
    power_w: int = 0
    imports: tuple[str, ...] = ()
    trial_from: date | None = None
    terms: tuple[Term, ...] = ()
    credit_cents: int = 0
    extended_on: date | None = None
    open_order: OrderNumber | None = None
    ordered_w: int | None = None
    guests: tuple[AccountNumber, ...] = ()
    locks: tuple[Lock, ...] = ()
    production: Production | None = None
    told: Told | None = None
    ended_at: datetime | None = None
    changed_by: str | None = None
    revision: int = 0
    public_version: int = 0
    version: int = 0

    @property
    def account(self) -> AccountNumber:
        return account_of(self.id)

    def is_open_to(self, account: AccountNumber) -> bool:
        """To its owner and its guests; for all others there is no such plant."""
        return account == self.account or account in self.guests

    def rights(self, account_locks: tuple[Lock, ...] = ()) -> Rights:
        return Rights(
            trial_from=self.trial_from,
            terms=self.terms,
            locks=self.locks + account_locks,
            ended=self.ended_at is not None,
        )

    def live_terms(self, today: date) -> tuple[Term, ...]:
        """Those that hold or will hold: neither over nor ended before their time."""
        return tuple(term for term in self.terms if term.is_live(today))

    def licensed_on(self, today: date) -> int | None:
        """The power that all of them cover; None: there are none."""
        return min((term.power_w for term in self.live_terms(today)), default=None)

    def outgrown_terms(self, today: date) -> tuple[Term, ...]:
        """Those that hold or will hold, and do not cover its power."""
        return tuple(term for term in self.live_terms(today) if self.power_w > term.power_w)

    @property
    def has_outgrown_order(self) -> bool:
        """Whether its open order licenses less: once it is paid, its term ends at once."""
        return self.ordered_w is not None and self.power_w > self.ordered_w


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverter:
    """One inverter of a plant. `power_w` is its type's nominal power, as the plant counts it.

    `is_supported`: its firmware, as far as it is known, is new enough for what its type needs.
    `import_id` is the list that it came with; while the plant names that as unpublished, the
    inverter does not count.
    """

    serial: InverterSerial
    plant: PlantId
    type: str
    power_w: int
    name: str = ""
    firmware: str | None = None
    is_supported: bool = True
    activated_at: datetime
    import_id: str | None = None
    version: int = 0

    @property
    def account(self) -> AccountNumber:
        return account_of(self.plant)

    def counts(self, plant: Plant) -> bool:
        """Whether it is one of the plant's, and not only staged to be."""
        return self.import_id is None or self.import_id not in plant.imports


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedActivation:
    """An activation code was used: where, when and by whom (`by`). There is one for each serial.

    It stays used when its inverter is taken off the plant again: `removed_at` and `removed_by`.
    """

    serial: InverterSerial
    plant: PlantId
    at: datetime
    by: str | None = None
    import_id: str | None = None
    removed_at: datetime | None = None
    removed_by: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """The nominal power of inverters that come or go.

    `unknown` of them have no known type, `unsupported` of them too old a firmware.
    """

    inverters: int = 0
    unknown: int = 0
    unsupported: int = 0
    watts: int = 0

    @classmethod
    def of(cls, inverter: Inverter) -> Self:
        return cls(
            inverters=1,
            unknown=int(inverter.type == UNKNOWN),
            unsupported=int(not inverter.is_supported),
            watts=inverter.power_w,
        )

    def __add__(self, other: "Power") -> "Power":
        return Power(
            inverters=self.inverters + other.inverters,
            unknown=self.unknown + other.unknown,
            unsupported=self.unsupported + other.unsupported,
            watts=self.watts + other.watts,
        )

    def __neg__(self) -> "Power":
        return Power(
            inverters=-self.inverters,
            unknown=-self.unknown,
            unsupported=-self.unsupported,
            watts=-self.watts,
        )


def with_power(plant: Plant, more: Power, today: date) -> Plant:
    """The plant with inverters that came, went or changed (`more` may be negative).

    The first one begins the trial, once. More power than was licensed ends the right to use of all
    terms at once; what they were still worth, to the day, is credited.

    >>> from datetime import UTC
    >>> site = Site(country="DE", postal_code="72555", city="Metzingen", latitude=Decimal("48.5"),
    ...     longitude=Decimal("9.3"))
    >>> details = PlantDetails(name="Süd", site=site, temperature_coefficient=Decimal("-0.38"),
    ...     azimuth=180, tilt=30, module_area=Decimal(60), feed_in_tariff=Decimal("8.1"))
    >>> made = datetime(2026, 1, 1, tzinfo=UTC)
    >>> new = Plant(id=PlantId("10001-1"), details=details, created_at=made)
    >>> one = Power(inverters=1, watts=10_000)
    >>> begun = with_power(new, one, date(2026, 1, 1))
    >>> begun.trial_from, begun.power_w, with_power(begun, one, date(2026, 1, 9)).trial_from
    (datetime.date(2026, 1, 1), 10000, datetime.date(2026, 1, 1))
    >>> term = Term(order=OrderNumber("2026-000001"), after=date(2026, 2, 10), days=365,
    ...     power_w=10_000, net_cents=3650)
    >>> grown = with_power(replace(begun, terms=(term,)), one, date(2026, 2, 20))
    >>> grown.credit_cents, grown.extended_on, grown.terms[0].ended == grown.extended_on
    (3550, datetime.date(2026, 2, 20), True)
    """
    changed = replace(
        plant,
        inverters=plant.inverters + more.inverters,
        unknown_inverters=plant.unknown_inverters + more.unknown,
        unsupported_inverters=plant.unsupported_inverters + more.unsupported,
        power_w=plant.power_w + more.watts,
        trial_from=plant.trial_from or (today if more.inverters > 0 else None),
    )
    return grown(changed, today)


def grown(plant: Plant, today: date) -> Plant:
    """The plant; each of its terms that it has outgrown ends now, its remaining value is credited.

    One that still covers the power goes on: it was bought before the plant became smaller.
    """
    outgrown = plant.outgrown_terms(today)
    return replace(end_terms(plant, outgrown, today), extended_on=today) if outgrown else plant


def end_terms(plant: Plant, terms: Collection[Term], today: date) -> Plant:
    """The plant, these of its terms over now; their remaining value is credited."""
    return replace(
        plant,
        terms=tuple(term.ended_on(today) if term in terms else term for term in plant.terms),
        credit_cents=plant.credit_cents + sum(term.value_left(today) for term in terms),
    )


def ordered(plant: Plant, order: OrderNumber, *, power_w: int, credit_cents: int) -> Plant:
    """The plant while an order waits for its payment: so much of its credit is that order's now.

    Raises ValueError if there is less.
    """
    if credit_cents > plant.credit_cents:
        raise ValueError(f"{credit_cents} of {plant.credit_cents} cents cannot be used")
    left = plant.credit_cents - credit_cents
    return replace(plant, open_order=order, ordered_w=power_w, credit_cents=left)


def released(plant: Plant, *, credit_cents: int) -> Plant:
    """The plant after its open order has come to nothing: the credit that it held is back."""
    credit = plant.credit_cents + credit_cents
    return replace(plant, open_order=None, ordered_w=None, credit_cents=credit)


def without_terms_of(
    plant: Plant, order: OrderNumber, *, credit_cents: int, today: date
) -> Plant | None:
    """The plant after an order was withdrawn: its terms end without credit, the used one is back.

    A term that was outgrown has been credited already: that is taken back. None: it is spent, if
    only for an order that is open.
    """
    its = [term for term in plant.terms if term.order == order]
    credited = sum(term.value_left(term.ended) for term in its if term.ended)
    left = plant.credit_cents + credit_cents - credited
    if left < 0:
        return None
    return replace(
        plant,
        terms=tuple(
            term.ended_on(today) if term in its and not term.ended else term for term in plant.terms
        ),
        credit_cents=left,
    )


def new_term_counts_from(
    plant: Plant, today: date, *, days: int, not_before: date | None = None
) -> date:
    """The day after which a term of so many days counts that is activated today.

    After the activation, or the end of what runs, whichever is later; for a plant that has
    outgrown its terms, after the extension, unless nothing would be left of the term by now.
    `not_before` is when a consumer's term may begin who has not asked for it at once.
    """
    since = plant.rights().counts_from(today)
    if plant.extended_on and since == today:
        extension = max(plant.extended_on, plant.rights().counts_from(plant.extended_on))
        since = extension if (today - extension).days < days else today
    return max(since, not_before) if not_before else since


def bought(plant: Plant, term: Term, today: date) -> Plant:
    """The plant with the term of its open order, which has used its credit when it was placed.

    If it has grown since the order, the term ends at once, and all of it is credited.
    """
    terms = (*plant.terms, term)
    licensed = replace(plant, terms=terms, extended_on=None, open_order=None, ordered_w=None)
    return grown(licensed, today)
