"""The invoice for machines: EN 16931 in UN/CEFACT's Cross Industry Invoice, as Factur-X 1 wants it.

Element names are the syntax's; BT and BG are the standard's business terms and groups. Written by
the standard library: the order of the elements is the whole difficulty, and the tests hold it
against the published schema and rules.
"""

from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from freischalt.domain.address import Registrant
from freischalt.domain.invoice import Invoice, InvoiceKind, InvoiceLine
from freischalt.domain.invoicing import vat_note
from freischalt.domain.term_catalogue import Seller
from freischalt.domain.vat_charge import VatRule
from freischalt_invoices.amounts import decimal
from freischalt_invoices.document import PAYABLE_WITHIN, InvoiceDocument

UN = "urn:un:unece:uncefact:data:standard:"
NAMESPACES = {
    "rsm": f"{UN}CrossIndustryInvoice:100",
    "ram": f"{UN}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{UN}UnqualifiedDataType:100",
    "qdt": f"{UN}QualifiedDataType:100",
}
EN_16931 = "urn:cen.eu:en16931:2017"
TYPE_CODES = {
    InvoiceKind.INVOICE: "380",
    InvoiceKind.CREDIT_NOTE: "381",
    # 384 replaces an invoice; a fee charged later adds to one, which BG-3 names
    InvoiceKind.CORRECTION: "380",
}
CATEGORIES = {
    VatRule.DOMESTIC: "S",
    VatRule.CONSUMER: "S",
    VatRule.REVERSE_CHARGE: "AE",
    VatRule.OUTSIDE_EU: "O",
}
PIECE, SEPA_TRANSFER, DAY_FORMAT, REGISTER = "C62", "58", "102", "REG"

for prefix, uri in NAMESPACES.items():
    register_namespace(prefix, uri)


def invoice_xml(document: InvoiceDocument) -> bytes:
    root = Element(_name("rsm:CrossIndustryInvoice"))
    context = _in(root, "rsm:ExchangedDocumentContext")
    _in(context, "ram:GuidelineSpecifiedDocumentContextParameter", "ram:ID", text=EN_16931)
    _head(_in(root, "rsm:ExchangedDocument"), document)
    transaction = _in(root, "rsm:SupplyChainTradeTransaction")
    for position, line in enumerate(document.invoice.lines, start=1):
        _line(_in(transaction, "ram:IncludedSupplyChainTradeLineItem"), position, line, document)
    _agreement(_in(transaction, "ram:ApplicableHeaderTradeAgreement"), document)
    delivery = _in(transaction, "ram:ApplicableHeaderTradeDelivery")
    supplied = _in(delivery, "ram:ActualDeliverySupplyChainEvent", "ram:OccurrenceDateTime")
    _day(supplied, document.invoice.supplied_on)
    _settlement(_in(transaction, "ram:ApplicableHeaderTradeSettlement"), document)
    written: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def _head(head: Element, document: InvoiceDocument) -> None:
    _in(head, "ram:ID", text=document.number)
    _in(head, "ram:TypeCode", text=TYPE_CODES[document.invoice.kind])
    _day(_in(head, "ram:IssueDateTime"), document.issued_on)
    for words in document.seller.lines:
        note = _in(head, "ram:IncludedNote")
        _in(note, "ram:Content", text=words)
        _in(note, "ram:SubjectCode", text=REGISTER)


