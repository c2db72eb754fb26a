"""VAT IDs as people type them, and what is told of a wrong one."""

import ast
import doctest
from collections.abc import Iterator
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.util import get_cc_module

from freischalt.domain.refusal import FieldRule, Refusal, RefusalCode
from freischalt.domain.vat_routing import EU, is_checked, prefix_of
from freischalt_api.vat_numbers import vat_id

COUNTRIES = [*sorted(EU), "GB"]


def examples() -> Iterator[tuple[str, str, str]]:
    """The valid numbers in python-stdnum's own words: country, as typed, as it makes them."""
    for country in COUNTRIES:
        module = get_cc_module(country, "vat")
        for example in doctest.DocTestParser().get_examples(module.__doc__ or ""):
            if example.source.startswith("validate(") and example.want.startswith("'"):
                call = ast.parse(example.source, mode="eval").body
                assert isinstance(call, ast.Call)
                yield country, ast.literal_eval(call.args[0]), ast.literal_eval(example.want)


EXAMPLES = list(examples())


def rule_of(result: str | Refusal) -> str:
    assert isinstance(result, Refusal), result
    (problem,) = result.problems
    assert result.code is RefusalCode.VAT_ID_MALFORMED
    assert problem.pointer == "/vatId"
    return problem.rule


def test_there_are_examples_of_every_country() -> None:
    assert {country for country, _, _ in EXAMPLES} == set(COUNTRIES)


@pytest.mark.parametrize(("country", "typed", "normal"), EXAMPLES)
def test_every_valid_number_is_taken_however_it_is_typed(
    country: str, typed: str, normal: str
) -> None:
    prefix = prefix_of(country)
    assert prefix
    bare = normal.removeprefix(prefix).removeprefix(country)
    expected = prefix + bare

    assert vat_id(expected, country) == expected
    assert vat_id(f" {prefix} {' '.join(bare)} ".lower(), country) == expected
    assert vat_id(f"{prefix}-{bare[:3]}.{bare[3:]}", country) == expected
    if country != "GB":
        assert vat_id(typed, country) == expected
        assert vat_id(bare.lower(), country) == expected


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("GR 094259216", "GR", "EL094259216"),
        ("gr94259216", "GR", "EL094259216"),
        ("BE 697.449.992", "BE", "BE0697449992"),
        ("FR61954506077", "MC", "FR61954506077"),
        ("61954506077", "MC", "FR61954506077"),
        ("DE\u00a0136\u2013695\u2011976\n", "DE", "DE136695976"),
        ("XI 432525179", "GB", "XI432525179"),
        ("xi432525179", "IM", "XI432525179"),
        ("NL4495445B01", "NL", "NL004495445B01"),
        # outside the EU, as given
        ("432525179", "GB", "432525179"),
        ("gb 432 5251 79", "IM", "GB 432 5251 79"),
        (" che-123.456.788 mwst\t", "CH", "CHE-123.456.788 MWST"),
        ("12-3456789", "US", "12-3456789"),
        ("dem880115ab1", "MX", "DEM880115AB1"),
        ("XIA880115AB1", "MX", "XIA880115AB1"),
        ("12", "XX", "12"),
        ("1" * 20, "US", "1" * 20),
    ],
)
def test_how_it_is_stored(typed: str, country: str, stored: str) -> None:
    assert vat_id(typed, country) == stored


