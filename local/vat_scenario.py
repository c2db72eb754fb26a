"""What the stand-in for VIES and eVatR answers: the scenario file, checked when it is loaded.

    vendors: [VAT ID, ...]          who may ask; the services know nobody else
    discloses: {DE: nothing, ...}   what a state tells of a company (default: all)
    groups: [{title, entries: [...]}]

| of an entry | is |
| --- | --- |
| `vat_id` | with its prefix (EL for Greece, XI for Northern Ireland); its check digits are right |
| `company` | what the member state has registered; without, the VAT ID is not assigned |
| `enter` | what to enter instead, to see a difference; only for the table of VAT IDs to try |
| `vies`, `evatr` | answers (`vat_answer.py`) in order; the last stays. None: by the register |
| `tells` | what comes of it, for the table |
"""

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator
from stdnum.eu import vat

from local.vat_answer import Answer, Service, Strict, check_answers
from local.vat_register import Company, Text

FILE = Path(__file__).with_name("vat_scenario.yaml")


class BrokenScenarioError(Exception):
    """The file breaks rules; the message has a line for each."""


def _checked(vat_id: str) -> str:
    if vat_id.startswith("GR"):
        raise ValueError(f"{vat_id}: Greece is EL")
    if not vat.is_valid(vat_id) or vat.compact(vat_id) != vat_id:
        raise ValueError(f"{vat_id} is no VAT ID, or not written as one")
    return vat_id


VatId = Annotated[str, AfterValidator(_checked)]
State = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Disclosure = Literal["all", "comparison", "nothing"]
Entered = Literal["name", "street", "postal_code", "city"]


class Entry(Strict):
    """Field by field as in the table above."""

    vat_id: VatId
    company: Company | None = None
    enter: Mapping[Entered, Text] = Field(default_factory=dict)
    vies: tuple[Answer, ...] = ()
    evatr: tuple[Answer, ...] = ()
    tells: Text

    @model_validator(mode="after")
    def the_services_can_say_this(self) -> Self:
        check_answers(Service.VIES, self.vies)
        check_answers(Service.EVATR, self.evatr)
        if self.evatr and self.vat_id.startswith("DE"):
            raise ValueError(f"{self.vat_id}: eVatR refuses every question about a German VAT ID")
        if self.enter and not self.company:
            raise ValueError(f"{self.vat_id}: nothing is registered that `enter` could differ from")
        return self

    def answers(self, service: Service) -> tuple[Answer, ...]:
        return self.vies if service is Service.VIES else self.evatr


class Group(Strict):
    title: Text
    entries: Annotated[tuple[Entry, ...], Field(min_length=1)]


class Scenario(Strict):
    """Vendors and companies are apart: nobody is asked about the vendor."""

    vendors: Annotated[tuple[VatId, ...], Field(min_length=1)]
    discloses: Mapping[State, Disclosure] = Field(default_factory=dict)
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def each_is_there_once(self) -> Self:
        listed = Counter([*self.vendors, *(each.vat_id for each in self.all_entries)])
        if twice := [vat_id for vat_id, times in listed.items() if times > 1]:
            raise ValueError(f"more than once: {', '.join(twice)}")
        return self

    @property
    def all_entries(self) -> tuple[Entry, ...]:
        return tuple(entry for group in self.groups for entry in group.entries)

    @cached_property
    def by_vat_id(self) -> dict[str, Entry]:
        return {entry.vat_id: entry for entry in self.all_entries}

    def company(self, vat_id: str) -> Company | None:
        entry = self.by_vat_id.get(vat_id)
        return entry.company if entry else None

    def disclosed(self, vat_id: str) -> Disclosure:
        return self.discloses.get(vat_id[:2], "all")


def read(path: Path = FILE) -> Scenario:
    """Read a file, or raise BrokenScenarioError."""
    try:
        return Scenario.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as unreadable:
        raise BrokenScenarioError(f"{path}: {unreadable}") from unreadable
    except ValidationError as broken:
        lines = [f"{path.name}: {_where(each)}{each['msg']}" for each in broken.errors()]
        raise BrokenScenarioError("\n".join(lines)) from broken


def _where(error: Any) -> str:
    place = ".".join(str(step) for step in error["loc"])
    return f"{place}: " if place else ""
