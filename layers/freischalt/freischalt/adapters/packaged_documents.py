"""The texts of the contract's documents, from the files beside this package.

Each is `<kind>.<version>.<language>.html`: the page's body, which begins with its title. A version
that was in force stays here for as long as mails and customers may name it.
"""

import re
from pathlib import Path

from freischalt.domain.documents import ContractDocument, DocumentPage
from freischalt.domain.user import Language
from freischalt.errors import DocumentMissing

FOLDER = Path(__file__).parent.parent / "documents"
VERSION = re.compile(r"[A-Za-z0-9._-]{1,20}")
TITLE = re.compile(r"<h1>([^<]+)</h1>")


class PackagedDocuments:
    """Fits the port `Documents`."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    def read(self, kind: ContractDocument, version: str, language: Language) -> DocumentPage:
        name = f"{kind.value}.{version}.{language.value}.html"
        if not VERSION.fullmatch(version):
            raise DocumentMissing(f"{kind.value}: not a version")
        try:
            body = (self._folder / name).read_text("utf-8")
        except FileNotFoundError:
            raise DocumentMissing(f"{name} is not in the layer") from None
        title = TITLE.match(body)
        if title is None:
            raise DocumentMissing(f"{name} does not begin with its title")
        return DocumentPage(
            kind=kind, version=version, language=language, title=title[1], body=body
        )
