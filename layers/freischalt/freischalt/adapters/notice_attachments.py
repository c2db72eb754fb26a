"""What goes with a mail, fetched when it is sent: the outbox names it, and holds none of it."""

from collections.abc import Iterator

from freischalt.account_ports import Attachment
from freischalt.domain.documents import ContractDocument, read_attached
from freischalt.domain.notice import Notice
from freischalt.invoice_ports import Documents, InvoiceFiles


class NoticeAttachments:
    """Fits the port `Attachments`."""

    def __init__(self, documents: Documents, files: InvoiceFiles) -> None:
        self._documents = documents
        self._files = files

    def of(self, notice: Notice) -> tuple[Attachment, ...]:
        return (*self._invoice(notice), *self._contract(notice))

    def _invoice(self, notice: Notice) -> Iterator[Attachment]:
        if name := notice.details.get("invoice"):
            shown = name.rpartition("/")[2]
            yield Attachment(shown, "application/pdf", self._files.read(name))

    def _contract(self, notice: Notice) -> Iterator[Attachment]:
        for kind, version in read_attached(notice.details.get("documents", "")):
            page = self._documents.read(ContractDocument(kind), version, notice.language)
            yield Attachment(page.file_name, "text/html; charset=utf-8", page.html.encode())