def _line(item: Element, position: int, line: InvoiceLine, document: InvoiceDocument) -> None:
    """BG-25. A price is never negative (BR-27): of what is credited there is minus one piece."""
    price, pieces = abs(line.net_cents), -1 if line.net_cents < 0 else 1
    _in(item, "ram:AssociatedDocumentLineDocument", "ram:LineID", text=str(position))
    _in(item, "ram:SpecifiedTradeProduct", "ram:Name", text=line.text)
    _in(
        item,
        *("ram:SpecifiedLineTradeAgreement", "ram:NetPriceProductTradePrice", "ram:ChargeAmount"),
        text=decimal(price),
    )
    delivered = _in(item, "ram:SpecifiedLineTradeDelivery")
    _in(delivered, "ram:BilledQuantity", text=str(pieces), unitCode=PIECE)
    settlement = _in(item, "ram:SpecifiedLineTradeSettlement")
    tax = _in(settlement, "ram:ApplicableTradeTax")
    _in(tax, "ram:TypeCode", text="VAT")
    _in(tax, "ram:CategoryCode", text=CATEGORIES[document.invoice.vat.rule])
    _rate(tax, document)
    if line.begins and line.ends:
        _period(settlement, line.begins, line.ends)
    total = _in(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    _in(total, "ram:LineTotalAmount", text=decimal(line.net_cents))


def _agreement(agreement: Element, document: InvoiceDocument) -> None:
    invoice = document.invoice
    # what is not subject to VAT must name no VAT ID (BR-O-02)
    taxable = invoice.vat.rule is not VatRule.OUTSIDE_EU
    _seller(_in(agreement, "ram:SellerTradeParty"), document.seller, with_vat_id=taxable)
    buyer = _in(agreement, "ram:BuyerTradeParty")
    _in(buyer, "ram:ID", text=invoice.account)
    _buyer(buyer, invoice.buyer)
    if invoice.buyer_vat_id and taxable:
        _registration(buyer, invoice.buyer_vat_id)
    order = _in(agreement, "ram:SellerOrderReferencedDocument")
    _in(order, "ram:IssuerAssignedID", text=invoice.order)


def _seller(party: Element, seller: Seller, *, with_vat_id: bool) -> None:
    if not with_vat_id:
        _in(party, "ram:ID", text=seller.vat_id)  # something must identify the seller (BR-CO-26)
    _in(party, "ram:Name", text=seller.name)
    contact = _in(party, "ram:DefinedTradeContact")
    _in(contact, "ram:PersonName", text=seller.name)
    _in(contact, "ram:EmailURIUniversalCommunication", "ram:URIID", text=seller.email)
    _address(party, seller.postal_code, seller.street, seller.city, seller.country)
    address = _in(party, "ram:URIUniversalCommunication")
    _in(address, "ram:URIID", text=seller.email, schemeID="EM")
    if with_vat_id:
        _registration(party, seller.vat_id)


def _buyer(party: Element, buyer: Registrant) -> None:
    _in(party, "ram:Name", text=buyer.name)
    address = buyer.address
    _address(party, address.postal_code, address.street, address.city, address.country)


def _address(party: Element, code: str, street: str, city: str, country: str) -> None:
    address = _in(party, "ram:PostalTradeAddress")
    _in(address, "ram:PostcodeCode", text=code)
    _in(address, "ram:LineOne", text=street)
    _in(address, "ram:CityName", text=city)
    _in(address, "ram:CountryID", text=country)


def _registration(party: Element, vat_id: str) -> None:
    registration = _in(party, "ram:SpecifiedTaxRegistration")
    _in(registration, "ram:ID", text=vat_id, schemeID="VA")


def _settlement(settlement: Element, document: InvoiceDocument) -> None:
    invoice = document.invoice
    to_be_paid = document.due_cents > 0 and invoice.kind is not InvoiceKind.CREDIT_NOTE
    if to_be_paid:
        _in(settlement, "ram:PaymentReference", text=document.number)
    _in(settlement, "ram:InvoiceCurrencyCode", text=invoice.currency)
    if to_be_paid and document.seller.iban:
        _transfer(_in(settlement, "ram:SpecifiedTradeSettlementPaymentMeans"), document.seller)
    _tax(_in(settlement, "ram:ApplicableTradeTax"), document)
    if document.period:
        _period(settlement, *document.period)
    terms = _in(settlement, "ram:SpecifiedTradePaymentTerms")
    _in(terms, "ram:Description", text=document.payment_text)
    if to_be_paid:
        _day(_in(terms, "ram:DueDateDateTime"), document.issued_on + PAYABLE_WITHIN)
    total = _in(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    for name, cents in _sums(document):
        amount = _in(total, f"ram:{name}", text=decimal(cents))
        if name == "TaxTotalAmount":
            amount.set("currencyID", invoice.currency)
    if document.of:
        _preceding(_in(settlement, "ram:InvoiceReferencedDocument"), document.of)


def _transfer(means: Element, seller: Seller) -> None:
    _in(means, "ram:TypeCode", text=SEPA_TRANSFER)
    _in(means, "ram:PayeePartyCreditorFinancialAccount", "ram:IBANID", text=seller.iban)
    if seller.bic:
        _in(means, "ram:PayeeSpecifiedCreditorFinancialInstitution", "ram:BICID", text=seller.bic)


def _tax(tax: Element, document: InvoiceDocument) -> None:
    """BG-23: all lines are taxed alike. Of what is not taxed, it says why."""
    invoice = document.invoice
    category = CATEGORIES[invoice.vat.rule]
    _in(tax, "ram:CalculatedAmount", text=decimal(invoice.vat_cents))
    _in(tax, "ram:TypeCode", text="VAT")
    if category != "S":
        _in(tax, "ram:ExemptionReason", text=vat_note(invoice))
    _in(tax, "ram:BasisAmount", text=decimal(invoice.net_cents))
    _in(tax, "ram:CategoryCode", text=category)
    if category != "S":
        _in(tax, "ram:ExemptionReasonCode", text=f"VATEX-EU-{category}")
    _rate(tax, document)


def _rate(tax: Element, document: InvoiceDocument) -> None:
    """What is not subject to VAT has no rate, not even one of zero (BR-O-05)."""
    vat = document.invoice.vat
    if vat.rule is not VatRule.OUTSIDE_EU:
        _in(tax, "ram:RateApplicablePercent", text=decimal(vat.basis_points))


def _sums(document: InvoiceDocument) -> Iterator[tuple[str, int]]:
    """BG-22, in the order of the schema."""
    invoice = document.invoice
    yield "LineTotalAmount", invoice.net_cents
    yield "TaxBasisTotalAmount", invoice.net_cents
    yield "TaxTotalAmount", invoice.vat_cents
    yield "GrandTotalAmount", invoice.gross_cents
    yield "TotalPrepaidAmount", invoice.gross_cents - document.due_cents
    yield "DuePayableAmount", document.due_cents


def _preceding(reference: Element, of: Invoice) -> None:
    """BG-3."""
    _in(reference, "ram:IssuerAssignedID", text=of.number or "")
    if of.issued_on:
        issued = _in(reference, "ram:FormattedIssueDateTime")
        _in(issued, "qdt:DateTimeString", text=f"{of.issued_on:%Y%m%d}", format=DAY_FORMAT)


def _period(settlement: Element, begins: date, ends: date) -> None:
    period = _in(settlement, "ram:BillingSpecifiedPeriod")
    _day(_in(period, "ram:StartDateTime"), begins)
    _day(_in(period, "ram:EndDateTime"), ends)


def _day(parent: Element, value: date) -> None:
    _in(parent, "udt:DateTimeString", text=f"{value:%Y%m%d}", format=DAY_FORMAT)


def _in(parent: Element, *path: str, text: str | None = None, **attributes: str) -> Element:
    """A new element in `parent`, or one below the other as `path` says; the innermost."""
    for name in path:
        parent = SubElement(parent, _name(name))
    parent.text = text
    for name, value in attributes.items():
        parent.set(name, value)
    return parent


def _name(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"
