"""In-memory ports of what writes invoices."""

from dataclasses import dataclass, field
from hashlib import sha256

from freischalt.domain.ids import InvoiceId
from freischalt.domain.invoice import Invoice
from freischalt.use_cases.write_invoices import InvoiceDesk
from tests.account_fakes import FakeOffice


@dataclass
class FakeFiles:
    """Fits `InvoiceFiles`."""

    kept: dict[str, bytes] = field(default_factory=dict)
    times: int = 0

    def keep(self, name: str, pdf: bytes) -> None:
        assert self.kept.setdefault(name, pdf) == pdf
        self.times += 1

    def read(self, name: str) -> bytes:
        return self.kept[name]

    def link(self, name: str) -> str:
        return f"https://files.example.org/{name}"


class ShortPrinter:
    """Fits `InvoicePrinter`, at no cost: what it prints depends on the invoice alone."""

    def __init__(self, *, jams_on: InvoiceId | None = None) -> None:
        self._jams_on = jams_on

    def pdf(self, invoice: Invoice, of: Invoice | None) -> bytes:
        if invoice.id == self._jams_on:
            raise OSError("paper jam")
        of_number = of.number if of else None
        printed = (invoice.number, invoice.issued_on, invoice.gross_cents, of_number)
        return sha256(repr(printed).encode()).digest()


class FakeWanted:
    """Fits `WantedInvoices`; a second behind is what it may be."""

    def __init__(self, fake: FakeOffice) -> None:
        self._fake = fake

    def wanted(self) -> list[Invoice]:
        every = self._fake.records.all(Invoice)
        return sorted((one for one in every if not one.filed_at), key=lambda one: one.wanted_at)


def a_desk(fake: FakeOffice, printer: ShortPrinter | None = None) -> InvoiceDesk:
    return InvoiceDesk(
        office=fake.office,
        wanted=FakeWanted(fake),
        printer=printer or ShortPrinter(),
        files=FakeFiles(),
    )
