"""The invoice for people: a PDF/A-3 with the XML inside. The same invoice has the same bytes."""

from datetime import UTC, datetime
from typing import cast

from fpdf import FPDF
from fpdf.enums import DocumentCompliance, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

from freischalt.domain.invoicing import vat_note
from freischalt_invoices.amounts import day, money, percent
from freischalt_invoices.cii import invoice_xml
from freischalt_invoices.document import InvoiceDocument
from freischalt_invoices.fonts import FAMILY, add_fonts, writable
from freischalt_invoices.xmp import factur_x_metadata

XML_NAME = "factur-x.xml"  # the name that Factur-X and ZUGFeRD prescribe
MARGIN, LINE = 20, 5  # in millimetres
GREY = (110, 110, 110)


def invoice_pdf(document: InvoiceDocument) -> bytes:
    page = InvoicePage(document)
    page.add_page()
    page.write_addressee()
    page.write_facts()
    page.write_lines()
    page.write_sums()
    page.write_notes()
    return bytes(page.output())


class InvoicePage(FPDF):
    """Pages of A4, in millimetres."""

    def __init__(self, document: InvoiceDocument) -> None:
        super().__init__(format="A4", enforce_compliance=DocumentCompliance.PDFA_3B)
        self._document = document
        self._words = document.words
        self._language = document.invoice.language
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=32)
        add_fonts(self)
        self.set_font(FAMILY, size=9)
        self._known = frozenset(cast("TTFFont", self.fonts[FAMILY]).cmap)
        self._describe()

    def _describe(self) -> None:
        made = datetime.combine(self._document.issued_on, datetime.min.time(), UTC)
        self.set_creation_date(made)
        self.set_title(self._document.title)
        self.set_author(self._document.seller.name)
        self.set_lang(self._language.value)
        self.set_producer("Freischalt")
        self.set_xmp_metadata(
            factur_x_metadata(self._document.title, self._document.seller.name, made)
        )
        self.embed_file(
            bytes=invoice_xml(self._document),
            basename=XML_NAME,
            mime_type="text/xml",
            creation_date=made,
            modification_date=made,
            desc=f"EN 16931: {self._document.title}",
            associated_file_relationship="Alternative",
            compress=True,
        )

    def footer(self) -> None:
        seller = self._document.seller
        facts = (
            f"{seller.name} · {seller.street} · {seller.postal_code} {seller.city}",
            f"{self._words.our_vat_id} {seller.vat_id} · {seller.email}",
            " · ".join(seller.lines),
        )
        self.set_y(-26)
        self.set_font(FAMILY, size=7)
        self.set_text_color(*GREY)
        for fact in facts:
            self._row(fact, height=3.5)
        pages = self._words.page.format(page=self.page_no(), pages="{nb}")
        self.cell(0, 3.5, pages, align="R")
        self.set_text_color(0)
        self.set_font(FAMILY, size=9)

    def write_addressee(self) -> None:
        """Where a window envelope shows it."""
        seller, buyer = self._document.seller, self._document.invoice.buyer
        self.set_y(45)
        self.set_font(FAMILY, size=7)
        self._row(f"{seller.name}, {seller.street}, {seller.postal_code} {seller.city}")
        self.set_font(FAMILY, size=10)
        address = buyer.address
        for line in (buyer.name, address.street, f"{address.postal_code} {address.city}"):
            self._row(line)
        self._row(address.country)
        self.set_font(FAMILY, size=9)

    def write_facts(self) -> None:
        document, words, invoice = self._document, self._words, self._document.invoice
        self.set_y(95)
        self.set_font(FAMILY, "B", 14)
        self._row(document.title, height=8)
        self.set_font(FAMILY, size=9)
        facts = [
            (words.number, document.number),
            (words.issued, day(document.issued_on, self._language)),
            (words.supplied, day(invoice.supplied_on, self._language)),
            (words.customer, invoice.account),
            (words.order, invoice.order),
        ]
        if document.of and document.of.number and document.of.issued_on:
            issued = day(document.of.issued_on, self._language)
            facts.append((words.of, f"{document.of.number} ({issued})"))
        if invoice.buyer_vat_id:
            facts.append((words.your_vat_id, invoice.buyer_vat_id))
        for name, value in facts:
            self.cell(45, LINE, name)
            self._row(value)
        self.ln(LINE)

    def write_lines(self) -> None:
        words, currency = self._words, self._document.invoice.currency
        bold = FontFace(emphasis="BOLD", fill_color=(240, 240, 240))
        with self.table(
            col_widths=(10, 92, 42, 26),
            text_align=("LEFT", "LEFT", "LEFT", "RIGHT"),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=bold,
            line_height=LINE,
            padding=1,
        ) as table:
            table.row((words.position, words.text, words.period, f"{words.amount} {currency}"))
            for position, line in enumerate(self._document.invoice.lines, start=1):
                begins, ends = (
                    each and day(each, self._language) for each in (line.begins, line.ends)
                )
                period = f"{begins} \N{EN DASH}\n{ends}" if begins and ends else ""
                amount = money(line.net_cents, self._language)
                table.row((str(position), self._writable(line.text), period, amount))
        self.ln(LINE)

    def write_sums(self) -> None:
        words, invoice = self._words, self._document.invoice
        rate = percent(invoice.vat.basis_points, self._language)
        for name, cents in (
            (words.net, invoice.net_cents),
            (f"{words.vat} {rate}", invoice.vat_cents),
            (words.gross, invoice.gross_cents),
        ):
            self.set_font(FAMILY, "B" if name == words.gross else "", 9)
            self.cell(130, LINE, name, align="R")
            amount = f"{money(cents, self._language)} {invoice.currency}"
            self.cell(0, LINE, amount, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font(FAMILY, size=9)
        self.ln(LINE)

    def write_notes(self) -> None:
        for note in (vat_note(self._document.invoice), self._document.payment_text):
            if note:
                self._row(note)
                self.ln(2)

    def _row(self, text: str, *, height: float = LINE) -> None:
        """One line of the page, or more where it is too long for one."""
        self.multi_cell(
            0, height, self._writable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def _writable(self, text: str) -> str:
        return writable(text, self._known)
