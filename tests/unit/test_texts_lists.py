"""Every problem of a list has a sentence in both languages, and says where it is."""

from string import Formatter

import pytest

from freischalt.domain.inverter_list import ListColumn, ListProblem, ListRule
from freischalt.domain.user import Language
from freischalt.texts_lists import SENTENCES, told

PARAMETERS = {
    ListRule.TOO_MANY_ROWS: {"most": "10000"},
    ListRule.TOO_LONG: {"most": "40"},
    ListRule.TWICE: {"other": "7"},
    ListRule.GROWTH_NOT_ACCEPTED: {
        "power_w": "12600",
        "licensed_w": "4200",
        "ends_on": "2026-12-31",
        "credit_cents": "476500",
        "gross_cents_365": "11781",
        "gross_cents_730": "21301",
    },
}


@pytest.mark.parametrize("rule", ListRule)
def test_every_rule_is_said_in_both_languages(rule: ListRule) -> None:
    problem = ListProblem(rule=rule, parameters=PARAMETERS.get(rule, {}))

    german, english = (told(problem, language) for language in Language)

    assert german != english
    for said in (german, english):
        assert said.endswith(".")
        assert not [name for _, name, _, _ in Formatter().parse(said) if name]
    assert SENTENCES.keys() == set(ListRule)


def test_numbers_and_money_as_the_language_writes_them() -> None:
    parameters = PARAMETERS[ListRule.GROWTH_NOT_ACCEPTED]
    problem = ListProblem(rule=ListRule.GROWTH_NOT_ACCEPTED, parameters=parameters)

    german, english = (told(problem, language) for language in Language)

    for words in ("12.600 W", "4.200 W", "117,81 €", "213,01 €", "4.765,00 €", "31.12.2026"):
        assert words in german
    for words in ("12,600 W", "4,200 W", "€ 117.81", "€ 213.01", "€ 4,765.00", "2026-12-31"):
        assert words in english


@pytest.mark.parametrize("column", ListColumn)
def test_where_it_is(column: ListColumn) -> None:
    problem = ListProblem(rule=ListRule.MISSING, row=7, column=column)

    german, english = (told(problem, language) for language in Language)

    assert german.startswith("Zeile 7, Spalte ")
    assert english.startswith("Row 7, column ")
