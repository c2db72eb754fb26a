"""The documents of a contract, and which of them are attached to its mails.

Users accept the terms of use and the privacy policy when they register; the others belong to a
contract. A notice names its attachments as `<kind>:<version>`, separated by spaces.

>>> read_attached("terms:2026-11 faq:1")
(('terms', '2026-11'), ('faq', '1'))
"""

from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING

from freischalt.domain.catalogue import Catalogue
from freischalt.domain.user import Language

if TYPE_CHECKING:
    from freischalt.domain.term_order import TermOrder

GERMANY = "DE"


class ContractDocument(StrEnum):
    """Each has a file in each language, for each version that ever was in force."""

    TERMS = "terms"
    GENERAL_TERMS = "general-terms"
    PRIVACY = "privacy"
    FAQ = "faq"
    WITHDRAWAL = "withdrawal"


FILE_NAMES: dict[ContractDocument, dict[Language, str]] = {
    ContractDocument.TERMS: {
        Language.GERMAN: "Nutzungsbedingungen",
        Language.ENGLISH: "Terms-of-use",
    },
    ContractDocument.GENERAL_TERMS: {Language.GERMAN: "AGB", Language.ENGLISH: "General-terms"},
    ContractDocument.PRIVACY: {
        Language.GERMAN: "Datenschutzerklaerung",
        Language.ENGLISH: "Privacy-policy",
    },
    ContractDocument.FAQ: {Language.GERMAN: "FAQ", Language.ENGLISH: "FAQ"},
    ContractDocument.WITHDRAWAL: {
        Language.GERMAN: "Widerrufsbelehrung",
        Language.ENGLISH: "Withdrawal-notice",
    },
}
"""In ASCII: not every mail program reads more in the name of a file."""

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:42em;margin:2em auto;padding:0 1em}"
    ".demo{border:1px solid;padding:.5em 1em}"
    "@media print{body{font-size:11pt;margin:0;max-width:none}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPage:
    """A document in one version and language; `body` is HTML that begins with the title."""

    kind: ContractDocument
    version: str
    language: Language
    title: str
    body: str

    @property
    def html(self) -> str:
        """The whole page, to be viewed and printed; it needs nothing from anywhere else."""
        return (
            f'<!doctype html>\n<html lang="{self.language.value}">\n<head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{escape(self.title)} ({escape(self.version)})</title>"
            f"<style>{STYLE}</style></head>\n<body>\n{self.body}</body>\n</html>\n"
        )

    @property
    def file_name(self) -> str:
        return f"{FILE_NAMES[self.kind][self.language]}.html"


def attached_documents(catalogue: Catalogue, order: "TermOrder") -> str:
    """In the versions that the customer has accepted; of the others, the current ones."""
    versions = {**catalogue.all_versions, **order.consent.documents}
    return " ".join(
        f"{kind.value}:{versions[kind.value]}"
        for kind in ContractDocument
        if kind.value in versions and (kind is not ContractDocument.WITHDRAWAL or withdraws(order))
    )


def withdraws(order: "TermOrder") -> bool:
    """Whether the customer is told of the right of withdrawal: consumers in Germany are."""
    return order.is_consumers and order.buyer.address.country == GERMANY


def read_attached(documents: str) -> tuple[tuple[str, str], ...]:
    pairs = (each.partition(":") for each in documents.split())
    return tuple((kind, version) for kind, _, version in pairs)
