"""Plants and inverters as they come in and go out over HTTP, with every limit."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from freischalt.domain.plant import LONGEST_NAME, UNKNOWN, PlantKind
from freischalt.domain.term import TermState
from freischalt_api.shapes import Country, In, Line, Lines, Out, ShortLine, Words

PLANT_PATTERN = r"^[0-9A-Za-z][0-9A-Za-z-]{0,19}-[1-9][0-9]{0,4}$"
SERIAL_PATTERN = r"^[0-9A-Za-z][0-9A-Za-z-]{2,30}[0-9A-Za-z]$"
LARGEST_ENERGY = 10**15
"""In watt-hours: more than any plant produces in its life."""

type Watts = Annotated[int, Field(ge=1, le=1_000_000_000, strict=True)]
type Energy = Annotated[int, Field(ge=0, le=LARGEST_ENERGY, strict=True)]
type Serial = Annotated[str, Field(pattern=SERIAL_PATTERN, examples=["SN-0001"])]
type ActivationCode = Annotated[
    Words, Field(min_length=1, max_length=40, examples=["07NM-H8ND-3CD3"])
]
type TypeName = Annotated[ShortLine, Field(description="One of `/inverter-types`, or `unknown`")]
type Firmware = Annotated[str, Field(pattern=r"^[0-9]{1,5}(\.[0-9]{1,5}){0,4}$", examples=["1.9"])]


class InverterTypeOut(Out):
    name: str
    power_w: int = Field(description="Nominal power in watts")
    least_firmware: str = Field(description="The oldest firmware that can be monitored")


class InverterTypesOut(Out):
    types: list[InverterTypeOut]
    unknown_power_w: int = Field(description="What counts for the type `unknown`, in watts")


# --- plants


class SiteShape(In):
    country: Country
    postal_code: ShortLine
    city: Line
    latitude: Annotated[
        float, Field(ge=-90, le=90, strict=True, description="WGS 84, kept to 6 decimals")
    ]
    longitude: Annotated[float, Field(ge=-180, le=180, strict=True)]


class PlantIn(In):
    name: Line
    description: Lines = ""
    site: SiteShape
    kind: PlantKind = PlantKind.PV
    temperature_coefficient: Annotated[
        float, Field(ge=-2, le=0, strict=True, description="Of the modules' power, in % per kelvin")
    ]
    azimuth: Annotated[
        int, Field(ge=0, le=359, strict=True, description="Degrees from north; 180 is south")
    ]
    tilt: Annotated[int, Field(ge=0, le=90, strict=True, description="Degrees from the horizontal")]
    module_area: Annotated[float, Field(gt=0, le=10_000_000, strict=True, description="In m²")]
    module_label: Words = ""
    feed_in_tariff: Annotated[float, Field(ge=0, le=500, strict=True, description="Cents per kWh")]
    generator_power_w: Annotated[
        Watts | None, Field(description="Peak power of the modules, in watts")
    ] = None
    public: Annotated[bool, Field(strict=True, description="Shown to everybody, without name")] = (
        False
    )


class Warnings(StrEnum):
    """What the owner of a plant should look at."""

    FIRMWARE_UNSUPPORTED = "firmware_unsupported"
    UNKNOWN_INVERTER = "unknown_inverter"
    OUTGROWN = "outgrown"


class ProductionShape(In):
    on: Annotated[date, Field(description="The day that `dayWh` is of")]
    day_wh: Energy
    total_wh: Energy


class PlantOut(Out):
    """`end` and `nextChange` are first days, in the vendor's calendar, on which it is different."""

    id: str
    name: str
    description: str
    site: SiteShape
    kind: PlantKind
    temperature_coefficient: float
    azimuth: int
    tilt: int
    module_area: float
    module_label: str
    feed_in_tariff: float
    generator_power_w: int | None
    public: bool
    state: TermState | None = Field(description="Null before the first inverter is activated")
    locked: str | None = Field(description="`gesperrt bis …`, or null")
    end: date | None = Field(description="The first day without the right; null: there is none")
    renewable: bool
    next_change: date | None = Field(description="When the state may be another one")
    inverters: int
    unknown_inverters: int
    power_w: int
    licensed_power_w: int | None
    warnings: list[Warnings]
    production: ProductionShape | None = Field(description="Null, too, while it has no licence")
    by_guest: bool = Field(description="True: the plant is another account's")
    credit_cents: int | None = Field(description="Net, what no order has used yet; null for guests")
    open_order: str | None
    guests: list[str]
    created_at: datetime
    ended_at: datetime | None


class PlantsOut(Out):
    plants: list[PlantOut]
    next: str | None = None


# --- inverters


class InverterIn(In):
    type: TypeName = UNKNOWN
    name: Annotated[Words, Field(max_length=LONGEST_NAME)] = ""
    firmware: Firmware | None = None
    accept_growth: Annotated[
        bool,
        Field(
            strict=True,
            description="The plant may outgrow its licence, which ends it at once; without, the "
            "answer tells what that costs",
        ),
    ] = False


class NewInverterIn(InverterIn):
    serial: Serial
    activation_code: ActivationCode


class InverterAddedOut(Out):
    plant: str
    serial: str


class InverterOut(Out):
    serial: str
    type: str
    power_w: int
    name: str
    firmware: str | None
    warnings: list[Warnings]
    activated_at: datetime


class InvertersOut(Out):
    inverters: list[InverterOut]
    next: str | None = None