@pytest.mark.parametrize(
    ("typed", "country", "rule"),
    [
        ("DE136695977", "DE", FieldRule.VAT_ID_CHECKSUM),
        ("136695977", "DE", FieldRule.VAT_ID_CHECKSUM),
        ("EL123456781", "GR", FieldRule.VAT_ID_CHECKSUM),
        ("GR123456781", "GR", FieldRule.VAT_ID_CHECKSUM),
        ("XI432525170", "GB", FieldRule.VAT_ID_CHECKSUM),
        ("DE1366959761", "DE", FieldRule.VAT_ID_LENGTH),
        ("ATU1358562", "AT", FieldRule.VAT_ID_LENGTH),
        ("", "DE", FieldRule.VAT_ID_LENGTH),
        (" . ", "DE", FieldRule.VAT_ID_LENGTH),
        ("DE" + "1" * 10_000, "DE", FieldRule.VAT_ID_LENGTH),
        ("DE13669597A", "DE", FieldRule.VAT_ID_FORMAT),
        ("DE036695976", "DE", FieldRule.VAT_ID_FORMAT),
        ("ATX13585627", "AT", FieldRule.VAT_ID_FORMAT),
        ("DEDE136695976", "DE", FieldRule.VAT_ID_FORMAT),
        ("DE", "DE", FieldRule.VAT_ID_FORMAT),
        ("ATU13585627", "DE", FieldRule.VAT_ID_COUNTRY),
        ("GR094259216", "DE", FieldRule.VAT_ID_COUNTRY),
        ("GB432525179", "DE", FieldRule.VAT_ID_COUNTRY),
        ("XI432525179", "IE", FieldRule.VAT_ID_COUNTRY),
        ("MC61954506077", "MC", FieldRule.VAT_ID_COUNTRY),
        ("CHE-123.456.788", "DE", FieldRule.VAT_ID_COUNTRY),
        ("DE136695976", "CH", FieldRule.VAT_ID_COUNTRY),
        ("de 136 695 976", "GB", FieldRule.VAT_ID_COUNTRY),
        ("EL094259216", "GB", FieldRule.VAT_ID_COUNTRY),
        ("XI432525179", "CH", FieldRule.VAT_ID_COUNTRY),
        ("", "CH", FieldRule.VAT_ID_LENGTH),
        ("1", "CH", FieldRule.VAT_ID_LENGTH),
        ("1" * 21, "CH", FieldRule.VAT_ID_LENGTH),
        ("1" * 10_000, "CH", FieldRule.VAT_ID_LENGTH),
    ],
)
def test_what_is_wrong_is_told(typed: str, country: str, rule: FieldRule) -> None:
    assert rule_of(vat_id(typed, country)) == rule


@pytest.mark.parametrize(
    ("typed", "country", "characters"),
    [
        ("DE١٣٦٦٩٥٩٧٦", "DE", "١٣٦٩٥٧"),
        ("DE１36695976", "DE", "１"),
        ("DE136/695/976!", "DE", "/!"),
        ("DE136695976\x00", "DE", "\x00"),
        ("DEß36695976", "DE", "ß"),
        ("\u0131T00743110157", "IT", "\u0131"),
        ("ЅE556188840401", "SE", "Ѕ"),
        ("CHE\u00e4\x07", "CH", "\u00e4\x07"),
        ("12\t34", "CH", "\t"),
    ],
)
def test_characters_that_are_in_no_number_are_named(
    typed: str, country: str, characters: str
) -> None:
    result = vat_id(typed, country)

    assert rule_of(result) == FieldRule.VAT_ID_CHARACTERS
    assert isinstance(result, Refusal)
    assert result.problems[0].characters == characters


@settings(deadline=None)  # the first example loads what is imported late
@given(
    st.one_of(
        st.text(max_size=50),
        st.text(alphabet="ABDEFRXITLSUG0123456789+* -.", max_size=20),
        st.tuples(
            st.sampled_from([prefix_of(country) or "" for country in COUNTRIES]),
            st.text(alphabet="ABHKUWX0123456789+*", max_size=14),
        ).map("".join),
    ),
    st.sampled_from([*COUNTRIES, "MC", "IM", "CH", "MX", "US", "", "x"]),
)
def test_whatever_is_typed_is_a_number_or_a_refusal(typed: str, country: str) -> None:
    result = vat_id(typed, country)

    if isinstance(result, Refusal):
        rule_of(result)
    else:
        assert result.isascii()
        assert result.isprintable()
        assert len(result) in range(2, 21)
        assert is_checked(result, country) or country not in {*EU, "MC"}
        assert vat_id(result, country) == result


def test_a_long_text_is_refused_at_once() -> None:
    began = perf_counter()

    for text in ("1" * 1_000_000, " " * 1_000_000, "É" * 1_000_000):
        assert rule_of(vat_id(text, "FR")) == FieldRule.VAT_ID_LENGTH

    assert perf_counter() - began < 0.5
