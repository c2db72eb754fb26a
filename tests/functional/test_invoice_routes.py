"""Invoices and documents over HTTP, and a month of invoices as CSV."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from freischalt.adapters.packaged_documents import PackagedDocuments
from freischalt.domain.documents import ContractDocument
from freischalt.domain.ids import AccountNumber, InvoiceId
from freischalt.domain.invoice import Invoice, InvoiceKind
from freischalt.domain.user import Role
from freischalt.use_cases.export_invoices import export_invoices
from freischalt.use_cases.signing_in import Principal
from freischalt_api.api import Api
from freischalt_api.document_pages import add_document_pages
from freischalt_api.gate import gate_of
from freischalt_api.invoice_routes import add_invoices, add_operator_invoices
from tests.account_factories import (
    DOCUMENTED,
    a_company,
    a_password,
    a_session,
    a_user,
    an_account,
)
from tests.account_fakes import FakeOffice, an_office
from tests.api_calls import Calls, at_noon
from tests.factories import ACCOUNT, NOON, OTHER_ACCOUNT
from tests.term_factories import ORDER, REVERSE_CHARGE, TODAY, an_invoice

FILED = an_invoice(number="R2026-000001", issued_on=TODAY, filed_at=NOON)
NOTE = replace(
    FILED,
    id=InvoiceId(f"{ORDER}-credit"),
    kind=InvoiceKind.CREDIT_NOTE,
    number="R2026-000002",
    of=FILED.id,
    of_number=FILED.number,
)
WAITING = an_invoice(id=InvoiceId("2026-000009"), number="R2026-000003", issued_on=TODAY)
CATALOGUE = replace(
    DOCUMENTED,
    contract_documents=dict.fromkeys(("general-terms", "faq", "withdrawal"), "2026-11"),
)
OPERATOR = Principal(actor="operator:1", role=Role.OPERATOR, user=None, account=None)


def desk(*things: Any) -> tuple[FakeOffice, Calls]:
    anna = a_user(password=a_password()), a_session("")
    fake = an_office(a_company(), *anna, *things, catalogue=CATALOGUE)
    api = Api(now=at_noon, gate=gate_of(fake.office))
    add_invoices(api, fake.office, fake.files)
    add_document_pages(api, fake.office, PackagedDocuments())
    return fake, Calls(api)


def operators(*things: Any) -> Calls:
    fake = an_office(an_account(), *things)
    api = Api(now=at_noon)
    add_operator_invoices(api, fake.office, fake.files)
    return Calls(api, OPERATOR)


# --- invoices


def test_a_customer_sees_its_invoices_and_where_their_files_are() -> None:
    _, calls = desk(FILED, NOTE)

    listed = calls.get("/invoices").body

    assert listed["next"] is None
    assert listed["invoices"] == [
        {
            "id": NOTE.id,
            "number": "R2026-000002",
            "kind": "credit_note",
            "of": FILED.id,
            "issuedOn": "2026-11-22",
            "orderNumber": ORDER,
            "netCents": 4_900,
            "vatCents": 931,
            "grossCents": 5_831,
            "currency": "EUR",
            "paid": True,
            "file": f"/invoices/{NOTE.id}.pdf",
        },
        {**listed["invoices"][0], "id": FILED.id, "number": "R2026-000001", "kind": "invoice"}
        | {"of": None, "file": f"/invoices/{FILED.id}.pdf"},
    ]


def test_a_list_goes_on_where_it_ended() -> None:
    _, calls = desk(FILED, NOTE)

    first = calls.get("/invoices?limit=1").body
    second = calls.get(f"/invoices?limit=1&after={first['next']}").body

    assert [page["invoices"][0]["id"] for page in (first, second)] == [NOTE.id, FILED.id]
    assert second["next"] is None


@pytest.mark.parametrize("invoice", [FILED, NOTE], ids=["invoice", "credit-note"])
def test_a_link_opens_the_file_for_ten_minutes(invoice: Invoice) -> None:
    _, calls = desk(FILED, NOTE)

    answer = calls.get(f"/invoices/{invoice.id}.pdf")

    assert answer.status == 200
    assert answer.body == {
        "url": f"https://files.example.org/2026/{invoice.number}.pdf",
        "until": (NOON + timedelta(minutes=10)).isoformat().replace("+00:00", "Z"),
    }


def test_what_is_not_written_yet_has_neither_number_nor_file() -> None:
    _, calls = desk(WAITING)

    (listed,) = calls.get("/invoices").body["invoices"]

    assert (listed["number"], listed["issuedOn"], listed["file"]) == (None, None, None)
    assert calls.get(f"/invoices/{WAITING.id}.pdf").status == 404


def test_nobody_gets_the_invoice_of_another() -> None:
    fake, calls = desk(FILED)
    fake.records.put(an_account(number=OTHER_ACCOUNT))

    assert calls.of(OTHER_ACCOUNT).get("/invoices").body["invoices"] == []
    assert calls.of(OTHER_ACCOUNT).get(f"/invoices/{FILED.id}.pdf").status == 404


@pytest.mark.parametrize("file", ["2026-000001", "x.pdf", "2026-000001.pdf.pdf", "2026-1.pdf"])
def test_what_is_no_file_of_an_invoice_is_told(file: str) -> None:
    _, calls = desk(FILED)

    assert calls.get(f"/invoices/{file}").status == 422


def test_an_operator_sees_the_invoices_of_any_account() -> None:
    calls = operators(FILED)
    base = f"/operator/accounts/{ACCOUNT}/invoices"

    (listed,) = calls.get(base).body["invoices"]

    assert listed["file"] == f"{base}/{FILED.id}.pdf"
    assert calls.get(listed["file"]).body["url"].endswith("/2026/R2026-000001.pdf")
    assert calls.get("/operator/accounts/99999/invoices").status == 404
    assert calls.get(f"/operator/accounts/99999/invoices/{FILED.id}.pdf").status == 404


# --- documents


@pytest.mark.parametrize("kind", ["general-terms", "faq", "withdrawal"])
@pytest.mark.parametrize(
    ("query", "asked", "language"),
    [
        ("", {}, "de"),
        ("", {"accept-language": "en"}, "en"),
        ("?language=en", {}, "en"),
        ("?language=de", {"accept-language": "en"}, "de"),
    ],
)
def test_anybody_can_view_a_document_in_both_languages(
    kind: str, query: str, asked: dict[str, str], language: str
) -> None:
    _, calls = desk()

    answer = replace(calls, headers=asked).page(f"/documents/{kind}{query}")

    assert answer.status == 200
    assert answer.headers["content-language"] == language
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{language}">' in answer.body


def test_an_earlier_version_can_be_viewed_by_its_name() -> None:
    _, calls = desk()  # the tests' catalogue names a version of the terms that has no text

    assert calls.get("/documents/terms").status == 404
    assert calls.page("/documents/terms?version=2026-11").status == 200
    assert calls.get("/documents/terms?version=1999").status == 404
    assert calls.get("/documents/terms?version=../x").status == 422


def test_what_is_no_document_is_no_page() -> None:
    _, calls = desk()

    assert calls.get("/documents/secrets").status == 422


def test_every_document_is_public_by_the_gate() -> None:
    fake, _ = desk()
    api = Api(now=at_noon, gate=gate_of(fake.office))
    add_document_pages(api, fake.office, PackagedDocuments())
    stranger = Calls(api, is_stranger=True)

    for kind in ContractDocument:
        answer = stranger.page(f"/documents/{kind.value}?version=2026-11")
        assert answer.status == 200


# --- a month for bookkeeping


class FakeBook:
    def __init__(self, *invoices: Invoice) -> None:
        self._invoices = invoices

    def of_month(self, year: int, month: int) -> list[Invoice]:
        assert (year, month) == (2026, 11)
        return list(self._invoices)


class FakeExports(dict[str, bytes]):
    def write(self, name: str, content: bytes) -> None:
        self[name] = content


def test_a_month_of_invoices_is_exported_by_number_with_what_bookkeeping_needs() -> None:
    abroad = replace(
        FILED,
        id=InvoiceId("2026-000007"),
        number="R2026-000004",
        issued_on=date(2026, 11, 30),
        account=AccountNumber("10002"),
        vat=REVERSE_CHARGE,
        buyer_vat_id="ATU13585627",
    )
    exports = FakeExports()

    name = export_invoices(2026, 11, book=FakeBook(abroad, NOTE, FILED), exports=exports)

    assert name == "orders/invoices-2026-11.csv"
    heading, *lines = exports[name].decode("utf-8-sig").splitlines()
    assert heading == (
        "invoice_number;issued_on;account;vat_id;vat_rule;vat_country;net;vat_rate;vat;gross;"
        "currency;order_number;kind;of"
    )
    assert lines == [
        "R2026-000001;2026-11-22;10001;;domestic;DE;49,00;19,00;9,31;58,31;EUR;2026-000001;invoice;",
        (
            "R2026-000002;2026-11-22;10001;;domestic;DE;-49,00;19,00;-9,31;-58,31;EUR;2026-000001;"
            "credit_note;R2026-000001"
        ),
        (
            "R2026-000004;2026-11-30;10002;ATU13585627;reverse_charge;AT;49,00;0,00;0,00;49,00;EUR;"
            "2026-000001;invoice;"
        ),
    ]
