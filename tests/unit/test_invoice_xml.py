from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from facturx import xml_check_xsd

from freischalt.domain.invoice import InvoiceLine
from freischalt_invoices.cii import NAMESPACES, invoice_xml
from tests.invoices import WHAT_THERE_IS, a_document, broken_rules

EVERY = pytest.mark.parametrize("changes", WHAT_THERE_IS.values(), ids=WHAT_THERE_IS)
SETTLEMENT = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
SUMS = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
LINES = "rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem"
PARTIES = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement"


def written(**changes: Any) -> Element:
    return fromstring(invoice_xml(a_document(**changes)))  # noqa: S314 - we have just written it


def texts(root: Element, path: str) -> list[str | None]:
    return [element.text for element in root.findall(path, NAMESPACES)]


def amount(root: Element, path: str) -> Decimal:
    (text,) = texts(root, path)
    return Decimal(text or "")


@EVERY
def test_it_fits_the_published_schema(changes: dict[str, Any]) -> None:
    assert xml_check_xsd(invoice_xml(a_document(**changes)), flavor="factur-x", level="en16931")


@EVERY
def test_it_keeps_the_published_rules(changes: dict[str, Any]) -> None:
    assert broken_rules(invoice_xml(a_document(**changes))) == []


def test_the_rules_find_a_wrong_sum() -> None:
    xml = invoice_xml(a_document()).replace(
        b"<ram:GrandTotalAmount>58.31", b"<ram:GrandTotalAmount>58.32"
    )

    assert any("BR-CO-15" in rule for rule in broken_rules(xml))


@EVERY
def test_its_sums_are_right_when_calculated_again(changes: dict[str, Any]) -> None:
    """BR-CO-10, 13 to 17: in decimals, from the lines alone."""
    root = written(**changes)
    line = "ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation"
    net = sum(Decimal(text or "") for text in texts(root, f"{LINES}/{line}/ram:LineTotalAmount"))
    priced = sum(
        Decimal(price or "") * Decimal(pieces or "")
        for price, pieces in zip(
            texts(root, f"{LINES}//ram:NetPriceProductTradePrice/ram:ChargeAmount"),
            texts(root, f"{LINES}//ram:BilledQuantity"),
            strict=True,
        )
    )
    (rate,) = texts(root, f"{SETTLEMENT}/ram:ApplicableTradeTax/ram:RateApplicablePercent") or ["0"]
    vat = (net * Decimal(rate or "") / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    paid = amount(root, f"{SUMS}/ram:TotalPrepaidAmount")

    assert net == priced == amount(root, f"{SUMS}/ram:LineTotalAmount")
    assert net == amount(root, f"{SUMS}/ram:TaxBasisTotalAmount")
    assert net == amount(root, f"{SETTLEMENT}/ram:ApplicableTradeTax/ram:BasisAmount")
    assert vat == amount(root, f"{SETTLEMENT}/ram:ApplicableTradeTax/ram:CalculatedAmount")
    assert vat == amount(root, f"{SUMS}/ram:TaxTotalAmount")
    assert net + vat == amount(root, f"{SUMS}/ram:GrandTotalAmount")
    assert net + vat - paid == amount(root, f"{SUMS}/ram:DuePayableAmount")


@pytest.mark.parametrize(
    ("name", "type_code", "category", "vat_ids"),
    [
        ("domestic", "380", "S", ["DE136695976"]),
        ("consumer-abroad", "380", "S", ["DE136695976"]),
        ("reverse-charge", "380", "AE", ["DE136695976", "ATU13585627"]),
        ("outside-the-eu", "380", "O", []),
        ("credit-note", "381", "S", ["DE136695976"]),
        ("correction", "380", "S", ["DE136695976"]),
    ],
)
def test_each_kind_has_its_codes(
    name: str, type_code: str, category: str, vat_ids: list[str]
) -> None:
    root = written(**WHAT_THERE_IS[name])

    assert texts(root, "rsm:ExchangedDocument/ram:TypeCode") == [type_code]
    assert texts(root, f"{SETTLEMENT}/ram:ApplicableTradeTax/ram:CategoryCode") == [category]
    assert texts(root, f"{PARTIES}//ram:SpecifiedTaxRegistration/ram:ID") == vat_ids


@pytest.mark.parametrize("name", ["credit-note", "correction"])
def test_what_follows_an_invoice_names_it(name: str) -> None:
    root = written(**WHAT_THERE_IS[name])
    named = f"{SETTLEMENT}/ram:InvoiceReferencedDocument"

    assert texts(root, f"{named}/ram:IssuerAssignedID") == ["R2026-000001"]
    assert texts(root, f"{named}/ram:FormattedIssueDateTime/qdt:DateTimeString") == ["20261122"]


def test_only_what_is_unpaid_says_where_to_pay() -> None:
    path = f"{SETTLEMENT}//ram:IBANID"

    assert texts(written(), path) == []
    assert texts(written(**WHAT_THERE_IS["credit-note"]), path) == []
    assert texts(written(paid=False), path) == ["DE02120300000000202051"]


def test_what_a_customer_has_entered_is_no_markup() -> None:
    line = InvoiceLine(text='<b>"&Söhne"</b>', net_cents=1)

    assert texts(written(lines=(line,)), f"{LINES}//ram:Name") == [line.text]


def test_without_a_number_nothing_is_written() -> None:
    with pytest.raises(ValueError, match="without number"):
        invoice_xml(a_document(number=None))
