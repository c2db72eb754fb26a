"""What goes with a mail: the contract's documents and the invoice, fetched when it is sent."""

import re
from datetime import date
from typing import Any

import pytest

from freischalt.account_ports import Attachment, Mail, Put
from freischalt.adapters import sdk
from freischalt.adapters.dynamodb_invoice_book import DynamoDbInvoiceBook
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.notice_attachments import NoticeAttachments
from freischalt.adapters.packaged_documents import FOLDER, PackagedDocuments
from freischalt.adapters.s3_invoice_files import S3InvoiceFiles
from freischalt.adapters.ses_mailer import SesMailer
from freischalt.catalogue_file import read_catalogue
from freischalt.domain.documents import ContractDocument
from freischalt.domain.ids import InvoiceId
from freischalt.domain.notice import NoticeKind
from freischalt.domain.user import Language
from freischalt.errors import DocumentMissing
from freischalt.use_cases.send_notices import send_notices
from tests.account_factories import EMAIL, a_notice
from tests.account_fakes import VIENNA, FakeFiles, an_office
from tests.conftest import ROOT, TABLE
from tests.factories import NOON
from tests.term_factories import an_invoice

DEMO = read_catalogue((ROOT / "layers/freischalt/catalogue.yaml").read_text("utf-8"))
NAME, PDF = "2026/R2026-000001.pdf", b"%PDF-1.7 demo"
BUCKET = "invoices"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", ContractDocument)
def test_every_document_in_force_is_there_in_every_language(
    kind: ContractDocument, language: Language
) -> None:
    page = PackagedDocuments().read(kind, DEMO.all_versions[kind.value], language)

    assert page.html.startswith("<!doctype html>")
    assert f'<html lang="{language.value}">' in page.html
    assert page.title in page.html
    assert "Demo:" in page.body
    assert not re.search(r"<script|<img|https?://", page.html)
    assert page.file_name.isascii()


def test_no_file_is_left_that_nobody_can_name() -> None:
    known = {(kind.value, language.value) for kind in ContractDocument for language in Language}

    assert {
        (path.name.split(".")[0], path.name.split(".")[-2]) for path in FOLDER.iterdir()
    } == known


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (Language.GERMAN, ["„Vertrag widerrufen“", "vierzehn Tage", "ohne Anmeldung"]),
        (Language.ENGLISH, ["“Vertrag widerrufen”", "fourteen days", "without signing in"]),
    ],
)
def test_the_withdrawal_notice_names_the_button(language: Language, says: list[str]) -> None:
    page = PackagedDocuments().read(ContractDocument.WITHDRAWAL, "2026-11", language)

    assert [words for words in says if words not in page.body] == []


@pytest.mark.parametrize("version", ["1999-01", "../2026-11", "", "2026-11.de.html\x00"])
def test_a_version_that_is_not_there_is_told(version: str) -> None:
    with pytest.raises(DocumentMissing):
        PackagedDocuments().read(ContractDocument.TERMS, version, Language.GERMAN)


def test_a_notice_takes_what_it_names_in_its_language() -> None:
    attachments = NoticeAttachments(PackagedDocuments(), FakeFiles({NAME: PDF}))
    named = {"invoice": NAME, "documents": "terms:2026-11 withdrawal:2026-11"}

    invoice, terms, withdrawal = attachments.of(a_notice(language=Language.ENGLISH, details=named))

    assert invoice == Attachment("R2026-000001.pdf", "application/pdf", PDF)
    assert (terms.name, withdrawal.name) == ("Terms-of-use.html", "Withdrawal-notice.html")
    assert b"<h1>Terms of use</h1>" in terms.content
    assert terms.media_type == "text/html; charset=utf-8"


def test_most_notices_take_nothing() -> None:
    assert NoticeAttachments(PackagedDocuments(), FakeFiles()).of(a_notice()) == ()


def test_a_confirmation_is_sent_with_the_invoice_and_the_documents() -> None:
    details = {
        **dict.fromkeys(("account", "order", "plants", "number", "of", "hotline"), "x"),
        "gross_cents": "5831",
        "invoice": NAME,
        "documents": "terms:2026-11 general-terms:2026-11 privacy:2026-11 faq:2026-11",
    }
    notice = a_notice(kind=NoticeKind.TERM_ORDER_CONFIRMED, details=details)
    fake = an_office(notice, files=FakeFiles({NAME: PDF}))

    sent = send_notices([notice], fake.post, by="test", now=NOON)

    assert sent.sent == [notice.id]
    ((_, mail, _),) = fake.mailer.sent
    assert [each.name for each in mail.attachments] == [
        "R2026-000001.pdf",
        "Nutzungsbedingungen.html",
        "AGB.html",
        "Datenschutzerklaerung.html",
        "FAQ.html",
    ]
    assert "58,31 €" in mail.text


def test_an_invoice_that_cannot_be_read_now_keeps_the_mail_for_later() -> None:
    notice = a_notice(details={**a_notice().details, "invoice": NAME})
    fake = an_office(notice)

    sent = send_notices([notice], fake.post, by="test", now=NOON)

    assert (sent.failed, fake.mailer.sent) == ([notice.id], [])


def test_invoices_of_a_month_are_found_by_their_day_of_issue(dynamodb: Any) -> None:
    records = DynamoDbRecords(dynamodb, TABLE, VIENNA)
    days = [None, date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)]
    for number, day in enumerate(days):
        invoice = an_invoice(
            id=InvoiceId(f"2026-{number:06d}"),
            number=f"R2026-{number:06d}" if day else None,
            issued_on=day,
            version=0,
        )
        records.write(Put(invoice))

    found = DynamoDbInvoiceBook(dynamodb, TABLE).of_month(2026, 11)

    assert sorted(invoice.number or "" for invoice in found) == ["R2026-000002", "R2026-000003"]


def test_ses_gets_the_files(aws: None) -> None:
    asked: list[dict[str, Any]] = []
    ses = sdk.client("sesv2", attempts=1)
    ses.create_email_identity(EmailIdentity=EMAIL)
    ses.meta.events.register(
        "provide-client-params.sesv2.SendEmail", lambda params, **_: asked.append(params)
    )
    mail = Mail("s", "t", "<p>t</p>", (Attachment("R1.pdf", "application/pdf", PDF),))

    SesMailer(ses, EMAIL).send(to=EMAIL, mail=mail, outbox_id="n1")

    assert asked[0]["Content"]["Simple"]["Attachments"] == [
        {
            "FileName": "R1.pdf",
            "ContentType": "application/pdf",
            "ContentDisposition": "ATTACHMENT",
            "ContentTransferEncoding": "BASE64",
            "RawContent": PDF,
        }
    ]


def test_invoices_are_kept_in_s3_and_their_client_is_made_with_the_first(aws: None) -> None:
    made: list[Any] = []

    def make() -> Any:
        made.append(sdk.client("s3"))
        return made[-1]

    files = S3InvoiceFiles(make, BUCKET)
    assert made == []
    sdk.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )

    files.keep(NAME, PDF)
    files.keep(NAME, PDF)

    assert files.read(NAME) == PDF
    assert len(made) == 1
    kept = made[0].head_object(Bucket=BUCKET, Key=NAME)
    assert kept["ContentType"] == "application/pdf"
