"""What stands on an invoice beside its data, German and English."""

from dataclasses import dataclass

from freischalt.domain.invoice import InvoiceKind
from freischalt.domain.user import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """`titles` by the kind of document.

    A credit note is no "Gutschrift": in German VAT law (§ 14 (2) UStG) the customer would have
    written that.
    """

    titles: dict[InvoiceKind, str]
    number: str
    issued: str
    supplied: str
    customer: str
    order: str
    of: str
    your_vat_id: str
    our_vat_id: str
    position: str
    text: str
    period: str
    amount: str
    net: str
    vat: str
    gross: str
    paid: str
    nothing_to_pay: str
    refunded: str
    to_pay: str
    page: str


GERMAN = Words(
    titles={
        InvoiceKind.INVOICE: "Rechnung",
        InvoiceKind.CREDIT_NOTE: "Stornorechnung",
        InvoiceKind.CORRECTION: "Rechnung über eine Nachberechnung",
    },
    number="Rechnungsnummer",
    issued="Rechnungsdatum",
    supplied="Leistungsdatum",
    customer="Kundennummer",
    order="Bestellnummer",
    of="Zu Rechnung",
    your_vat_id="Ihre USt-IdNr.",
    our_vat_id="USt-IdNr.",
    position="Pos.",
    text="Leistung",
    period="Leistungszeitraum",
    amount="Netto",
    net="Summe netto",
    vat="Umsatzsteuer",
    gross="Rechnungsbetrag",
    paid="Der Betrag ist bezahlt. Vielen Dank.",
    nothing_to_pay="Es ist nichts zu bezahlen.",
    refunded="Was Sie auf die Rechnung bezahlt haben, erstatten wir, soweit das noch nicht"
    " geschehen ist.",
    to_pay="Bitte überweisen Sie den Betrag innerhalb von {days} Tagen mit dem Verwendungszweck"
    " {number} auf das Konto {iban} ({bic}).",
    page="Seite {page} von {pages}",
)
ENGLISH = Words(
    titles={
        InvoiceKind.INVOICE: "Invoice",
        InvoiceKind.CREDIT_NOTE: "Credit note",
        InvoiceKind.CORRECTION: "Invoice for a fee charged later",
    },
    number="Invoice number",
    issued="Date of issue",
    supplied="Date of supply",
    customer="Customer number",
    order="Order number",
    of="About invoice",
    your_vat_id="Your VAT ID",
    our_vat_id="VAT ID",
    position="No.",
    text="Service",
    period="Period of service",
    amount="Net",
    net="Net total",
    vat="VAT",
    gross="Total",
    paid="This amount has been paid. Thank you.",
    nothing_to_pay="There is nothing to pay.",
    refunded="We refund what you have paid of the invoice, unless we have done so already.",
    to_pay="Please transfer the amount within {days} days, with the reference {number}, to the"
    " account {iban} ({bic}).",
    page="Page {page} of {pages}",
)
WORDS = {Language.GERMAN: GERMAN, Language.ENGLISH: ENGLISH}
