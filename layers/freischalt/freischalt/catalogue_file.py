"""The vendor's `catalogue.yaml`, checked and compiled when the layer is built.

    python -m freischalt.catalogue_file catalogue.yaml catalogue.json

A broken catalogue stops the build with line, field and rule. The functions read the compiled file
and need neither pydantic nor a YAML reader.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from freischalt.domain.catalogue import Catalogue, Document
from freischalt.errors import BrokenCatalogue

Cents = Annotated[int, Field(ge=1, le=100_000_000, strict=True)]
Quantity = Annotated[int, Field(ge=1, le=999_999, strict=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class _Points(_Strict):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    prices: Annotated[dict[Quantity, Cents], Field(min_length=1)]

    @model_validator(mode="after")
    def more_points_never_cost_less(self) -> Self:
        for (fewer, price), (more, higher) in pairwise(sorted(self.prices.items())):
            if higher < price:
                raise ValueError(f"{more} points cost less than {fewer}")
        return self


class _EProtocol(_Strict):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    price: Cents


class _Products(_Strict):
    points: _Points
    e_protocol: _EProtocol


Url = Annotated[str, Field(pattern=r"^https://[!-~]{1,300}$")]


class _Document(_Strict):
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,20}$")]
    de: Url
    en: Url


class _Documents(_Strict):
    terms: _Document
    privacy: _Document


class _Contacts(_Strict):
    hotline: Annotated[str, Field(min_length=1, max_length=120)]
    partner_GR: Annotated[str, Field(min_length=1, max_length=200)]  # noqa: N815 - GR is Greece
    partner_CH: Annotated[str, Field(min_length=1, max_length=200)]  # noqa: N815


class CatalogueFile(_Strict):
    """The file's shape: prices are whole cents, net, in one currency."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    products: _Products
    documents: _Documents
    contacts: _Contacts

    def catalogue(self) -> Catalogue:
        return Catalogue(
            currency=self.currency,
            points=self.products.points.prices,
            e_protocol=self.products.e_protocol.price,
            documents={
                kind: Document(document.version, {"de": document.de, "en": document.en})
                for kind, document in self.documents
            },
            contacts=dict(self.contacts),
        )


def read_catalogue(text: str, name: str = "catalogue.yaml") -> Catalogue:
    """Read and check a catalogue. Raises BrokenCatalogue that names line, field and rule."""
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_doubles(tree, name)
        return CatalogueFile.model_validate(yaml.safe_load(text)).catalogue()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BrokenCatalogue(f"{name}, line {line}: {error.problem}") from None
    except ValidationError as error:
        raise BrokenCatalogue(
            "\n".join(
                f"{name}, line {_line(tree, problem['loc'])}: "
                f"{'.'.join(map(str, problem['loc'])) or 'the file'}: {problem['msg']}"
                for problem in error.errors()
            )
        ) from None


def _refuse_doubles(node: Any, name: str) -> None:
    """YAML lets the last of two equal keys win in silence: with prices that is a trap."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            line = key.start_mark.line + 1
            raise BrokenCatalogue(f"{name}, line {line}: {key.value}: stands twice")
        seen.add(key.value)
        _refuse_doubles(value, name)


def _line(node: Any, path: Sequence[int | str]) -> int:
    """The line of the field at `path`, or of the deepest part of it that exists."""
    line: int = node.start_mark.line + 1 if node else 1
    for step in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        found = [(key, value) for key, value in pairs if key.value == str(step)]
        if not found:
            break
        key, node = found[0]
        line = key.start_mark.line + 1
    return line


def compiled(catalogue: Catalogue) -> Mapping[str, object]:
    return {
        "currency": catalogue.currency,
        "points": {str(quantity): cents for quantity, cents in catalogue.points.items()},
        "e_protocol": catalogue.e_protocol,
        "documents": {
            kind: {"version": document.version, "urls": dict(document.urls)}
            for kind, document in catalogue.documents.items()
        },
        "contacts": dict(catalogue.contacts),
    }


def main(arguments: Sequence[str]) -> int:
    source, target = map(Path, arguments)
    try:
        catalogue = read_catalogue(source.read_text("utf-8"), source.name)
    except BrokenCatalogue as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command tells on its standard error
        return 1
    target.write_text(json.dumps(compiled(catalogue)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
