"""Invoices, for those they are written to and for operators: lists, and links to their PDFs."""

from datetime import date
from typing import Annotated

from freischalt.account_ports import LINK_OPEN, Ref
from freischalt.domain.ids import ORDER_NUMBER, AccountNumber, InvoiceId
from freischalt.domain.invoice import Invoice, InvoiceKind, file_of
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt.invoice_ports import InvoiceFiles
from freischalt.use_cases.office import Office, known_account
from freischalt_api.api import After, Api, Limit, further, path, place
from freischalt_api.problems import Refused, ok
from freischalt_api.shapes import ACCOUNT_PATTERN, FileOut, Out

INVOICE_FILE = rf"^{ORDER_NUMBER.pattern}(-credit|-correction-[A-Za-z0-9-]{{1,64}})?\.pdf$"


class InvoiceOut(Out):
    """`number` and `file` are there as soon as it is written: a minute or so after its cause.

    `of` is the id of the invoice that a credit note takes back, or that a correction adds to.
    """

    id: str
    number: str | None
    kind: InvoiceKind
    of: str | None
    issued_on: date | None
    order_number: str
    net_cents: int
    vat_cents: int
    gross_cents: int
    currency: str
    paid: bool
    file: str | None


class InvoicesOut(Out):
    invoices: list[InvoiceOut]
    next: str | None


def add_invoices(app: Api, office: Office, files: InvoiceFiles) -> None:
    """What a customer sees."""

    @app.get("/invoices", tags=["Invoices"], summary="My invoices, by order, latest year first")
    def get_invoices(after: After = None, limit: Limit = 20) -> InvoicesOut:
        return _listed(app.account(), "/invoices", office, after, limit)

    @app.get("/invoices/<file>", tags=["Invoices"], summary="Where an invoice's PDF is")
    def get_invoice_file(file: Annotated[str, path(INVOICE_FILE)]) -> FileOut:
        """`<id>.pdf`. The token is not sent to the address, which opens it for ten minutes."""
        return _handed_out(app.account(), file, office, files, app)


def add_operator_invoices(app: Api, office: Office, files: InvoiceFiles) -> None:
    """What an operator sees of any account."""

    @app.get(
        "/operator/accounts/<number>/invoices",
        tags=["Operator"],
        summary="An account's invoices, by order, latest year first",
    )
    def get_invoices_of(
        number: Annotated[str, path(ACCOUNT_PATTERN)], after: After = None, limit: Limit = 20
    ) -> InvoicesOut:
        account = ok(known_account(AccountNumber(number), office)).number
        return _listed(account, f"/operator/accounts/{account}/invoices", office, after, limit)

    @app.get(
        "/operator/accounts/<number>/invoices/<file>",
        tags=["Operator"],
        summary="Where an invoice's PDF is",
    )
    def get_invoice_file_of(
        number: Annotated[str, path(ACCOUNT_PATTERN)], file: Annotated[str, path(INVOICE_FILE)]
    ) -> FileOut:
        return _handed_out(AccountNumber(number), file, office, files, app)


def _listed(
    account: AccountNumber, base: str, office: Office, after: str | None, limit: int
) -> InvoicesOut:
    page = office.records.page(Invoice, account, after=place(after), limit=limit)
    return InvoicesOut(
        invoices=[_shown(invoice, base) for invoice in page.things], next=further(page.next)
    )


def _shown(invoice: Invoice, base: str) -> InvoiceOut:
    return InvoiceOut(
        id=invoice.id,
        number=invoice.number if invoice.filed_at else None,
        kind=invoice.kind,
        of=invoice.of,
        issued_on=invoice.issued_on if invoice.filed_at else None,
        order_number=invoice.order,
        net_cents=invoice.net_cents,
        vat_cents=invoice.vat_cents,
        gross_cents=invoice.gross_cents,
        currency=invoice.currency,
        paid=invoice.paid,
        file=f"{base}/{invoice.id}.pdf" if invoice.filed_at else None,
    )


def _handed_out(
    account: AccountNumber, file: str, office: Office, files: InvoiceFiles, app: Api
) -> FileOut:
    """An invoice of another account is not found, nor is one that is not written yet."""
    ref = Ref(Invoice, (account, InvoiceId(file.removesuffix(".pdf"))))
    invoice = office.records.read(ref)[ref]
    if invoice is None or not invoice.filed_at:
        raise Refused(Refusal(RefusalCode.NOT_FOUND))
    return FileOut(url=files.link(file_of(invoice)), until=app.moment + LINK_OPEN)
