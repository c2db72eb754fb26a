"""The documents of a contract, and which of them are attached to its mails.

Users accept the terms of use and the privacy policy when they register; the others belong to a
contract. A notice names its attachments as `<kind>:<version>`, separated by spaces.

>>> read_attached("terms:2026-11 faq:1")
(('terms', '2026-11'), ('faq', '1'))
"""

from enum import StrEnum

from freischalt.domain.catalogue import Catalogue
from freischalt.domain.term_order import TermOrder

GERMANY = "DE"


class ContractDocument(StrEnum):
    """Each has a file in each language, for each version that ever was in force."""

    TERMS = "terms"
    GENERAL_TERMS = "general-terms"
    PRIVACY = "privacy"
    FAQ = "faq"
    WITHDRAWAL = "withdrawal"


def attached_documents(catalogue: Catalogue, order: TermOrder) -> str:
    """In the versions that the customer has accepted; of the others, the current ones."""
    versions = {**catalogue.all_versions, **order.consent.documents}
    return " ".join(
        f"{kind.value}:{versions[kind.value]}"
        for kind in ContractDocument
        if kind.value in versions and (kind is not ContractDocument.WITHDRAWAL or withdraws(order))
    )


def withdraws(order: TermOrder) -> bool:
    """Whether the customer is told of the right of withdrawal: consumers in Germany are."""
    return order.is_consumers and order.buyer.address.country == GERMANY


def read_attached(documents: str) -> tuple[tuple[str, str], ...]:
    pairs = (each.partition(":") for each in documents.split())
    return tuple((kind, version) for kind, _, version in pairs)
