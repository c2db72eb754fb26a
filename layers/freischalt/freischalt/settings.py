"""The environment of each function, read and checked once, when the function starts.

>>> TableSettings.of({"TABLE_NAME": "desk"})
TableSettings(table='desk')
>>> ExportSettings.of({"TABLE_NAME": "desk", "TIME_ZONE": "Mars"})
Traceback (most recent call last):
freischalt.errors.WrongSettings: EXPORTS_BUCKET_NAME is missing; TIME_ZONE is no time zone
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self, cast
from zoneinfo import ZoneInfo

from freischalt.domain.countries import CALLING_CODES, E164
from freischalt.domain.key_ring import KeyRing
from freischalt.errors import WrongSettings

COMPILED_CATALOGUE = Path(__file__).with_name("catalogue.json")
COMPILED_TERMS = Path(__file__).with_name("terms.json")


class Reader:
    """Reads variables and collects what is wrong with all of them, so that one start tells all."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def read[T](
        self, name: str, parse: Callable[[str], T], rule: str, *, default: str | None = None
    ) -> T:
        text = self._environ.get(name) or default
        try:
            if text is not None:
                return parse(text)
            self._problems.append(f"{name} is missing")
        except (ValueError, LookupError, OSError):
            self._problems.append(f"{name} {rule}")
        return cast("T", None)  # `__exit__` raises before anybody sees it

    def text(self, name: str) -> str:
        return self.read(name, str, "is no text")

    def whole(self, name: str) -> int:
        return self.read(name, _positive, "is no whole number above 0")

    def zone(self, name: str) -> ZoneInfo:
        return self.read(name, ZoneInfo, "is no time zone")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Raises WrongSettings that names every problem."""
        if error is None and self._problems:
            raise WrongSettings("; ".join(self._problems))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _phones(text: str) -> frozenset[str]:
    numbers = frozenset(number.strip() for number in text.split(",") if number.strip())
    if not all(E164.fullmatch(number) for number in numbers):
        raise ValueError
    return numbers


def _prefixes(text: str) -> tuple[str, ...]:
    return tuple(CALLING_CODES[country.strip()] for country in text.split(","))


def _cents_or_never(text: str) -> int | None:
    return None if text == "never" else int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSettings:
    """The one table."""

    table: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(table=reader.text("TABLE_NAME"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSettings:
    """The table and the vendor's event bus."""

    table: str
    bus: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(table=reader.text("TABLE_NAME"), bus=reader.text("EVENT_BUS_NAME"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """The table, the bucket for files, and the time zone that says what a month is."""

    table: str
    bucket: str
    time_zone: ZoneInfo

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(
                table=reader.text("TABLE_NAME"),
                bucket=reader.text("EXPORTS_BUCKET_NAME"),
                time_zone=reader.zone("TIME_ZONE"),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSettings:
    """What answering needs. `confirm_above` is whole cents, None for never."""

    table: str
    time_zone: ZoneInfo
    key_ring: KeyRing
    catalogue: Path
    origination_identity: str
    configuration_set: str
    opt_out_list: str
    own_numbers: frozenset[str]
    served_prefixes: tuple[str, ...]
    replies_an_hour: int
    repeated_order_within: timedelta
    confirm_above: int | None
    function_timeout: timedelta
    max_receives: int

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        with Reader(environ) as reader:
            return cls(
                table=reader.text("TABLE_NAME"),
                time_zone=reader.zone("TIME_ZONE"),
                key_ring=reader.read("KEY_RING", KeyRing.read, "is not id=state=arn,…, one active"),
                catalogue=reader.read(
                    "CATALOGUE_FILE", Path, "is no path", default=str(COMPILED_CATALOGUE)
                ),
                origination_identity=reader.text("ORIGINATION_IDENTITY"),
                configuration_set=reader.text("CONFIGURATION_SET_NAME"),
                opt_out_list=reader.text("OPT_OUT_LIST_NAME"),
                own_numbers=reader.read("OWN_NUMBERS", _phones, "is no list of E.164 numbers"),
                served_prefixes=reader.read(
                    "SERVED_COUNTRIES", _prefixes, "is no list of countries that we know"
                ),
                replies_an_hour=reader.whole("REPLIES_AN_HOUR"),
                repeated_order_within=timedelta(minutes=reader.whole("REPEATED_ORDER_MINUTES")),
                confirm_above=reader.read(
                    "CONFIRM_ABOVE_CENTS", _cents_or_never, "is neither whole cents nor `never`"
                ),
                function_timeout=timedelta(seconds=reader.whole("FUNCTION_TIMEOUT_SECONDS")),
                max_receives=reader.whole("MAX_RECEIVES"),
            )
