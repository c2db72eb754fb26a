import os
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from freischalt.domain.address import Address
from freischalt.domain.invoice import InvoiceLine
from freischalt_invoices.cii import invoice_xml
from freischalt_invoices.pdf import invoice_pdf
from tests.conftest import ROOT
from tests.invoices import WHAT_THERE_IS, a_document
from tests.term_factories import an_invoice


def pages_of(**changes: Any) -> PdfReader:
    return PdfReader(BytesIO(invoice_pdf(a_document(**changes))))


def text_of(**changes: Any) -> str:
    text = "\n".join(page.extract_text() for page in pages_of(**changes).pages)
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "domestic",
            [
                *(
                    "Rechnung R2026-000001",
                    "Rechnungsdatum 23.11.2026",
                    "Leistungsdatum 22.11.2026",
                ),
                *("Huber GmbH", "Weg 1", "1010 Wien", "Kundennummer 10001"),
                *("Bestellnummer 2026-000001", "02.01.2027 – 01.01.2028", "Summe netto 49,00 EUR"),
                *("Umsatzsteuer 19 % 9,31 EUR", "Rechnungsbetrag 58,31 EUR", "ist bezahlt"),
                *("Solar Beispiel GmbH", "USt-IdNr. DE136695976", "HRB 000000", "Seite 1 von 1"),
            ],
        ),
        (
            "english",
            [
                *("Invoice R2026-000001", "Date of issue 23 November 2026", "-12.34"),
                *("Period of service", "VAT 19 %", "has been paid"),
            ],
        ),
        (
            "reverse-charge",
            [
                *("Steuerschuldnerschaft des Leistungsempfängers", "Ihre USt-IdNr. ATU13585627"),
                *("USt-IdNr. DE136695976", "Umsatzsteuer 0 % 0,00 EUR"),
            ],
        ),
        ("outside-the-eu", ["Nicht im Inland steuerbare Leistung", "Ihre USt-IdNr. CHE123456788"]),
        ("consumer-abroad", ["Umsatzsteuer 25,5 %", "(FI)"]),
        (
            "credit-note",
            ["Stornorechnung R2026-000002", "Zu Rechnung R2026-000001 (22.11.2026)", "erstatten"],
        ),
        (
            "correction",
            ["R2026-000002 auf das Konto DE02120300000000202051 (BYLADEM1001)", "14 Tagen"],
        ),
        ("nothing-to-pay", ["nichts zu bezahlen"]),
    ],
)
def test_it_says_all_that_an_invoice_must_say(name: str, says: list[str]) -> None:
    text = text_of(**WHAT_THERE_IS[name])

    assert [words for words in says if words not in text] == []


@pytest.mark.parametrize("changes", WHAT_THERE_IS.values(), ids=WHAT_THERE_IS)
def test_the_xml_is_inside(changes: dict[str, Any]) -> None:
    inside = pages_of(**changes).attachments

    assert inside == {"factur-x.xml": [invoice_xml(a_document(**changes))]}


def test_it_is_a_pdf_a_3_that_names_its_xml() -> None:
    reader = pages_of()
    catalogue: Any = reader.trailer["/Root"]
    metadata = catalogue["/Metadata"].get_data().decode()
    (file,) = (each.get_object() for each in catalogue["/AF"])

    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in metadata
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in metadata
    assert "<pdfaProperty:name>ConformanceLevel</pdfaProperty:name>" in metadata
    assert (file["/AFRelationship"], file["/UF"]) == ("/Alternative", "factur-x.xml")
    assert file["/EF"]["/F"]["/Subtype"] == "/text/xml"
    assert [intent["/S"] for intent in catalogue["/OutputIntents"]] == ["/GTS_PDFA1"]
    assert catalogue["/Lang"] == "de"
    assert not reader.is_encrypted


def test_every_font_is_inside() -> None:
    page: Any = pages_of().pages[0]

    inner = [
        described.get_object()["/FontDescriptor"]
        for font in page["/Resources"]["/Font"].values()
        for described in font.get_object()["/DescendantFonts"].get_object()
    ]

    assert len(inner) == 2
    assert all("/FontFile2" in descriptor for descriptor in inner)


@pytest.mark.parametrize("name", ["Ηλιακή Ενέργεια ΑΕ", "Слънце ЕООД", "Żółć Sp. z o.o.", "Țîră"])
def test_names_keep_their_spelling(name: str) -> None:
    buyer = replace(an_invoice().buyer, name=name)

    assert name in text_of(buyer=buyer)


def test_what_the_font_lacks_is_written_in_latin_and_kept_in_the_xml() -> None:
    buyer = replace(an_invoice().buyer, name="太阳能", address=Address("Weg 1", "1", "東京", "JP"))
    reader = pages_of(buyer=buyer)

    assert "TaiYangNeng" in reader.pages[0].extract_text()
    assert "太阳能".encode() in reader.attachments["factur-x.xml"][0]


def test_many_lines_go_on_on_another_page() -> None:
    lines = tuple(
        InvoiceLine(text=f"Nutzungslizenz für 365 Tage, Anlage 10001-{number}", net_cents=4_900)
        for number in range(1, 41)
    )

    text = text_of(lines=lines)

    assert "Seite 2 von 2" in text
    assert text.count("Leistungszeitraum") == 2
    assert all(line.text in text for line in lines)
    assert "Summe netto 1.960,00 EUR" in text


AGAIN = """
from hashlib import sha256
from freischalt_invoices.pdf import invoice_pdf
from tests.invoices import WHAT_THERE_IS, a_document
print(sha256(invoice_pdf(a_document(**WHAT_THERE_IS["several-lines-and-a-credit"]))).hexdigest())
"""


def test_the_same_invoice_has_the_same_bytes_at_another_time_in_another_process() -> None:
    """So that writing it again, after a crash or beside another writer, changes nothing."""
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}

    again = subprocess.run(
        [sys.executable, "-c", AGAIN],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()

    here = invoice_pdf(a_document(**WHAT_THERE_IS["several-lines-and-a-credit"]))
    assert sha256(here).hexdigest() == again
