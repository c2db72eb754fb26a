from dataclasses import replace
from datetime import date, timedelta

import pytest

from freischalt.domain.ids import PlantId
from freischalt.domain.invoice import InvoiceKind
from freischalt.domain.invoicing import (
    Recharge,
    correction_of,
    credit_note_of,
    invoice_of_order,
    vat_note,
)
from freischalt.domain.user import Language
from freischalt.domain.vat_charge import VatCharge, VatRule
from tests.factories import ACCOUNT, NOON
from tests.term_factories import (
    CONSUMER,
    GERMAN_VAT,
    PLANT,
    REVERSE_CHARGE,
    TODAY,
    a_line,
    a_quote,
    a_term,
    a_term_order,
    an_invoice,
)

BARN = PlantId(f"{ACCOUNT}-2")


def test_each_plant_has_a_line_with_its_days_and_its_power() -> None:
    order = a_term_order(
        quote=a_quote(a_line(), a_line(plant=BARN, name="Scheune", power_w=23_000, days=730))
    )
    terms = {PLANT: a_term(after=TODAY), BARN: a_term(after=TODAY + timedelta(days=9), days=730)}

    invoice = invoice_of_order(order, terms, at=NOON, today=TODAY)

    assert [(line.text, line.begins, line.ends) for line in invoice.lines] == [
        (
            f"Nutzungslizenz für 365 Tage, Anlage {PLANT} „Dach Süd“, 4.200 W",
            date(2026, 11, 23),
            date(2027, 11, 22),
        ),
        (
            f"Nutzungslizenz für 730 Tage, Anlage {BARN} „Scheune“, 23.000 W",
            date(2026, 12, 2),
            date(2028, 11, 30),
        ),
    ]


@pytest.mark.parametrize("days", [365, 730])
def test_an_invoiced_period_has_as_many_days_as_were_bought(days: int) -> None:
    order = a_term_order(quote=a_quote(a_line(days=days)))

    (line,) = invoice_of_order(order, {PLANT: a_term(days=days)}, at=NOON, today=TODAY).lines

    assert line.begins
    assert line.ends
    assert (line.ends - line.begins).days + 1 == days


@pytest.mark.parametrize(
    ("list_cents", "credit_cents"), [(4_900, 0), (9_900, 4_812), (4_900, 4_900)]
)
@pytest.mark.parametrize("vat", [GERMAN_VAT, REVERSE_CHARGE])
def test_an_invoice_comes_to_what_was_shown(
    list_cents: int, credit_cents: int, vat: VatCharge
) -> None:
    line = a_line(list_cents=list_cents, credit_cents=credit_cents)
    order = a_term_order(quote=a_quote(line, vat=vat))

    invoice = invoice_of_order(order, {PLANT: a_term()}, at=NOON, today=TODAY)

    assert (order.quote.net_cents, order.quote.vat_cents, order.gross_cents) == (
        invoice.net_cents,
        invoice.vat_cents,
        invoice.gross_cents,
    )
    assert [line.net_cents for line in invoice.lines] == [
        list_cents,
        *([-credit_cents] if credit_cents else []),
    ]


def test_an_english_order_has_an_english_invoice() -> None:
    order = a_term_order(language=Language.ENGLISH, quote=a_quote(a_line(credit_cents=100)))

    invoice = invoice_of_order(order, {PLANT: a_term()}, at=NOON, today=TODAY)

    assert [line.text for line in invoice.lines] == [
        f"Licence for 365 days, plant {PLANT} “Dach Süd”, 4,200 W",
        f"Credit for the remaining value of the earlier licence, plant {PLANT}",
    ]


def test_a_credit_note_gives_back_what_the_invoice_took() -> None:
    invoice = an_invoice(number="R2026-000007", issued_on=TODAY, filed_at=NOON)

    note = credit_note_of(invoice, at=NOON, today=TODAY)

    assert (note.kind, note.of, note.gross_cents) == (
        InvoiceKind.CREDIT_NOTE,
        invoice.id,
        invoice.gross_cents,
    )
    assert (note.number, note.filed_at, note.version) == (None, None, 0)
    assert note.id != invoice.id


def test_a_credit_note_keeps_the_value_of_the_days_used() -> None:
    note = credit_note_of(an_invoice(), at=NOON, today=TODAY, withheld_cents=900)

    assert note.net_cents == 4_000
    assert note.lines[-1].text == "Wertersatz für genutzte Tage"


@pytest.mark.parametrize("withheld", [-1, 4_901])
def test_no_more_is_withheld_than_was_invoiced(withheld: int) -> None:
    with pytest.raises(ValueError, match="cannot be withheld"):
        credit_note_of(an_invoice(), at=NOON, today=TODAY, withheld_cents=withheld)


def test_a_correction_charges_the_difference_once_for_each_cause() -> None:
    recharge = Recharge(line=a_line(), term=a_term(), power_w=12_000, net_cents=5_000)

    first, again, other = (
        correction_of(an_invoice(), recharge, cause=cause, at=NOON, today=TODAY)
        for cause in ("a", "a", "b")
    )

    assert first == again
    assert first.id != other.id
    assert (first.kind, first.paid, first.net_cents) == (InvoiceKind.CORRECTION, False, 5_000)
    assert "12.000 W statt 4.200 W" in first.lines[0].text


@pytest.mark.parametrize(
    ("vat", "company", "german", "english"),
    [
        pytest.param(GERMAN_VAT, True, "", "", id="own"),
        pytest.param(
            REVERSE_CHARGE,
            True,
            "Steuerschuldnerschaft des Leistungsempfängers",
            "Reverse charge",
            id="reverse-charge",
        ),
        pytest.param(
            VatCharge(VatRule.OUTSIDE_EU, "CH", 0),
            True,
            "Nicht im Inland steuerbare Leistung (§ 3a Abs. 2 UStG)",
            "not taxable",
            id="company-outside",
        ),
        pytest.param(
            VatCharge(VatRule.OUTSIDE_EU, "CH", 0),
            False,
            "Nicht im Inland steuerbare Leistung (§ 3a Abs. 5 UStG)",
            "not taxable",
            id="consumer-outside",
        ),
        pytest.param(VatCharge(VatRule.CONSUMER, "AT", 2000), False, "(AT)", "(AT)", id="consumer"),
    ],
)
def test_what_is_said_about_vat(vat: VatCharge, company: bool, german: str, english: str) -> None:
    invoice = an_invoice(vat=vat, **({} if company else {"buyer": CONSUMER}))

    notes = [vat_note(replace(invoice, language=language)) for language in Language]

    assert [bool(note) for note in notes] == [bool(german)] * 2
    assert german in notes[0]
    assert english in notes[1]
