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
from typing import Annotated, Self

from pydantic import Field, model_validator

from freischalt.domain.catalogue import Catalogue, Document
from freischalt.errors import BrokenCatalogue
from freischalt.vendor_file import Strict, read_vendor_file

Cents = Annotated[int, Field(ge=1, le=100_000_000, strict=True)]
Quantity = Annotated[int, Field(ge=1, le=999_999, strict=True)]


class _Points(Strict):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    prices: Annotated[dict[Quantity, Cents], Field(min_length=1)]

    @model_validator(mode="after")
    def more_points_never_cost_less(self) -> Self:
        for (fewer, price), (more, higher) in pairwise(sorted(self.prices.items())):
            if higher < price:
                raise ValueError(f"{more} points cost less than {fewer}")
        return self


class _EProtocol(Strict):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    price: Cents


class _Products(Strict):
    points: _Points
    e_protocol: _EProtocol


Url = Annotated[str, Field(pattern=r"^https://[!-~]{1,300}$")]


class _Document(Strict):
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,20}$")]
    de: Url
    en: Url


class _Documents(Strict):
    terms: _Document
    privacy: _Document


Address = Annotated[str, Field(pattern=r"^([!-~]+@[!-~]+\.[!-~]+)?$", max_length=254)]


class _Contacts(Strict):
    advocate: Address = ""
    hotline: Annotated[str, Field(min_length=1, max_length=120)]
    partner_GR: Annotated[str, Field(min_length=1, max_length=200)]  # noqa: N815 - GR is Greece
    partner_CH: Annotated[str, Field(min_length=1, max_length=200)]  # noqa: N815


class CatalogueFile(Strict):
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
    return read_vendor_file(CatalogueFile, text, name).catalogue()


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
