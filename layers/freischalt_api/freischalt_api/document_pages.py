"""The contract's documents, to be viewed and printed by anybody."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import Field

from freischalt.domain.documents import ContractDocument
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.domain.user import Language
from freischalt.errors import DocumentMissing
from freischalt.invoice_ports import Documents
from freischalt.use_cases.office import Office
from freischalt_api.api import Api
from freischalt_api.problems import Refused

HTML = "text/html; charset=utf-8"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

Version = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9._-]+$")]


def add_document_pages(app: Api, office: Office, documents: Documents) -> None:
    @app.get(
        "/documents/<kind>",
        tags=["Documents"],
        summary="A document, as a page to view and print",
        responses={200: {"description": "The page", "content": {"text/html": {}}}},
    )
    def get_document_page(
        kind: Annotated[ContractDocument, Path()],
        language: Annotated[
            Language | None, Query(description="Accept-Language without it")
        ] = None,
        version: Annotated[Version | None, Query(description="The current one without it")] = None,
    ) -> Response[str]:
        wanted = language or app.language
        current = office.catalogue.all_versions.get(kind.value, "")
        try:
            page = documents.read(kind, version or current, wanted)
        except DocumentMissing:
            raise Refused(Refusal(RefusalCode.NOT_FOUND)) from None
        headers: dict[str, str | list[str]] = {
            "Cache-Control": "public, max-age=300",
            "Content-Language": wanted.value,
            "Content-Security-Policy": POLICY,
            "Vary": "Accept-Language",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(200, HTML, page.html, headers)
