"""The characters of the check, and what is suggested instead of others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freischalt.domain.latin import ALLOWED, LatinCompany, forbidden_in, german
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt_api.latin_forms import LONGEST, company_in_latin, transliterated

COMPANY = ("Muster GmbH & Co. KG", "Musterweg 1", "Graz")


def test_the_allowed_characters_are_those_of_the_source() -> None:
    special = "_ . , - ' ! ( ) [ ] – ; : & *"

    assert len(ALLOWED) == 26 + 26 + 10 + 15 + 1
    assert set(special) | set("AZaz09 ") <= ALLOWED
    assert forbidden_in(special) == ""


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("", ""),
        ("Müller, größer & älter", "üößä"),
        ("Ä, Ä/Ä", "Ä/"),
        ('"Haus" + Hof @ 1 — 2', '"+@—'),
        ("a\u00a0b\tc\nd", "\u00a0\t\n"),
        ("٣３", "٣３"),
        ("e\u0301", "\u0301"),
        ("Ελλάς", "Ελάς"),
    ],
)
def test_what_is_forbidden_is_named_once_in_its_order(text: str, forbidden: str) -> None:
    assert forbidden_in(text) == forbidden


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("äöüß", "aeoeuess"),
        ("Ärzte Öfen Übung", "Aerzte Oefen Uebung"),
        ("ÄRZTE-ÖFEN ÜBUNG", "AERZTE-OEFEN UEBUNG"),
        ("BÄR Bär", "BAER Baer"),
        ("GRÖßE", "GROEssE"),
        ("GROẞ", "GROSS"),
        ("Ö 3, Ö3", "Oe 3, Oe3"),
        ("u\u0308ber A\u0308rger", "ueber Aerger"),
        ("é ø", "é ø"),
    ],
)
def test_the_german_rules(text: str, written: str) -> None:
    assert german(text) == written


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("Größe & Söhne – 1", "Groesse & Soehne – 1"),
        ("Café Crème SARL", "Cafe Creme SARL"),
        ("Łódź Ørsted A/S", "Lodz Orsted A S"),
        ("Ελλάς ΑΕ", "Ellas AE"),
        ("ООО Ромашка", "OOO Romashka"),
        ('"Haus"+Hof', "Haus Hof"),
        ("Lange Straße 5/3", "Lange Strasse 5 3"),
        ("x\u0301\u200by", "xy"),
        (" a\u00a0\t b\n", "a b"),
        ("///", ""),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_what_is_suggested(text: str, suggested: str) -> None:
    assert transliterated(text) == suggested


@settings(deadline=None)  # the first example loads what is imported late
@given(st.text(max_size=200))
def test_a_suggestion_is_allowed_short_and_stays_as_it_is(text: str) -> None:
    suggested = transliterated(text)

    assert forbidden_in(suggested) == ""
    assert len(suggested) <= LONGEST
    assert transliterated(suggested) == suggested


@settings(deadline=None)  # the first example loads what is imported late
@given(st.text(alphabet=sorted(ALLOWED), max_size=LONGEST))
def test_what_is_allowed_stays(text: str) -> None:
    assert transliterated(text) == " ".join(text.split())


@pytest.mark.parametrize("text", ["ä" * 10_000, "北" * 10_000, "ab " * 5_000, "/" * 10_000])
def test_a_suggestion_fits_the_field(text: str) -> None:
    assert len(transliterated(text)) <= LONGEST


def test_a_suggestion_that_is_cut_has_no_space_at_its_end() -> None:
    assert transliterated("ä" + "a" * 117 + " bc") == "ae" + "a" * 117


def test_what_is_in_latin_letters_is_asked_as_it_is() -> None:
    name, street, city = COMPANY

    assert company_in_latin(*COMPANY) == LatinCompany(name=name, street=street, city=city)


def test_what_is_not_is_refused_with_a_suggestion_for_each_field() -> None:
    assert company_in_latin("Öko/Bau", "Weg 1", "Zürich") == Refusal(
        RefusalCode.NOT_LATIN,
        problems=(
            FieldProblem("/name", FieldRule.NOT_LATIN, "Ö/", "Oeko Bau"),
            FieldProblem("/address/city", FieldRule.NOT_LATIN, "ü", "Zuerich"),
        ),
    )
    street = company_in_latin("A", "Größer Weg", "B")
    assert isinstance(street, Refusal)
    assert [each.pointer for each in street.problems] == ["/address/street"]


def test_a_given_form_is_what_is_asked_where_one_is_needed() -> None:
    """Of what needs none a second form would be another company."""
    given_forms = {"name_latin": "Oko", "street_latin": "Weg One", "city_latin": "Zurich"}

    company = company_in_latin("Öko", "Weg 1", "Zürich", **given_forms)

    assert company == LatinCompany(name="Oko", street="Weg 1", city="Zurich")


@pytest.mark.parametrize(
    ("forms", "pointer", "suggested"),
    [
        ({"name_latin": "Öko"}, "/nameLatin", "Oeko"),
        ({"street_latin": "Ö 1"}, "/address/streetLatin", "Oe 1"),
        ({"city_latin": "Ö"}, "/address/cityLatin", "Oe"),
    ],
)
def test_a_given_form_with_other_characters_is_named_itself(
    forms: dict[str, str], pointer: str, suggested: str
) -> None:
    problem = FieldProblem(pointer, FieldRule.NOT_LATIN, "Ö", suggested)

    (field,) = (name.removesuffix("_latin") for name in forms)
    company = {"name": "Muster", "street": "Musterweg 1", "city": "Graz", field: "Österreich"}

    assert company_in_latin(**company, **forms) == Refusal(
        RefusalCode.NOT_LATIN, problems=(problem,)
    )


def test_an_empty_form_is_none_and_nothing_is_suggested_where_nothing_is_left() -> None:
    assert company_in_latin("///", "W", "G", name_latin=" ") == Refusal(
        RefusalCode.NOT_LATIN, problems=(FieldProblem("/name", FieldRule.NOT_LATIN, "/"),)
    )
