"""Every no over HTTP has a status and both sentences."""

import json
from collections.abc import Mapping
from datetime import date
from string import Formatter
from typing import Any

import pytest

from freischalt.domain.answer import Answer, AnswerCode
from freischalt.domain.licence import LicenceNumber, Points
from freischalt.domain.password import PasswordRule
from freischalt.domain.refusal import FieldProblem, FieldRule, Refusal, RefusalCode
from freischalt.domain.user import Language
from freischalt.domain.validation import Verdict
from freischalt.texts_api import (
    ANSWERS_IN_ENGLISH,
    FIELD_RULES,
    PASSWORD_RULES,
    REFUSALS,
    VERDICTS,
    detail,
    in_language,
    locked_until,
)
from freischalt_api.problems import ANSWER_STATUSES, STATUSES, Refused, of_answer, of_refusal

A_YES = {AnswerCode.CODE, AnswerCode.ORDERED}
BY_SMS_ALONE = {
    AnswerCode.CONFIRM,
    AnswerCode.HELP,
    AnswerCode.PHONE_NOT_REGISTERED,
    AnswerCode.UNKNOWN_COMMAND,
    AnswerCode.WRONG_PARAMETER_COUNT,
    AnswerCode.LICENCE_NUMBER_LENGTH,
    AnswerCode.ORDER_TOO_OLD,
    AnswerCode.NOTHING_TO_CONFIRM,
    AnswerCode.WRONG_CONFIRMATION,
}
"""An account asks, its licence number and type have been read, and nothing is confirmed."""

DECIDED = {
    AnswerCode.NOT_RELEASED,
    AnswerCode.LOCKED,
    AnswerCode.USER_INFORMATION_CHANGED,
    AnswerCode.POINTS_NOT_RELEASED,
    AnswerCode.E_NOT_RELEASED,
    AnswerCode.USER_INFORMATION_MISMATCH,
    AnswerCode.ALREADY_RELEASED,
    AnswerCode.UNAVAILABLE,
}
"""What `answer_request` can say no with: see tests/functional/test_answer_request.py."""

TABLES: list[tuple[Mapping[Any, tuple[str, str]], Any]] = [
    (REFUSALS, RefusalCode),
    (PASSWORD_RULES, PasswordRule),
    (FIELD_RULES, FieldRule),
    (VERDICTS, Verdict),
]
NO = Answer(
    code=AnswerCode.LOCKED,
    type=Points(31),
    number=LicenceNumber.of("F" * 16),
    locked_until=date(2026, 12, 31),
)


def test_every_refusal_rule_and_verdict_has_both_sentences() -> None:
    for sentences, codes in TABLES:
        assert set(sentences) == set(codes)
        for german, english in sentences.values():
            assert german.strip() == german != english == english.strip()
            assert german
            assert english


def test_no_two_codes_say_the_same() -> None:
    for sentences, _ in TABLES:
        for language in Language:
            said = [in_language(both, language) for both in sentences.values()]
            assert len(set(said)) == len(said)


def test_every_refusal_has_a_status_of_a_no() -> None:
    assert set(STATUSES) == set(RefusalCode)
    assert all(status.is_client_error or status.is_server_error for status in STATUSES.values())


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (RefusalCode.SIGN_IN_LOCKED, 423),
        (RefusalCode.DOCUMENTS_NOT_ACCEPTED, 412),
        (RefusalCode.PASSWORD_RULES, 422),
        (RefusalCode.WRONG_CREDENTIALS, 403),
        (RefusalCode.IDEMPOTENCY_KEY_REUSED, 409),
        (RefusalCode.INTERNAL, 500),
        (RefusalCode.BUSY, 503),
        (RefusalCode.VAT_CHECK_RUNNING, 409),
    ],
)
def test_what_the_specification_names(code: RefusalCode, status: int) -> None:
    assert STATUSES[code] == status


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", RefusalCode)
def test_every_refusal_can_be_said_without_parameters(
    code: RefusalCode, language: Language
) -> None:
    said = detail(code, language)

    assert said
    assert not list(filter(None, (field for _, field, _, _ in Formatter().parse(said))))


def test_every_no_of_a_request_has_a_status_and_no_yes_has() -> None:
    assert set(AnswerCode) - A_YES - BY_SMS_ALONE >= DECIDED
    assert set(ANSWER_STATUSES) >= DECIDED
    assert not set(ANSWER_STATUSES) & A_YES


@pytest.mark.parametrize("code", sorted(DECIDED))
def test_every_no_of_a_request_is_said_in_both_languages(code: AnswerCode) -> None:
    answer = Answer(code=code, type=NO.type, number=NO.number, locked_until=NO.locked_until)

    german, english = (str(of_answer(answer, each, "r1").body) for each in Language)

    assert code in ANSWERS_IN_ENGLISH
    assert german != english
    for text in (german, english):
        assert "None" not in text
        assert "{until}" not in text
        assert "{type}" not in text


@pytest.mark.parametrize(
    ("day", "german", "english"),
    [
        (date(2026, 12, 31), "gesperrt bis 31.12.2026", "locked until 2026-12-31"),
        (None, "gesperrt bis auf Widerruf", "locked until revoked"),
    ],
)
def test_how_a_hold_is_shown(day: date | None, german: str, english: str) -> None:
    assert [locked_until(day, language) for language in Language] == [german, english]


def test_a_broken_password_rule_is_told_in_words() -> None:
    problems = tuple(FieldProblem("/new", rule.value) for rule in PasswordRule)
    refused = Refused(Refusal(RefusalCode.PASSWORD_RULES, problems=problems))

    for language in Language:
        body = str(of_refusal(refused, language, "r1", retry_after=None).body)
        assert all(in_language(both, language) in body for both in PASSWORD_RULES.values())
        assert all(f'"{rule.value}"' in body for rule in PasswordRule)


def test_a_field_has_what_is_forbidden_and_suggested_if_there_is_any() -> None:
    problems = (
        FieldProblem("/name", FieldRule.NOT_LATIN, "{ü", "u"),
        FieldProblem("/vatId", FieldRule.VAT_ID_CHECKSUM),
    )
    refused = Refused(Refusal(RefusalCode.NOT_LATIN, problems=problems))

    response = of_refusal(refused, Language.ENGLISH, "r1", retry_after=None)

    assert json.loads(str(response.body))["errors"] == [
        {
            "pointer": "/name",
            "rule": "NOT_LATIN",
            "detail": "has characters that the check does not take: { ü",
            "characters": "{ü",
            "suggestion": "u",
        },
        {
            "pointer": "/vatId",
            "rule": "VAT_ID_CHECKSUM",
            "detail": "has a wrong check digit: please look for a typing error",
        },
    ]


@pytest.mark.parametrize("rule", FieldRule)
def test_every_rule_of_a_field_is_told_in_words(rule: FieldRule) -> None:
    refused = Refused(Refusal(RefusalCode.NOT_LATIN, problems=(FieldProblem("/x", rule, "ß"),)))

    for language in Language:
        response = of_refusal(refused, language, "r1", retry_after=None)
        (error,) = json.loads(str(response.body))["errors"]
        said = in_language(FIELD_RULES[rule], language)
        assert error["detail"] == said.replace("{characters}", "ß")


@pytest.mark.parametrize("seconds", [None, 900])
def test_a_refusal_says_when_to_try_again_if_that_is_known(seconds: int | None) -> None:
    refused = Refused(Refusal(RefusalCode.SIGN_IN_LOCKED))

    response = of_refusal(refused, Language.GERMAN, "r1", retry_after=seconds)

    assert response.headers.get("Retry-After") == (str(seconds) if seconds else None)
