"""The catalogue as the build left it; it was checked there (`freischalt.catalogue_file`)."""

import json
from pathlib import Path

from freischalt.domain.catalogue import Catalogue, Document


def load_catalogue(path: Path) -> Catalogue:
    compiled = json.loads(path.read_text("utf-8"))
    return Catalogue(
        currency=compiled["currency"],
        points={int(quantity): cents for quantity, cents in compiled["points"].items()},
        e_protocol=compiled["e_protocol"],
        documents={
            kind: Document(document["version"], document["urls"])
            for kind, document in compiled["documents"].items()
        },
        contract_documents=compiled["contract_documents"],
        contacts=compiled["contacts"],
    )
